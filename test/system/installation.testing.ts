import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AnalysisModule } from '@prelector/analysis';
import { orderMessage, readAck, sendMessage } from '@prelector/hl7';
import type { OrderMessageOptions } from '@prelector/hl7';
import type { Clock } from '@prelector/kernel';
import type { Findings } from '@prelector/findings';
import type { StudyStory } from '@prelector/ledger';
import type { Resources, RetryPolicy, SiteConfiguration } from '@prelector/pipeline';
import {
  NodeClients,
  PipelineModule,
  SiteView,
  openResources,
  releaseStudy,
  requestAnalysis,
  siteSchema,
} from '@prelector/pipeline';
import type { Configuration } from '@prelector/platform';
import { Shutdown, freePort, loadConfiguration, nestLog, pinoLog } from '@prelector/platform';
import { ResultsModule } from '@prelector/results';
import { TriggerModule } from '@prelector/trigger';
import { applyConfiguration } from '../../apps/prelector/src/commands/apply-configuration.js';
import { testDatabase } from '../postgres.js';
import { isSettled } from './settled.testing.js';
import type { TestPacs } from './test-pacs.testing.js';
import { until } from './until.testing.js';

class SystemModule {}

/** Short, so that a test sees a step given up. */
const soon: RetryPolicy = { maximumAttempts: 3, initialDelayMs: 50, maximumDelayMs: 200 };

/** What a test says of its site; the rest is the same for all. */
export interface TestSite {
  readonly pacs: TestPacs;
  readonly purpose?: 'test' | 'clinical';
  readonly state?: 'off' | 'shadow' | 'on';
  readonly poll?: boolean;
  readonly node?: Record<string, unknown>;
  readonly feed?: Record<string, unknown>;
  readonly rule?: Record<string, unknown>;
}

/**
 * Settings of a node whose searches are believed, for a test that counts or stops the reading of instances: no image is
 * looked at before a study is joined.
 */
export const believedSearches = { overrides: { qido: { text: 'exact' } } };

const models = new URL('../../models', import.meta.url).pathname;

