import type { AckIssuer, Hl7ErrorCode } from '@prelector/hl7';
import { batchAnswer, hl7Errors, readBatch } from '@prelector/hl7';

/** How the messages of a batch are taken, and how the batch is answered. */
export interface BatchIntake {
  readonly answer: 'batch' | 'each';
  readonly issuer: AckIssuer;
  /** Takes one message and gives its acknowledgements. */
  readonly takeOne: (message: Uint8Array) => Promise<Uint8Array[]>;
  /** Keeps a batch that is not taken, or not as it says it is, and gives the acknowledgement of that. */
  readonly refuse: (code: Hl7ErrorCode) => Promise<Uint8Array[]>;
}

/**
 * Takes a batch message by message, in order, each by itself: a bad one hides no other. One that states another
 * number of messages than it holds is kept as refused beside those that came, and its answer says so.
 */
export async function takeBatch(bytes: Uint8Array, intake: BatchIntake): Promise<Uint8Array[]> {
  const file = readBatch(bytes);
  if (!file) return intake.refuse('hl7.batch-too-long');
  const answers: Uint8Array[][] = [];
  for (const { messages } of file.batches) {
    const acks: Uint8Array[] = [];
    for (const message of messages) acks.push(...(await intake.takeOne(message)));
    answers.push(acks);
  }
  const remarks = file.batches.map(({ statedCount, messages }) =>
    statedCount === undefined || statedCount === messages.length
      ? undefined
      : hl7Errors['hl7.batch-incomplete'].meaning,
  );
  const isIncomplete = remarks.some((remark) => remark !== undefined);
  const complaint = isIncomplete ? await intake.refuse('hl7.batch-incomplete') : [];
  if (intake.answer === 'batch') return [batchAnswer(file, answers, remarks, intake.issuer)];
  const each = [...answers.flat(), ...complaint];
  // Whoever sends a batch waits for an answer, also to one without messages.
  return each.length > 0 ? each : [batchAnswer(file, answers, remarks, intake.issuer)];
}
