import type { FeedHeard, Ledger, MessageQuery, ToldMessage, TurnedAway } from '@prelector/ledger';

/** The messages that were asked for, and when each feed was last heard. */
export interface ToldMessages {
  readonly feeds: readonly FeedHeard[];
  /** Connections of the last week that brought no message. */
  readonly turnedAway: readonly TurnedAway[];
  readonly messages: readonly ToldMessage[];
}

/** Which messages came and what became of them; a feed that is not known brings none, and is not in `feeds`. */
export async function readMessages({ pool }: Ledger, query: MessageQuery): Promise<ToldMessages> {
  const isAsked = ({ feed }: { readonly feed: string }) => query.feed === undefined || feed === query.feed;
  return {
    feeds: (await pool.feeds.heard()).filter(isAsked),
    turnedAway: (await pool.feeds.turnedAway()).filter(isAsked),
    messages: await pool.feeds.messages(query),
  };
}