/** A whole installation in this process: trigger, analysis and results on a database of its own. */
export class TestInstallation {
  private constructor(
    readonly resources: Resources,
    readonly hl7Port: number,
    readonly folder: string,
    private readonly app: INestApplicationContext,
    private readonly shutdown: Shutdown,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  /**
   * @param clock of the process; the system's by default
   * @param retry when a step that failed is tried again: soon by default
   */
  static async start(
    modelsFolder: string = models,
    clock?: Clock,
    retry: RetryPolicy = soon,
  ): Promise<TestInstallation> {
    const folder = await mkdtemp(join(tmpdir(), 'prelector-system-'));
    const database = await testDatabase();
    const log = pinoLog({ level: 'debug', destination: join(folder, 'prelector.log') });
    const shutdown = new Shutdown({ log });
    try {
      const configuration = configurationOf(folder, modelsFolder, database.url);
      const resources = await openResources({
        configuration,
        env: {},
        log,
        shutdown,
        ...(clock ? { clock } : {}),
      });
      const app = await NestFactory.createApplicationContext(
        {
          module: SystemModule,
          imports: [
            PipelineModule.forRoot(resources, { retry }),
            TriggerModule,
            AnalysisModule,
            ResultsModule,
          ],
        },
        { logger: nestLog(log), abortOnError: false },
      );
      shutdown.add('apps', () => app.close(), 'intake');
      return new TestInstallation(resources, await freePort(), folder, app, shutdown, () => database.drop());
    } catch (thrown) {
      await shutdown.run('it did not start');
      await database.drop();
      throw thrown;
    }
  }

  async stop(): Promise<void> {
    await this.shutdown.run('the test is over');
    await this.dropDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Brings the site to one node `pacs`, one feed and one rule, as the test says. */
  async configure(site: TestSite): Promise<void> {
    await this.apply(siteOf(site, this.hl7Port));
  }

  async apply(site: SiteConfiguration): Promise<void> {
    await applyConfiguration(this.resources, site, { who: 'person:tester', why: 'a test' });
    await this.app.get(SiteView).refresh();
  }

  /** A part of the apps, to be called by the test itself. */
  part<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  /** Everything the installation has logged, a line of JSON each. */
  log(): Promise<string> {
    return readFile(join(this.folder, 'prelector.log'), 'utf8');
  }

  /** Sends an HL7 message over MLLP and returns the code it is answered with. */
  async tell(message: Partial<OrderMessageOptions> & Pick<OrderMessageOptions, 'identity'>): Promise<string> {
    return this.send(
      orderMessage({
        form: 'ORM^O01',
        controlId: `T${(serial += 1)}`,
        now: new Date(),
        modality: 'CT',
        ...(message.identity.accessionNumber
          ? { fillerOrderNumber: message.identity.accessionNumber }
          : { placerOrderNumber: `P${serial}` }),
        ...message,
      }),
    );
  }

  async send(message: Uint8Array): Promise<string> {
    const heard = async () =>
      sendMessage({ host: '127.0.0.1', port: this.hl7Port, timeoutSeconds: 20 }, message).catch(
        () => undefined,
      );
    const answer = readAck(await until('the feed answers', heard));
    if (!answer.ok) throw new Error(answer.error.text);
    return answer.value.code;
  }

  story(studyInstanceUid: string): Promise<StudyStory | undefined> {
    return this.resources.ledger.pool.stories.ofStudy(studyInstanceUid);
  }

  /** The story of a study once it fulfils a condition. */
  storyWhen(
    studyInstanceUid: string,
    what: string,
    condition: (story: StudyStory) => boolean,
  ): Promise<StudyStory> {
    return until(what, async () => {
      const story = await this.story(studyInstanceUid);
      return story && condition(story) ? story : undefined;
    });
  }

  /** The story of a study once nothing more happens to it by itself. */
  async settled(studyInstanceUid: string): Promise<StudyStory> {
    // A story is read piece by piece while work goes on: what it says twice in a row is so.
    return until('the study settles', async () => {
      const first = await this.story(studyInstanceUid);
      const story = first && isSettled(first) ? await this.story(studyInstanceUid) : undefined;
      return story && isSettled(story) ? story : undefined;
    });
  }

  /** Once the node was polled: what stood there before the first poll is noted, and not announced. */
  polled(): Promise<true> {
    return until('the node was polled', async () => {
      const polled = await this.rows('SELECT 1 FROM poll_window WHERE last_finished_at IS NOT NULL');
      return polled.length > 0 ? true : undefined;
    });
  }

  /** A person asks for the analysis of a study on the node `pacs`. */
  async askAgain(studyInstanceUid: string): Promise<void> {
    const { ledger } = this.resources;
    await requestAnalysis(ledger, { nodeName: 'pacs', studyInstanceUid, who: 'person:tester', push: true });
  }

  /** A person releases a study that is held, or names it as the one that a held order means. */
  async release(studyInstanceUid: string, reason: string, who = 'person:pat'): Promise<void> {
    const tools = {
      ledger: this.resources.ledger,
      clients: this.app.get(NodeClients, { strict: false }),
      site: this.app.get(SiteView),
    };
    await releaseStudy(tools, { studyInstanceUid, who, reason });
  }

  /** What was found, as the ledger keeps it. */
  async findings(study: StudyStory): Promise<Findings> {
    const [run] = study.runs;
    const row = run && (await this.resources.ledger.pool.runs.findingsOf(run.id));
    if (!row) throw new Error('the study has no findings');
    return row.body;
  }

  /** Rows of a statement, for what no function of the ledger asks. */
  rows<T>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return this.resources.ledger.dataSource.query<T[]>(sql, parameters);
  }
}

function configurationOf(folder: string, modelsFolder: string, databaseUrl: string): Configuration {
  const key = () => randomBytes(32).toString('base64');
  return loadConfiguration({
    env: { DATABASE_URL: databaseUrl, PRELECTOR_DATA_KEY: key(), PRELECTOR_SITE_KEY: key() },
    defaults: {
      site: { timeZone: 'Europe/Zurich' },
      dataFolder: folder,
      models: { folder: modelsFolder },
      http: { port: 0 },
    },
  });
}

let serial = 0;

/** A rule that was off goes on for a new reason alone. */
let reasons = 0;

/** A site with one node `pacs`, the feed `ris` and the rule `lungs`. */
export function siteOf(site: TestSite, hl7Port: number): SiteConfiguration {
  return siteSchema.parse({
    nodes: [
      {
        name: 'pacs',
        profile: site.pacs.profile,
        roots: { base: site.pacs.gate.root },
        allowHttp: true,
        purpose: site.purpose ?? 'test',
        completeness: { settleSeconds: 1, settleSecondsAfterAcquisition: 0, maximumWaitSeconds: 60 },
        poll: { enabled: site.poll ?? false, everySeconds: 1, sweep: { days: 0 } },
        ...site.node,
      },
    ],
    feeds: [
      {
        name: 'ris',
        port: hl7Port,
        nodes: ['pacs'],
        resolve: { everySeconds: 1, giveUpAfterHours: 1 },
        ...site.feed,
      },
    ],
    rules: [
      {
        name: 'lungs',
        source: ['pacs'],
        model: 'ct-lung-densitometry',
        state: site.state ?? 'on',
        why: `reason ${(reasons += 1)} of a test`,
        conditions: { modalities: ['CT'] },
        ...site.rule,
      },
    ],
  });
}
