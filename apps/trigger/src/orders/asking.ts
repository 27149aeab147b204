/** Questions about orders that a node is asked in a second by one process, at most. */
export const asksPerSecond = 10;
/** No order is asked for less often, unless so many wait that this would be too much for the archive. */
const slowestSeconds = 900;
/** Up to this priority an order is urgent: STAT and ASAP. */
const urgent = 2;
const slowestUrgentSeconds = 60;

export interface Waiting {
  /** Since the order was announced. */
  readonly forSeconds: number;
  /** `resolve.everySeconds` of the feed: how soon the first question is repeated. */
  readonly everySeconds: number;
  readonly priority: number;
  /** How many orders wait at present. */
  readonly orders: number;
}

/**
 * Seconds until an order that found nothing is asked for again: the longer it waited, the later, a quarter
 * of the time that it has waited (an urgent one an eighth), and never so soon that orders that wait take more than half of
 * the questions of a second: the other half is for those that come.
 */
export function secondsUntilNextAsk({ forSeconds, everySeconds, priority, orders }: Waiting): number {
  const isUrgent = priority <= urgent;
  const slowest = Math.max(isUrgent ? slowestUrgentSeconds : slowestSeconds, everySeconds);
  const patience = Math.min(Math.max(forSeconds / (isUrgent ? 8 : 4), everySeconds), slowest);
  return isUrgent ? patience : Math.max(patience, (2 * orders) / asksPerSecond);
}

/** Spaces the questions to each node, so that however many orders wait an archive is asked only so often. */
export class AskPace {
  readonly #next = new Map<string, number>();

  /** Waits for the turn of the next question to the node. */
  async turn(nodeId: string): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next.get(nodeId) ?? 0);
    this.#next.set(nodeId, at + 1000 / asksPerSecond);
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
  }
}
