import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { PrelectorError } from '@prelector/kernel';
import { freePort } from '@prelector/platform';
import type { Environment } from '@prelector/platform';

/** A PACS that the demo talks to over HTTP: one of its own, or a test server that somebody named. */
export interface DemoPacs {
  readonly title: string;
  readonly profile: string;
  /** DICOMweb root. */
  readonly url: string;
  readonly roots: {
    readonly base: string;
    readonly qido?: string;
    readonly wado?: string;
    readonly stow?: string;
  };
  stop(): Promise<void>;
}

const orthancPaths = ['/usr/sbin/Orthanc', '/usr/local/sbin/Orthanc', '/usr/bin/Orthanc'];
const orthancPlugins = ['/usr/share/orthanc/plugins', '/usr/local/share/orthanc/plugins'];

/** What a child of the demo needs of the environment: nothing that could hold a secret of ours. */
export function childEnvironment(env: Environment): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ'];
  return Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Where Orthanc is installed on this machine, if it is. */
export function installedOrthanc(): string | undefined {
  return orthancPaths.find((path) => existsSync(path));
}

/** Starts an Orthanc of our own on a free port, with its storage in `folder`; never the machine's service. */
export async function startOrthanc(folder: string, env: Environment): Promise<DemoPacs> {
  const program = installedOrthanc();
  if (!program) {
    throw new PrelectorError(
      'demo.orthanc-missing',
      'permanent',
      'Orthanc is not installed; on Debian: apt-get install orthanc orthanc-dicomweb.',
    );
  }
  const port = await freePort();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const configuration = join(folder, 'orthanc.json');
  await writeFile(configuration, JSON.stringify(orthancConfiguration(folder, port)), { mode: 0o600 });
  const child = spawn(program, [configuration], { stdio: 'ignore', env: childEnvironment(env) });
  const url = `http://127.0.0.1:${port}/dicom-web`;
  await answering(child, `${url}/studies?limit=1`, 'Orthanc');
  return { title: 'Orthanc', profile: 'orthanc', url, roots: { base: url }, stop: () => stopped(child) };
}

function orthancConfiguration(folder: string, port: number): Record<string, unknown> {
  return {
    Name: 'Prelector demo archive',
    StorageDirectory: join(folder, 'storage'),
    IndexDirectory: join(folder, 'storage'),
    Plugins: orthancPlugins.filter((path) => existsSync(path)),
    HttpServerEnabled: true,
    HttpPort: port,
    HttpDescribeErrors: true,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    StableAge: 60,
    DicomWeb: { Enable: true, Root: '/dicom-web/', EnableWado: true },
  };
}

/** Starts the project's own DICOMweb simulator, as a process of its own, with its storage in `folder`. */
export async function startSimulator(
  folder: string,
  vendor: string | undefined,
  env: Environment,
): Promise<DemoPacs> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entry = fileURLToPath(import.meta.resolve('@prelector/pacs-simulator/main'));
  const args = [
    entry,
    '--with-parent',
    '--port',
    '0',
    '--storage',
    folder,
    ...(vendor ? ['--vendor', vendor] : []),
  ];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: childEnvironment(env),
  });
  const { url, roots } = await firstLine<{
    url: string;
    roots: { qido: string; wado: string; stow: string };
  }>(child, 'the DICOMweb simulator');
  const profile = vendor ? (profileOfVendor[vendor] ?? 'generic-lenient') : 'prelector-simulator';
  return {
    title: `DICOMweb simulator${vendor ? ` (${vendor})` : ''}`,
    profile,
    url,
    roots: { base: url, ...roots },
    stop: () => stopped(child),
  };
}

const profileOfVendor: Readonly<Record<string, string>> = {
  orthanc: 'orthanc',
  dcm4chee: 'dcm4chee-arc',
  google: 'google-healthcare',
  aws: 'aws-healthimaging',
  azure: 'azure-dicom',
  dicomcloud: 'dicomcloud',
  kheops: 'kheops',
  'o3-dpacs': 'o3-dpacs',
  conquest: 'conquest',
  xnat: 'xnat',
  plain: 'prelector-simulator',
};

async function answering(child: ChildProcess, url: string, title: string): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  child.kill();
  throw new PrelectorError(
    'demo.pacs-not-started',
    'permanent',
    `${title} did not start to answer within 30 s.`,
  );
}

/** The first line that a child prints, as JSON. */
export function firstLine<T>(child: ChildProcess, title: string, limitMs = 30_000): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = () =>
      reject(new PrelectorError('demo.child-failed', 'permanent', `${title} did not start.`));
    const timer = setTimeout(fail, limitMs);
    child.once('exit', fail);
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timer);
      child.removeListener('exit', fail);
      child.stdout?.removeAllListeners('data').resume();
      resolve(JSON.parse(text.slice(0, end)) as T);
    });
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(timer);
}
