import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AnalysisModule } from '@prelector/analysis';
import { ConsoleModule } from '@prelector/console';
import { DicomWebClient } from '@prelector/dicomweb';
import { orderMessage, readAck, sendMessage } from '@prelector/hl7';
import { PrelectorError } from '@prelector/kernel';
import type { StudyStory } from '@prelector/ledger';
import type { Resources } from '@prelector/pipeline';
import { openResources, runAppsWithHttp } from '@prelector/pipeline';
import {
  Shutdown,
  freePort,
  loadConfiguration,
  ownDataFolder,
  pinoLog,
  withFileLock,
} from '@prelector/platform';
import type { Environment } from '@prelector/platform';
import { loadProfile } from '@prelector/profiles';
import { ResultsModule } from '@prelector/results';
import { TriggerModule } from '@prelector/trigger';
import { applyConfiguration } from '../commands/apply-configuration.js';
import { exitInterrupted } from '../commands/exit-interrupted.js';
import { installationFolder } from '../commands/installation-folder.js';
import type { DemoReport } from './demo-report.js';
import { printReport, reportOn } from './demo-report.js';
import { demoNames, demoSite } from './demo-site.js';
import type { FolderStudy } from './dicom-folder.js';
import { pushStudy, studyInFolder } from './dicom-folder.js';
import { followStudy, isSettled } from '../commands/follow-study.js';
import type { DemoPacs } from './pacs-process.js';
import {
  childEnvironment,
  firstLine,
  installedOrthanc,
  startOrthanc,
  startSimulator,
} from './pacs-process.js';

export interface DemoOptions {
  /** A person's own DICOM folder instead of a phantom. */
  readonly dicom?: string;
  /** `orthanc`, `simulator`, `simulator:vendor` or the URL of a test server. */
  readonly pacs?: string;
  readonly confirmTestServer?: boolean;
  readonly json?: boolean;
  /** Ledger, PACS storage and reports are kept here. */
  readonly data: string;
  /** Against which relative folders are meant. */
  readonly workingFolder: string;
  readonly phantom?: readonly string[];
}

const limitSeconds = 300;

/** Runs the main job end to end, once, and says what came of it. Returns the exit code. */
export async function runDemo(options: DemoOptions, env: Environment): Promise<number> {
  const tell = options.json ? () => undefined : (line: string) => void process.stdout.write(`${line}\n`);
  const folder = resolve(options.workingFolder, options.data);
  await ownDataFolder(folder);
  return alone(folder, () => demoIn(folder, options, env, tell));
}

/** Two demos on one folder would answer each other's orders and share an archive: the second is turned away. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await withFileLock(join(folder, 'demo.lock'), work, 1000);
  } catch (thrown) {
    if (!(thrown instanceof PrelectorError) || thrown.code !== 'lock.timeout') throw thrown;
    throw new PrelectorError(
      'demo.busy',
      'permanent',
      `Another demo works in ${folder}. Wait for its end, or give this one a folder of its own: --data FOLDER.`,
    );
  }
}

async function demoIn(
  folder: string,
  options: DemoOptions,
  env: Environment,
  tell: (line: string) => void,
): Promise<number> {
  const log = pinoLog({ level: 'info', destination: join(folder, 'prelector.log') });
  const shutdown = new Shutdown({ log, exit: exitInterrupted }).listen();
  try {
    const demo = await startDemo(options, folder, env, shutdown, log, tell);
    const report = await analyse(demo, options, tell);
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else printReport(report, tell);
    return report.evidence.length > 0 && report.evidence.every((each) => each.verified) ? 0 : 1;
  } finally {
    await shutdown.run('done');
  }
}

/** Everything the demo runs on. */
interface Demo {
  readonly folder: string;
  readonly pacs: DemoPacs;
  readonly client: DicomWebClient;
  readonly resources: Resources;
  readonly hl7Port: number;
  readonly env: Environment;
}

