import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventRow, IdentityRow, NoticeRow, OrderRow } from '@prelector/ledger';
import type { KeptIdentity, Ledger, NewOrder } from '@prelector/ledger';
import { by, freshUid, seed, some, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
let feedId: string;
beforeAll(async () => {
  ({ ledger, close } = await testLedger());
  feedId = (await seed(ledger)).feed.id;
});
afterAll(() => close());

const text = (body: string) =>
  Buffer.from(`MSH|^~\\&|RIS|A|PRELECTOR|B|20260101||ORM^O01|1|P|2.3\r${body}\r`);
let number = 0;
const control = () => `C${(number += 1)}`;

const receive = (controlId: string, message: Uint8Array) =>
  ledger.transaction(async (tx) => {
    const recorded = await tx.notices.recordHl7({
      feedId,
      feedVersion: 1,
      controlId,
      messageType: 'ORM^O01',
      message,
    });
    if (!recorded.repeat)
      await tx.notices.settle(recorded.notice.id, { disposition: 'used', reason: 'an order', ack: 'AA' });
    return recorded;
  });

describe('an HL7 notice', () => {
  it('that is repeated has no second effect and is answered as before', async () => {
    const id = control();
    const first = await receive(id, text('PID|1||4711'));
    expect(first).toMatchObject({ repeat: false, ack: undefined, controlIdReused: false });
    const second = await receive(id, text('PID|1||4711'));
    expect(second).toMatchObject({ repeat: true, ack: 'AA', controlIdReused: false });
    expect(second.notice).toMatchObject({ id: first.notice.id, repeats: 1, disposition: 'used' });
  });

  it('that comes many times at once is one', async () => {
    const id = control();
    const all = await Promise.all(Array.from({ length: 10 }, () => receive(id, text('PID|1||4712'))));
    expect(all.filter((one) => !one.repeat)).toHaveLength(1);
    expect(all.filter((one) => one.repeat).map((one) => one.ack)).toEqual(Array(9).fill('AA'));
    expect(await ledger.pool.sql.manager.findOneByOrFail(NoticeRow, { controlId: id })).toMatchObject({
      repeats: 9,
    });
  });

  it('with another body under the same control id is new, and counted as a reused id', async () => {
    const id = control();
    await receive(id, text('PID|1||1'));
    expect(await receive(id, text('PID|1||2'))).toMatchObject({ repeat: false, controlIdReused: true });
  });

  it('is heard anew when the transaction that first heard it was rolled back', async () => {
    const id = control();
    await expect(
      ledger.transaction(async (tx) => {
        await tx.notices.recordHl7({
          feedId,
          feedVersion: 1,
          controlId: id,
          message: text('PID|1'),
        });
        throw new Error('the disk is full');
      }),
    ).rejects.toThrow('full');
    expect(await receive(id, text('PID|1'))).toMatchObject({ repeat: false });
  });

  it('of no use is kept and settled in one go, and answered the same again', async () => {
    const keep = () =>
      ledger.pool.notices.recordHl7({
        feedId,
        feedVersion: 1,
        controlId: 'ADT-1',
        messageType: 'ADT^A08',
        message: text('EVN|A08'),
        settled: { disposition: 'ignored', reason: 'ADT is of no use to the mapping', ack: 'AA' },
      });
    const first = await keep();
    expect(first).toMatchObject({ repeat: false, ack: 'AA' });
    expect(await ledger.pool.sql.manager.findOneByOrFail(NoticeRow, { id: first.notice.id })).toEqual(
      first.notice,
    );
    expect(await keep()).toMatchObject({ repeat: true, ack: 'AA', notice: { disposition: 'ignored' } });
  });

  describe('that was refused or ignored', () => {
    const hear = (controlId: string, feedVersion: number, disposition: 'used' | 'ignored' | 'refused') =>
      ledger.pool.notices.recordHl7({
        feedId,
        feedVersion,
        controlId,
        messageType: 'ORM^O01',
        message: text(`PID|1||${controlId}`),
        settled: { disposition, reason: `was ${disposition}`, ack: disposition === 'refused' ? 'AR' : 'AA' },
      });
    const kept = (controlId: string) => ledger.pool.sql.manager.findBy(NoticeRow, { controlId });

    it.each(['refused', 'ignored'] as const)(
      '(%s) is judged anew under another version of its feed, and what it was before is told',
      async (before) => {
        const id = control();
        const first = await hear(id, 1, before);
        expect(await hear(id, 1, 'used')).toMatchObject({ repeat: true, ack: first.ack });
        const anew = await hear(id, 2, 'used');
        expect(anew).toMatchObject({ repeat: false, ack: 'AA', notice: { id: first.notice.id } });
        expect(await kept(id)).toEqual([anew.notice]);
        expect(anew.notice.receivedAt.getTime()).toBeGreaterThan(first.notice.receivedAt.getTime());
        expect(await ledger.pool.sql.manager.findBy(EventRow, { subjectId: first.notice.id })).toMatchObject([
          {
            what: 'judged anew',
            before: { feedVersion: 1, disposition: before, ack: first.ack },
            after: { feedVersion: 2 },
            why: `was ${before}`,
          },
        ]);
      },
    );

    it('and is used since is used once, whatever the feed becomes', async () => {
      const id = control();
      await hear(id, 1, 'refused');
      const all = await Promise.all(Array.from({ length: 8 }, () => hear(id, 2, 'used')));
      expect(all.filter(({ repeat }) => !repeat)).toHaveLength(1);
      expect(await hear(id, 3, 'refused')).toMatchObject({ repeat: true, ack: 'AA' });
      expect(await kept(id)).toMatchObject([{ disposition: 'used', feedVersion: 2, repeats: 9 }]);
    });

    it('has its bytes again after they were purged', async () => {
      const id = control();
      const { notice } = await hear(id, 1, 'refused');
      await ledger.pool.retention.purgeNoticeBodies(new Date(Date.now() + 60_000));
      expect(await ledger.pool.notices.openBody(notice.id)).toBeUndefined();
      await hear(id, 2, 'used');
      expect(await ledger.pool.notices.openBody(notice.id)).toEqual(text(`PID|1||${id}`));
    });
  });

  it('gives back its bytes', async () => {
    const { notice } = await receive(control(), text('PID|1||Bytes \xff'));
    expect(await ledger.pool.notices.openBody(notice.id)).toEqual(text('PID|1||Bytes \xff'));
  });
});

describe('an order', () => {
  const identity: KeptIdentity = {
    patientId: 'P1',
    accessionNumber: 'A1',
    name: { family: 'Doe', given: 'J' },
  };
  const say = (order: Partial<NewOrder>) =>
    ledger.transaction((tx) =>
      tx.orderBook.record({ feedId, authority: 'RIS', identity, who: 'trigger', ...order }),
    );

  it('is known again by its filler number, and keeps what a later message leaves out', async () => {
    const numbered = { ...identity, fillerOrderNumber: 'F1' };
    const first = await say({
      identity: numbered,
      modality: 'CT',
      priority: 1,
      studyInstanceUids: ['1.2.3'],
    });
    expect(first.created).toBe(true);
    const second = await say({
      identity: { ...numbered, birthDate: '19600101' },
      readingState: 'final',
      studyInstanceUids: ['1.2.4'],
    });
    expect(second.created).toBe(false);
    expect(second.order).toMatchObject({
      id: first.order.id,
      modality: 'CT',
      priority: 1,
      readingState: 'final',
      studyInstanceUids: ['1.2.3', '1.2.4'],
    });
    expect((await say({ identity: numbered, readingState: 'unread' })).order.readingState).toBe('final');
    expect(some(await ledger.pool.identities.open(some(first.order.identityId)))).toEqual(numbered);
    expect(second.order.identityId).not.toBe(first.order.identityId);
    expect(await ledger.pool.orders.speakingOf({ studyInstanceUid: '1.2.4' })).toHaveLength(1);
  });

  it('is one, however many messages name it at once, and keeps one identity for equal ones', async () => {
    const numbered = { ...identity, fillerOrderNumber: 'F2' };
    const identities = await ledger.pool.sql.manager.count(IdentityRow);
    const all = await Promise.all(Array.from({ length: 8 }, () => say({ identity: numbered })));
    expect(new Set(all.map((one) => one.order.id)).size).toBe(1);
    expect(await ledger.pool.sql.manager.count(IdentityRow)).toBe(identities + 1);
  });

  it('is another one under another authority', async () => {
    const numbered = { ...identity, fillerOrderNumber: 'F3' };
    const a = await say({ identity: numbered });
    const b = await say({ identity: numbered, authority: 'OTHER RIS' });
    expect(a.order.id).not.toBe(b.order.id);
  });

  it('is another one under another namespace, and one that states none speaks of the same patient', async () => {
    const placed = (placerNamespace: string | undefined, patientId: string) =>
      say({
        identity: { patientId, placerOrderNumber: '77', ...(placerNamespace ? { placerNamespace } : {}) },
      });
    const a = await placed('SYSA', 'KP1');
    const b = await placed('SYSB', 'KP2');
    expect(a.order.id).not.toBe(b.order.id);
    expect(await placed(undefined, 'KP2')).toMatchObject({ order: { id: b.order.id }, others: [] });
    expect((await placed('SYSA', 'KP1')).order.id).toBe(a.order.id);
  });

  it('of one number and two accession numbers is two procedures, and the number alone speaks of both', async () => {
    const numbered = { patientId: 'P1', fillerOrderNumber: 'F5' };
    const a = await say({ identity: { ...numbered, accessionNumber: 'A5A' } });
    const b = await say({ identity: { ...numbered, accessionNumber: 'A5B' } });
    expect(a.order.id).not.toBe(b.order.id);
    const { order, others } = await say({ identity: numbered, readingState: 'final' });
    expect([order, ...others].map(({ id, readingState }) => ({ id, readingState }))).toEqual([
      { id: a.order.id, readingState: 'final' },
      { id: b.order.id, readingState: 'final' },
    ]);
  });

  it('without any number is refused', async () => {
    await expect(say({ identity: { patientId: 'P1' } })).rejects.toMatchObject({
      code: 'ledger.order-without-number',
    });
  });

  it('is joined with its studies once', async () => {
    const { study } = await seed(ledger);
    const { order } = await say({ identity: { ...identity, fillerOrderNumber: 'F4' } });
    const join = () =>
      ledger.transaction((tx) =>
        tx.links.link({
          orderId: order.id,
          studyId: study.id,
          how: 'accession number',
          who: 'trigger',
        }),
      );
    const [first, second] = await Promise.all([join(), join()]);
    expect(first).not.toBe(second);
    expect((await ledger.pool.orders.ofStudy(study.id)).map((one) => one.id)).toEqual([order.id]);
    expect((await ledger.pool.orders.studiesOf(order.id)).map((one) => one.id)).toEqual([study.id]);
  });

  it('gives up visibly and may be announced again', async () => {
    const { order } = await say({ identity: { ...identity, fillerOrderNumber: freshUid() } });
    const move = (to: OrderRow['state']) =>
      ledger.transaction((tx) =>
        tx.moves.order(order.id, to, { who: 'trigger', why: 'announced, never arrived' }),
      );
    await move('never-arrived');
    await expect(move('unusable')).rejects.toMatchObject({ code: 'ledger.illegal-transition' });
    await move('announced');
    expect((await ledger.pool.orders.byId(order.id))?.state).toBe('announced');
  });
});

describe('a poll', () => {
  it('is shared between replicas, taken over after a silence, and remembers its window', async () => {
    const name = `polled ${freshUid()}`;
    const nodeId = await ledger.transaction(async (tx) => {
      const [change] = await tx.configurationChanges.apply({ nodes: [{ name, body: {} }] }, by);
      await tx.polls.ensure(some(change).id, 'recent', new Date(0));
      await tx.polls.ensure(some(change).id, 'recent', new Date(0));
      return some(change).id;
    });
    const take = (leaseSeconds: number) =>
      ledger.pool.polls.claim({ holder: 'a', leaseSeconds, nodeIds: [nodeId] });
    const claims = (await Promise.all([take(60), take(60), take(60)])).filter((one) => one !== undefined);
    expect(claims).toHaveLength(1);
    const claim = some(claims[0]);
    expect(await ledger.pool.polls.renew(claim, -1)).toBe(true);
    const other = some(await take(60));
    await expect(
      ledger.transaction((tx) => tx.polls.finish(claim, { nextDueAt: new Date() })),
    ).rejects.toMatchObject({ code: 'ledger.lease-lost' });
    await ledger.transaction((tx) =>
      tx.polls.finish(other, {
        nextDueAt: new Date(0),
        windowFrom: '2026-01-01',
        windowTo: '2026-01-03',
        studiesSeen: 7,
      }),
    );
    const failing = some(await take(60));
    expect(failing).toMatchObject({ windowFrom: '2026-01-01', windowTo: '2026-01-03' });
    await ledger.transaction((tx) =>
      tx.polls.finish(failing, { nextDueAt: new Date(Date.now() + 60_000), errorCode: 'dicomweb.timeout' }),
    );
    expect(await take(60)).toBeUndefined();
    const [row] = await ledger.pool.sql.manager.query<object[]>(
      `SELECT * FROM poll_window WHERE node_id = $1`,
      [nodeId],
    );
    expect(row).toMatchObject({ last_error_code: 'dicomweb.timeout', studies_seen: 7 });
  });
});
