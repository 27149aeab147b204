import type { StepName } from '@prelector/findings';
import { z } from 'zod';

/**
 * What a job carries: ids only, so that a queue holds nothing of a patient and can be wiped at any moment.
 * `stepId` is the ledger's row of the step, `rowId` the row that the step works on, `attempt` which try of it.
 */
export const stepJobSchema = z.strictObject({
  stepId: z.uuid(),
  rowId: z.uuid(),
  attempt: z.int().min(0),
});
export type StepJob = z.infer<typeof stepJobSchema>;

/** The id of a job. BullMQ refuses a colon, and swallows a job whose id is still retained. */
export function jobIdOf(step: StepName, { rowId, attempt }: StepJob): string {
  return `${step}-${rowId}-${attempt}`;
}
