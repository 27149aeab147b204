import type { FeedHeard, Ledger, MessageQuery, ToldMessage } from '@prelector/ledger';
import { feedsHeard, messagesOf } from '@prelector/ledger';

/** The messages that were asked for, and when each feed was last heard. */
export interface ToldMessages {
  readonly feeds: readonly FeedHeard[];
  readonly messages: readonly ToldMessage[];
}

/** Which messages came and what became of them; a feed that is not known brings none, and is not in `feeds`. */
export async function readMessages({ pool }: Ledger, query: MessageQuery): Promise<ToldMessages> {
  const feeds = await feedsHeard(pool);
  return {
    feeds: feeds.filter(({ feed }) => query.feed === undefined || feed === query.feed),
    messages: await messagesOf(pool, query),
  };
}
