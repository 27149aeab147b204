import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ledger, NewHl7Notice } from '@prelector/ledger';
import { readMessages } from '@prelector/pipeline';
import { seed, some, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
let feed: { id: string; name: string };
beforeAll(async () => {
  ({ ledger, close } = await testLedger());
  feed = (await seed(ledger)).feed;
});
afterAll(() => close());

const keep = (controlId: string, settled: NewHl7Notice['settled']) =>
  ledger.pool.notices.recordHl7({
    feedId: feed.id,
    feedVersion: 1,
    controlId,
    messageType: 'ORM^O01',
    message: Buffer.from(controlId),
    settled,
  });

describe('the messages of a feed', () => {
  it('are told with outcome, reason and answer, and the feed with when it was last heard', async () => {
    expect((await readMessages(ledger, { limit: 10 })).feeds).toMatchObject([
      { feed: feed.name, lastHeardAt: null, used: 0, lastRefusal: null },
    ]);
    await keep('M1', { disposition: 'used', ack: 'AA' });
    const reason = 'The message names no order that can be asked for.';
    await keep('M2', { disposition: 'refused', reason, ack: 'AE' });
    await keep('M2', { disposition: 'refused', reason, ack: 'AE' });
    const refused = await readMessages(ledger, { feed: feed.name, outcome: 'refused', limit: 10 });
    expect(refused.messages).toMatchObject([
      {
        controlId: 'M2',
        feed: feed.name,
        outcome: 'refused',
        reason,
        ack: 'AE',
        repeats: 1,
        orders: [],
        studies: [],
      },
    ]);
    const [last] = refused.messages;
    expect(refused.feeds).toEqual([
      {
        feed: feed.name,
        lastHeardAt: last?.repeatedAt,
        used: 1,
        ignored: 0,
        refused: 1,
        lastRefusedAt: last?.receivedAt,
        lastRefusal: last?.reason,
      },
    ]);
    const all = await readMessages(ledger, { limit: 10 });
    expect(all.messages.map(({ controlId }) => controlId)).toEqual(['M2', 'M1']);
    const at = some(last).receivedAt;
    const during = await readMessages(ledger, { from: at, to: at, limit: 10 });
    expect(during.messages.map(({ controlId }) => controlId)).toContain('M2');
    expect((await readMessages(ledger, { to: new Date(0), limit: 10 })).messages).toEqual([]);
    expect(await readMessages(ledger, { feed: 'nobody', limit: 10 })).toEqual({
      feeds: [],
      messages: [],
      turnedAway: [],
    });
  });

  it('that only repeats itself was heard when it last did', async () => {
    const before = await readMessages(ledger, { limit: 10 });
    await keep('M1', { disposition: 'used', ack: 'AA' });
    const { feeds, messages } = await readMessages(ledger, { limit: 10 });
    const [repeated] = messages.filter(({ controlId }) => controlId === 'M1');
    expect(messages).toHaveLength(before.messages.length);
    expect(some(some(repeated).repeatedAt).getTime()).toBeGreaterThan(some(repeated).receivedAt.getTime());
    expect(feeds[0]?.lastHeardAt).toEqual(repeated?.repeatedAt);
  });

  it('that are used with a remark are listed by that', async () => {
    await keep('M8', { disposition: 'used', ack: 'AA' });
    await keep('M9', { disposition: 'used', ack: 'AA', reason: 'One of its studies is not used.' });
    const listed = async (outcome: 'used' | 'remark') =>
      (await readMessages(ledger, { outcome, limit: 10 })).messages.map(({ controlId }) => controlId);
    expect(await listed('remark')).toEqual(['M9']);
    expect(await listed('used')).toContain('M8');
    expect(await listed('used')).not.toContain('M9');
  });
});
