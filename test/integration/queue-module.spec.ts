import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { silentLog } from '@prelector/kernel';
import { ProcessesStep, QueueModule, StepProcessor, StepQueues, type StepJob } from '@prelector/queue';
import { testDatabase } from '../postgres.js';

jest.setTimeout(60_000);

/** Stands for a service that a processor works with. */
@Injectable()
class Recorder {
  readonly jobs: StepJob[] = [];
}

@ProcessesStep('encode', { concurrency: 2 })
class EncodeProcessor extends StepProcessor {
  protected readonly step = 'encode';
  protected readonly log = silentLog;

  constructor(private readonly recorder: Recorder) {
    super();
  }

  protected override async handle(job: StepJob): Promise<void> {
    this.recorder.jobs.push(job);
    if (job.attempt === 0) throw new Error('first try');
  }
}

const newJob = (attempt: number): StepJob => ({ stepId: randomUUID(), rowId: randomUUID(), attempt });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

describe('the queues in a Nest application', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let app: TestingModule;

  beforeEach(async () => {
    database = await testDatabase();
    const url = database.url;
    @Module({ providers: [{ provide: 'URL', useValue: url }], exports: ['URL'] })
    class UrlModule {}
    app = await Test.createTestingModule({
      imports: [
        QueueModule.forRootAsync({
          imports: [UrlModule],
          inject: ['URL'],
          useFactory: (from: string) => ({ url: from, log: silentLog }),
        }),
      ],
      providers: [Recorder, EncodeProcessor],
    }).compile();
    await app.init();
  });

  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  it('hands jobs to the processor of their step, once each, also when it throws', async () => {
    const queues = app.get(StepQueues);
    const jobs = [newJob(0), newJob(1)];
    for (const job of jobs) await queues.add('encode', job);
    const { jobs: got } = app.get(Recorder);
    await until(async () => got.length >= 2 && (await queues.depth()).encode.active === 0);
    expect(got).toHaveLength(2);
    expect(got).toEqual(expect.arrayContaining(jobs));
    expect((await queues.depth()).encode).toEqual({ waiting: 0, active: 0 });
  });

  it('lets a handler work beside the processors, and closes all with the application', async () => {
    const queues = app.get(StepQueues);
    const got: StepJob[] = [];
    queues.work('deliver', async (job) => void got.push(job));
    const job = newJob(4);
    await queues.add('deliver', job);
    await until(() => got.length === 1);
    expect(got).toEqual([job]);
    await app.close();
    await expect(queues.add('deliver', newJob(5))).rejects.toMatchObject({ code: 'queue.closed' });
  });
});
