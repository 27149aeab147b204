import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { createWriteStream, readFileSync, realpathSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { orderMessage, readAck, sendMessage } from '@prelector/hl7';
import type { StudyStory } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import { EmbeddedPostgres, freePort } from '@prelector/platform';
import pg from 'pg';
import { testKeys } from '../integration/ledger.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { until } from '../system/until.testing.js';
import { isRunning, processes } from './processes.testing.js';
import type { TestArchive } from './test-archive.testing.js';

const run = promisify(execFile);
const entry = fileURLToPath(new URL('../../apps/prelector/dist/main.js', import.meta.url));
const models = fileURLToPath(new URL('../../models', import.meta.url));
const leaseSeconds = 3;
/** What a service manager gives a process at least, before it kills it. */
const stopMs = 10_000;
/** Seconds on a machine of its own; two minutes where others want its cores, too. */
const storyMs = 120_000;
const everyMs = 100;

/** Empties every table of the queues but the one that says which version they are of. */
const wipe = `DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'prelector_queue' AND tablename !~ 'migration|version'
  LOOP EXECUTE format('TRUNCATE prelector_queue.%I CASCADE', each.tablename); END LOOP; END $$`;

export type AppName = 'all' | 'trigger' | 'analysis' | 'results' | 'console';

/** One started process of the product. */
export interface StartedApp {
  readonly app: AppName;
  readonly pid: number;
  readonly child: ChildProcess;
  /** Settles with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * An installation as a site has it: a folder with its configuration, its embedded database, and the product's
 * own processes, started and spoken to by the command line. Leases are short, so that tests take seconds.
 */
export class TestInstallation {
  readonly #started: StartedApp[] = [];
  #serial = 0;
  #ledger: Ledger | undefined;

  private constructor(
    readonly folder: string,
    readonly hl7Port: number,
    readonly archive: TestArchive,
  ) {}

  static async create(
    archive: TestArchive,
    settings: Record<string, unknown> = {},
  ): Promise<TestInstallation> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'prelector-faults-')));
    const hl7Port = await freePort();
    const installation = new TestInstallation(folder, hl7Port, archive);
    const configuration = {
      site: { timeZone: 'Europe/Zurich' },
      dataFolder: './data',
      models: { folder: models },
      http: { port: 0 },
      workers: { leaseSeconds },
      ...settings,
    };
    await writeFile(installation.#config, JSON.stringify(configuration));
    await writeFile(join(folder, 'site.yaml'), JSON.stringify(siteOf(archive, hl7Port)));
    await installation.tell('apply', '-f', join(folder, 'site.yaml'));
    return installation;
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  get #config(): string {
    return join(this.folder, 'prelector.yaml');
  }

  /** Starts a process of the product and waits until it says that it has started. */
  async start(app: AppName = 'all', env: Record<string, string> = {}): Promise<StartedApp> {
    const log = join(this.folder, `${app}.log`);
    const child = spawn(process.execPath, [entry, 'start', app, '--config', this.#config, '--allow-root'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...env },
    });
    const file = createWriteStream(log, { flags: 'a' });
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      file.write(chunk);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const ended = new Promise<number | NodeJS.Signals>((resolve) =>
      child.once('exit', (code, signal) => resolve(signal ?? code ?? 0)),
    );
    const pid = child.pid ?? 0;
    const started: StartedApp = { app, pid, child, ended };
    this.#started.push(started);
    await until(`${app} has started`, async () => {
      if (said.includes('"message":"started"')) return true;
      if (child.exitCode !== null) throw new Error(`${app} ended: ${said}`);
      return undefined;
    });
    return started;
  }

  /** kill -9, and waits until it is gone. */
  async kill(app: StartedApp): Promise<void> {
    process.kill(app.pid, 'SIGKILL');
    await app.ended;
  }

  /** kill -9 of every process that a test has left. */
  async killAll(): Promise<void> {
    for (const app of this.#started) if (isRunning(app.pid)) await this.kill(app);
  }

  /** Pid of the embedded database that runs now. */
  databasePid(): number {
    const text = readFileSync(join(this.dataFolder, 'postgres', 'cluster', 'postmaster.pid'), 'utf8');
    return Number.parseInt(text, 10);
  }

  /** kill -9 of the database, and waits until it is gone. */
  async killDatabase(): Promise<void> {
    const pid = this.databasePid();
    process.kill(pid, 'SIGKILL');
    await until('the database is gone', async () => (isRunning(pid) ? undefined : true));
  }

  /** Takes from the queues of the embedded database all they hold, whether it runs or not. */
  async wipeQueue(statement = wipe): Promise<void> {
    const database = await EmbeddedPostgres.start({ dataFolder: this.dataFolder, allowRoot: true });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(statement);
    await client.end();
    await database.stop();
  }

  /** What a command of the product prints. */
  async tell(...words: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [entry, ...words, '--config', this.#config], {
      maxBuffer: 64 * 1024 * 1024,
      env: { PATH: process.env['PATH'] },
    });
    return stdout;
  }

  /** Asks a process to end, as Ctrl-C or a service manager does; with which code it did, and what it left behind. */
  async stop(app: StartedApp, signal: NodeJS.Signals): Promise<{ code: unknown; left: string[] }> {
    process.kill(app.pid, signal);
    const code = await Promise.race([app.ended, sleep(stopMs, 'did not end', { ref: false })]);
    return { code, left: this.running() };
  }

  /** Announces a study by an HL7 order. */
  async announce(study: PhantomStudy): Promise<void> {
    this.#serial += 1;
    const { accessionNumber } = study.identity;
    const message = orderMessage({
      form: 'ORM^O01',
      controlId: `F${Date.now()}-${this.#serial}`,
      now: new Date(),
      identity: study.identity,
      modality: 'CT',
      ...(accessionNumber ? { fillerOrderNumber: accessionNumber } : {}),
    });
    const answer = readAck(
      await until('the feed answers', () =>
        sendMessage({ host: '127.0.0.1', port: this.hl7Port, timeoutSeconds: 20 }, message).catch(
          () => undefined,
        ),
      ),
    );
    if (!answer.ok || answer.value.code !== 'AA') throw new Error('the order was not taken');
  }

  /** The story of a study once it fulfils a condition, read from the ledger, however often that goes away. */
  async storyWhen(uid: string, what: string, holds: (story: StudyStory) => boolean): Promise<StudyStory> {
    let latest: StudyStory | undefined;
    for (const end = Date.now() + storyMs; Date.now() < end; await sleep(everyMs)) {
      latest = await this.#story(uid);
      if (latest && holds(latest)) return latest;
    }
    const { openSteps, deliveries, entries } = latest ?? {};
    const last = entries?.slice(-8).map(({ at, what, why }) => `${at.toISOString()} ${what} ${why ?? ''}`);
    throw new Error(
      `waited in vain until ${what}: ${JSON.stringify({ openSteps, deliveries, last }, undefined, 1)}`,
    );
  }

  async #story(uid: string): Promise<StudyStory | undefined> {
    try {
      this.#ledger ??= await this.#openLedger();
      return await this.#ledger.pool.stories.ofStudy(uid);
    } catch {
      await this.#closeLedger();
      return undefined;
    }
  }

  async #openLedger(): Promise<Ledger> {
    const text = await readFile(join(this.dataFolder, 'connection.json'), 'utf8');
    const { url } = JSON.parse(text) as { url: string };
    return Ledger.open({ url, keys: testKeys, poolSize: 2 });
  }

  async #closeLedger(): Promise<void> {
    await this.#ledger?.close().catch(() => undefined);
    this.#ledger = undefined;
  }

  /** Processes that this installation has on the machine: its own, their children, its database. */
  running(): string[] {
    const cluster = join(realpathSync(join(this.dataFolder, 'postgres')), 'cluster');
    const mine = new Set(this.#started.map(({ pid }) => pid));
    return processes()
      .filter(
        ({ pid, parent, command }) =>
          mine.has(pid) ||
          mine.has(parent) ||
          [this.folder, cluster].some((folder) => command.includes(folder)),
      )
      .map(({ pid, command }) => `${pid} ${command}`);
  }

  /** Ends and removes everything. */
  async remove(): Promise<void> {
    await this.#closeLedger();
    await this.killAll();
    const database = await EmbeddedPostgres.start({ dataFolder: this.dataFolder, allowRoot: true });
    await database.destroy();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function siteOf(archive: TestArchive, hl7Port: number): object {
  return {
    nodes: [
      {
        name: 'pacs',
        profile: archive.profile,
        roots: { base: archive.gateway.root },
        allowHttp: true,
        purpose: 'test',
        completeness: { settleSeconds: 1, settleSecondsAfterAcquisition: 0.5, maximumWaitSeconds: 120 },
        poll: { everySeconds: 2, sweep: { days: 0 } },
      },
    ],
    feeds: [{ name: 'ris', port: hl7Port, nodes: ['pacs'], resolve: { everySeconds: 1 } }],
    rules: [{ name: 'lungs', source: ['pacs'], model: 'ct-lung-densitometry', state: 'on', why: 'a test' }],
  };
}
