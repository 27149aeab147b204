import type { Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { StepName } from '@prelector/findings';
import type { Log } from '@prelector/kernel';
import {
  ProcessesStep,
  QueueModule,
  StepProcessor,
  StepQueues,
  openQueueServer,
  type QueueServer,
  type QueueServerOptions,
  type StepJob,
} from '@prelector/queue';

/** How a test works on the jobs of a step. */
export interface TestWork {
  /** Jobs at a time; 1 by default. */
  readonly concurrency?: number;
  readonly lockMs?: number;
}

/** The queues of a Nest application, and further applications that work on their jobs. */
export class TestQueues {
  private readonly workers: Promise<Application>[] = [];

  private constructor(
    private readonly options: QueueServerOptions,
    private readonly app: Application,
    readonly queues: StepQueues,
  ) {}

  static async open(options: QueueServerOptions): Promise<TestQueues> {
    const app = await applicationOf(options, []);
    return new TestQueues(options, app, app.module.get(StepQueues));
  }

  /** Works on one step, or on several in one process, until all is closed. */
  async work(
    steps: StepName | readonly StepName[],
    handler: (job: StepJob) => Promise<void>,
    options: TestWork = {},
  ): Promise<void> {
    const processors = [steps].flat().map((step) => processorOf(step, handler, this.options.log, options));
    const worker = applicationOf(this.options, processors);
    this.workers.push(worker);
    await worker;
  }

  add(step: StepName, job: StepJob, priority?: number): Promise<void> {
    return this.queues.addMany(step, [priority === undefined ? { job } : { job, priority }]);
  }

  /** Ends the workers, each of which finishes what it works on, and then the queues. */
  async close(): Promise<void> {
    for (const worker of [...this.workers, Promise.resolve(this.app)]) await close(await worker);
  }
}

interface Application {
  readonly module: TestingModule;
  readonly server: QueueServer;
}

async function close({ module, server }: Application): Promise<void> {
  await module.close();
  await server.close();
}

function processorOf(
  step: StepName,
  handler: (job: StepJob) => Promise<void>,
  log: Log,
  { concurrency = 1, lockMs = 30_000 }: TestWork,
): Type<StepProcessor> {
  @ProcessesStep(step, { lockMs })
  class TestProcessor extends StepProcessor {
    readonly step = step;
    protected readonly log = log;
    protected readonly concurrency = concurrency;
    protected readonly work = handler;
  }
  return TestProcessor;
}

async function applicationOf(
  options: QueueServerOptions,
  processors: readonly Type<StepProcessor>[],
): Promise<Application> {
  const server = await openQueueServer(options);
  const module = await Test.createTestingModule({
    imports: [QueueModule.forRoot(server, options.log)],
    providers: [...processors],
  }).compile();
  return { module: await module.init(), server };
}
