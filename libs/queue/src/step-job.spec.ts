import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { jobIdOf, stepJobSchema } from './step-job.js';

const job = { stepId: randomUUID(), rowId: randomUUID(), attempt: 2 };

describe('a job', () => {
  it('carries ids and a count', () => {
    expect(stepJobSchema.parse(job)).toEqual(job);
  });

  it.each([
    { ...job, patientId: '4711' },
    { ...job, stepId: 'DOE^JANE' },
    { ...job, rowId: '' },
    { ...job, attempt: 0.5 },
    { ...job, attempt: -1 },
    { stepId: job.stepId },
    null,
  ])('carries nothing else: %j', (bad) => {
    expect(stepJobSchema.safeParse(bad).success).toBe(false);
  });

  it('is named by step, row and attempt, without the colon that BullMQ refuses', () => {
    expect(jobIdOf('run', job)).toBe(`run-${job.rowId}-2`);
  });
});
