import type { ConditionCode } from '../message/message.js';

/** What is to be said of one order, or one merge, of a message, in words without identity. */
export interface OrderNote {
  /** Among the orders or merges of the message, from 1. */
  readonly position: number;
  /** Half a sentence. */
  readonly text: string;
}

/** Why an order cannot be used. */
export interface UnusableNote extends OrderNote {
  /** For ERR-3 where the message is refused for it. */
  readonly errorCode: ConditionCode;
}

/** How many positions are named one by one. */
const NAMED = 5;

/** `orders 2, 3 and 9 more of 40 <says>: <text>`, one sentence for each text, in the order in which they come. */
export function orderSentences(
  notes: readonly OrderNote[],
  count: number,
  says: string,
  subject: 'Order' | 'Merge' = 'Order',
): string[] {
  const byText = Map.groupBy(notes, ({ text }) => text);
  return [...byText].map(
    ([text, all]) =>
      `${which(subject, [...new Set(all.map(({ position }) => position))], count)} ${says}: ${text}.`,
  );
}

function which(subject: string, positions: readonly number[], count: number): string {
  if (count === 1) return `The ${subject.toLowerCase()}`;
  if (positions.length === 1) return `${subject} ${positions[0]} of ${count}`;
  if (positions.length === count) return `All ${count} orders`;
  const more = positions.length - NAMED;
  const named = positions.slice(0, NAMED).join(', ');
  return `${subject}s ${named}${more > 0 ? ` and ${more} more` : ''} of ${count}`;
}