async function startDemo(
  options: DemoOptions,
  folder: string,
  env: Environment,
  shutdown: Shutdown,
  log: ReturnType<typeof pinoLog>,
  tell: (line: string) => void,
): Promise<Demo> {
  tell(`Prelector demo, data in ${folder}`);
  const pacs = await startPacs(options, folder, env);
  shutdown.add('pacs', () => pacs.stop(), 'services');
  tell(`PACS: ${pacs.title} at ${pacs.url}, profile "${pacs.profile}"`);
  const configuration = loadConfiguration({
    env,
    defaults: {
      site: { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      dataFolder: folder,
      models: { folder: join(installationFolder(), 'models') },
      http: { port: 0 },
    },
  });
  const resources = await openResources({ configuration, env, log, shutdown, join: true, allowRoot: true });
  const hl7Port = await freePort();
  await applyConfiguration(resources, demoSite(pacs, hl7Port), {
    who: 'person:demo',
    why: 'the demo configures itself',
  });
  const { url } = await runAppsWithHttp(
    resources,
    [TriggerModule, AnalysisModule, ResultsModule, ConsoleModule],
    shutdown,
  );
  tell(`Trigger listens for HL7 on port ${hl7Port}; health at ${url}/health/ready`);
  const client = new DicomWebClient({
    profile: loadProfile(pacs.profile),
    roots: pacs.roots,
    allowHttp: pacs.url.startsWith('http:'),
    mayStore: true,
    log,
  });
  shutdown.add('client', () => client.close(), 'services');
  return { folder, pacs, client, resources, hl7Port, env };
}

async function startPacs(
  { pacs, confirmTestServer }: DemoOptions,
  folder: string,
  env: Environment,
): Promise<DemoPacs> {
  const choice = pacs ?? (installedOrthanc() ? 'orthanc' : 'simulator');
  if (choice === 'orthanc') return startOrthanc(join(folder, 'orthanc'), env);
  const [kind, vendor] = choice.split(':', 2);
  if (kind === 'simulator')
    return startSimulator(join(folder, vendor ? `simulator-${vendor}` : 'simulator'), vendor, env);
  if (!URL.canParse(choice) || !/^https?:$/u.test(new URL(choice).protocol)) {
    throw new PrelectorError(
      'demo.pacs-unknown',
      'permanent',
      `--pacs ${choice}: expected orthanc, simulator, simulator:vendor or the DICOMweb URL of a test server.`,
    );
  }
  if (!confirmTestServer) {
    throw new PrelectorError(
      'demo.unconfirmed',
      'permanent',
      'The demo stores a study and reports on that server. Say that it is a test server: --confirm-test-server.',
    );
  }
  return {
    title: 'your test server',
    profile: 'generic-lenient',
    url: choice,
    roots: { base: choice },
    stop: async () => undefined,
  };
}

async function analyse(demo: Demo, options: DemoOptions, tell: (line: string) => void): Promise<DemoReport> {
  const { resources, folder, client, pacs } = demo;
  const source = options.dicom
    ? { folder: resolve(options.workingFolder, options.dicom), truth: undefined }
    : await makePhantom(demo, options.phantom ?? [], tell);
  const study = await studyInFolder(source.folder);
  if (options.dicom && study.leftOut.length > 0) tell(`Left out, as no images: ${study.leftOut.join(', ')}.`);
  const startedAt = resources.clock.now().getTime();
  const known = await resources.ledger.pool.stories.ofStudy(study.studyInstanceUid);
  let story: StudyStory;
  if (known && isSettled(known) && known.deliveries.some((each) => each.verifiedAt)) {
    tell('This study was analysed here before: its report is read back.');
    story = known;
  } else {
    tell(`Storing ${study.files.length} images of study ${study.studyInstanceUid} in the PACS`);
    await pushStudy(client, study);
    await announce(demo, study, tell);
    story = await followStudy(
      resources,
      study.studyInstanceUid,
      (line) => tell(`  ${line}`),
      limitSeconds,
      new Date(startedAt),
    );
  }
  return reportOn({ resources, client, pacs: pacs.title, story, truth: source.truth, folder, startedAt });
}

async function makePhantom({ folder, env }: Demo, choices: readonly string[], tell: (line: string) => void) {
  const parent = join(folder, 'phantoms');
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const out = join(await mkdtemp(join(parent, 'chest-ct-')), 'study');
  const entry = fileURLToPath(import.meta.resolve('@prelector/phantoms/main'));
  tell('Making a chest CT phantom');
  const child = spawn(process.execPath, [entry, 'chest-ct', '--out', out, ...choices, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: childEnvironment(env),
  });
  await firstLine(child, 'the phantom maker', 120_000);
  const truth = JSON.parse(await readFile(join(out, 'truth.json'), 'utf8')) as Record<string, unknown>;
  return { folder: out, truth };
}

/** Sends a real order over MLLP: the images of this study are acquired. */
async function announce(
  { hl7Port, folder }: Demo,
  study: FolderStudy,
  tell: (line: string) => void,
): Promise<void> {
  const { accessionNumber } = study.identity;
  const message = orderMessage({
    form: 'ORM^O01',
    controlId: `DEMO${Date.now()}`,
    now: new Date(),
    identity: study.identity,
    ...(accessionNumber
      ? { fillerOrderNumber: accessionNumber }
      : { placerOrderNumber: `DEMO${Date.now()}` }),
    ...(study.modality ? { modality: study.modality } : {}),
    sendingApplication: 'RIS',
    sendingFacility: 'DEMO',
  });
  await writeFile(join(folder, 'last-order.hl7'), message, { mode: 0o600 });
  const answer = readAck(await sendUntilHeard(hl7Port, message));
  if (!answer.ok || answer.value.code !== 'AA') {
    throw new PrelectorError(
      'demo.order-refused',
      'permanent',
      `The order was not accepted: ${answer.ok ? answer.value.text : answer.error.text}`,
    );
  }
  tell(`Sent ${demoNames.feed}'s order ORM^O01 over MLLP, answered ${answer.value.code}`);
}

async function sendUntilHeard(port: number, message: Uint8Array): Promise<Uint8Array> {
  for (let tries = 0; ; tries++) {
    try {
      return await sendMessage({ host: '127.0.0.1', port, timeoutSeconds: 20 }, message);
    } catch (thrown) {
      if (tries >= 20) throw thrown;
      await new Promise((wait) => setTimeout(wait, 250));
    }
  }
}
