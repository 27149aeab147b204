import type { ConditionCode } from '../message/message.js';

/** What is to be said of one order of a message, in words without identity. */
export interface OrderNote {
  /** Among the orders of the message, from 1. */
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
export function orderSentences(notes: readonly OrderNote[], count: number, says: string): string[] {
  const byText = Map.groupBy(notes, ({ text }) => text);
  return [...byText].map(
    ([text, all]) =>
      `${whichOrders([...new Set(all.map(({ position }) => position))], count)} ${says}: ${text}.`,
  );
}

function whichOrders(positions: readonly number[], count: number): string {
  if (count === 1) return 'The order';
  if (positions.length === 1) return `Order ${positions[0]} of ${count}`;
  if (positions.length === count) return `All ${count} orders`;
  const more = positions.length - NAMED;
  const named = positions.slice(0, NAMED).join(', ');
  return `Orders ${named}${more > 0 ? ` and ${more} more` : ''} of ${count}`;
}
