import { PrelectorError } from '@prelector/kernel';
import type { Ledger, OrderQuery, ToldOrders } from '@prelector/ledger';

/**
 * The orders that were asked for, with what they are joined with, may mean and wait for.
 *
 * @throws `orders.feed-unknown`
 */
export async function readOrders({ pool }: Ledger, query: OrderQuery): Promise<ToldOrders> {
  const told = await pool.orderSearch.find(query);
  if (told.orders.length === 0 && query.feed !== undefined) {
    const feeds = await pool.feeds.heard();
    if (!feeds.some(({ feed }) => feed === query.feed)) {
      throw new PrelectorError(
        'orders.feed-unknown',
        'permanent',
        'No feed has that name; see: prelector status.',
      );
    }
  }
  return told;
}
