import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PacsNodeRow } from '@prelector/ledger';
import { requestAnalysis } from '@prelector/pipeline';
import { announceStudy } from '../../apps/trigger/src/announcement/announce-study.js';
import { until } from '../system/until.testing.js';
import { freshUid, some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor, today } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ a: 'clinical', b: 'clinical', trial: 'test' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const put = (name: string, study: ArchivedStudy) => some(trigger.archives[name]).put(study);

describe('a study that was only noted', () => {
  const noted = async (series: Readonly<Record<string, number>>) => {
    const study = freshStudy({ series });
    put('a', study);
    await trigger.poll('a', today, `${today}235959`);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'incomplete' });
    return study;
  };

  it.each<[string, Readonly<Record<string, number>>]>([
    ['of images alone', { CT: 300 }],
    ['that held derived objects before', { CT: 300, SR: 1 }],
  ])('%s is not announced by a derived object, and stays withheld', async (_name, series) => {
    const study = await noted(series);
    const { id } = await trigger.study(study.studyInstanceUid);
    await trigger.ledger.pool.studies.withhold(id, 'person:pat');
    put('a', { ...study, series: { ...series, KO: 1 } });
    await trigger.poll('a', today);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'incomplete',
      withheldBy: 'person:pat',
    });
  });

  it.each<[string, Readonly<Record<string, number>>]>([
    ['of images alone', { CT: 300 }],
    ['that held derived objects before', { CT: 300, SR: 1 }],
  ])('%s is announced by an image', async (_name, series) => {
    const study = await noted(series);
    put('a', { ...study, series: { ...series, CT: 301 } });
    await trigger.poll('a', today);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete', testOnly: false });
  });

  it.each<[string, Readonly<Record<string, number>>, string]>([
    ['is announced by images', { CT: 6, KO: 1 }, 'complete'],
    ['is not announced by a derived object', { CT: 3, KO: 1, SR: 1 }, 'incomplete'],
  ])('beside a derived object %s that come before it is counted', async (_what, series, state) => {
    const study = freshStudy({ series: { CT: 3, KO: 1 } });
    put('a', study);
    await trigger.poll('a', today, `${today}235959`);
    put('a', { ...study, series });
    await trigger.poll('a', today);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state });
  });

  it.each<[string, Readonly<Record<string, number>>, string]>([
    ['is announced by images', { CT: 55, PR: 20 }, 'complete'],
    ['is not announced by more of those', { CT: 40, PR: 35 }, 'incomplete'],
  ])(
    'beside many derived objects %s that come before anything else is done',
    async (_what, series, state) => {
      const study = freshStudy({ series: { CT: 40, PR: 20 } });
      put('a', study);
      await trigger.poll('a', today, `${today}235959`);
      put('a', { ...study, series });
      await trigger.poll('a', today);
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state });
    },
  );

  it('is announced by an order that waits for it, or comes later', async () => {
    const waiting = freshStudy();
    await hear(messageFor(waiting));
    put('a', waiting);
    await trigger.poll('a', today, `${today}235959`);
    await trigger.settle();
    expect(await trigger.study(waiting.studyInstanceUid)).toMatchObject({ state: 'complete' });
    const study = await noted({ CT: 5 });
    await hear(messageFor(study));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete', testOnly: false });
  });
});

describe('one accession number on two nodes', () => {
  it('is not taken from one node while the other does not answer', async () => {
    const there = freshStudy();
    const away = { ...there, studyInstanceUid: freshUid() };
    put('a', there);
    put('b', away);
    const b = some(trigger.archives['b']);
    b.isAway = true;
    await hear(messageFor(there));
    await trigger.work();
    const [waiting] = await trigger.ledger.pool.sql.manager.query<{ state: string; reason: string }[]>(
      `SELECT o.state, s.reason FROM study_order o JOIN step s ON s.row_id = o.id ORDER BY o.created_at DESC LIMIT 1`,
    );
    expect(waiting).toMatchObject({
      state: 'announced',
      reason: expect.stringContaining('no usable answer from PACS node b'),
    });
    b.isAway = false;
    await trigger.work();
    expect(await trigger.lastOrder()).toMatchObject({
      state: 'held',
      stateReason: expect.stringMatching(/2 studies stand under the accession number/u) as unknown,
    });
  });
});

describe('a person who asks for an analysis without sending', () => {
  it.each(['is being written', 'was written'])(
    'withholds nothing of a study whose announcement %s',
    async (when) => {
      const { ledger } = trigger;
      const study = freshStudy();
      put('a', study);
      const { pool } = ledger;
      const written = Promise.withResolvers<void>();
      const isLetGo = Promise.withResolvers<void>();
      const { id: nodeId } = some(await pool.sql.manager.findOneBy(PacsNodeRow, { name: 'a' }));
      const { studyInstanceUid, patientId, accessionNumber } = study;
      const announcing = ledger.transaction(async (tx) => {
        const identity = { studyInstanceUid, patientId, accessionNumber };
        const why = 'found by polling a';
        await announceStudy(tx, ledger.vault, { studyInstanceUid, nodeId, identity, who: 'trigger', why });
        written.resolve();
        await isLetGo.promise;
      });
      await written.promise;
      if (when === 'was written') isLetGo.resolve();
      const who = 'person:pat';
      const asking = requestAnalysis(ledger, { nodeName: 'a', studyInstanceUid, who, push: false });
      if (when === 'is being written')
        await until('the request waits', async () => {
          const waiting: unknown[] = await pool.sql.manager.query(
            `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
          );
          return waiting.length > 0 ? true : undefined;
        });
      isLetGo.resolve();
      await announcing;
      await asking;
      expect(await trigger.study(studyInstanceUid)).toMatchObject({ withheldBy: null });
    },
  );
});

describe('a message marked as test or training', () => {
  it('sends nothing of a study that a person then asks for without sending', async () => {
    const study = freshStudy();
    put('trial', study);
    await hear(messageFor(study, { processingId: 'T' }));
    await trigger.settle();
    const asked = { nodeName: 'trial', studyInstanceUid: study.studyInstanceUid, who: 'person:pat' };
    await requestAnalysis(trigger.ledger, { ...asked, push: false });
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      testOnly: false,
      withheldBy: 'person:pat',
    });
  });

  it.each(['before', 'after'])('silences nothing that the poll announces, %s it', async (when) => {
    const study = freshStudy();
    put('a', study);
    put('trial', study);
    const test = () => hear(messageFor(study, { processingId: 'T' }));
    if (when === 'before') await test();
    await trigger.settle();
    await trigger.poll('a', today);
    if (when === 'after') await test();
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ testOnly: false, state: 'complete' });
  });

  it('never makes a study one of production, also where it was noted before', async () => {
    for (const isNoted of [true, false]) {
      const study = freshStudy();
      put('trial', study);
      if (isNoted) await trigger.poll('trial', today, `${today}235959`);
      await hear(messageFor(study, { processingId: 'D' }));
      await hear(messageFor(study, { resultStatus: 'F' }));
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
        testOnly: true,
        state: 'complete',
      });
    }
  });

  it.each(['was only noted', 'was announced on a test node'])(
    'signs nothing of a study that %s once production announces it',
    async (how) => {
      const study = freshStudy();
      const isNoted = how.endsWith('noted');
      put(isNoted ? 'a' : 'trial', study);
      if (isNoted) await trigger.poll('a', today, `${today}235959`);
      else await hear(messageFor(study, { processingId: 'T' }));
      await trigger.settle();
      await hear(messageFor(study, { processingId: 'T', form: 'ORU^R01', resultStatus: 'F' }));
      put('a', { ...study, series: { CT: 4 } });
      await trigger.poll('a', today);
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
        state: 'complete',
        testOnly: false,
        readingState: 'unknown',
      });
    },
  );

  it.each(['before', 'after'])('hurries nothing that the poll announces, %s it', async (when) => {
    const study = freshStudy();
    put('trial', study);
    const test = () => hear(messageFor(study, { processingId: 'T', priority: 'S' }));
    if (when === 'before') await test();
    await trigger.poll('trial', today);
    if (when === 'after') await test();
    await trigger.settle();
    expect((await trigger.lastOrder()).state).toBe('arrived');
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      testOnly: false,
      priority: 5,
      identityId: null,
    });
  });

  it('for another patient holds nothing that stands on a clinical node', async () => {
    const study = freshStudy();
    put('a', study);
    await trigger.poll('a', today, `${today}235959`);
    await hear(messageFor({ ...study, patientId: 'SOMEBODY' }, { processingId: 'T' }));
    put('a', { ...study, series: { CT: 4 } });
    await trigger.poll('a', today);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete', testOnly: false });
  });
});

describe('an order whose study is looked for', () => {
  it('and that could not be asked for is asked for once a message states a number', async () => {
    const study = freshStudy();
    put('a', study);
    const { patientId, accessionNumber } = study;
    const bare = { placerOrderNumber: `PL-${patientId}`, fillerOrderNumber: '' };
    await hear(messageFor(study, { ...bare, identity: { patientId } }));
    expect(await trigger.lastOrder()).toMatchObject({ state: 'unusable' });
    const more = { orderControl: 'XO', orderStatus: 'SC', identity: { patientId, accessionNumber } };
    await hear(messageFor(study, { ...bare, ...more }));
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
  });

  it('and that becomes urgent is asked for at once', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { priority: 'R' }));
    await trigger.work();
    trigger.ahead += 3600;
    await trigger.work();
    await hear(messageFor(study, { priority: 'S', orderControl: 'XO', orderStatus: 'SC' }));
    const { id } = await trigger.lastOrder();
    const [step] = await trigger.ledger.pool.sql.manager.query<{ priority: number; due: boolean }[]>(
      `SELECT priority, due_at <= now() AS due FROM step WHERE step = 'resolve' AND row_id = $1`,
      [id],
    );
    trigger.ahead = 0;
    expect(step).toEqual({ priority: 1, due: true });
  });
});

describe('an order', () => {
  const named = (one: ArchivedStudy, studyInstanceUid: string) =>
    messageFor(one, {
      fillerOrderNumber: `F-${one.patientId}`,
      identity: { patientId: one.patientId, studyInstanceUid },
    });

  it('that comes to name another study while the first is looked for has both found', async () => {
    const one = freshStudy();
    const two = { ...freshStudy(), patientId: one.patientId };
    put('a', one);
    put('a', two);
    await hear(named(one, one.studyInstanceUid));
    const commit = await trigger.asked();
    await hear(named(one, two.studyInstanceUid));
    await commit();
    await trigger.settle();
    for (const { studyInstanceUid } of [one, two])
      expect(await trigger.study(studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
  });

  it('that is announced anew while it is given up is looked for again', async () => {
    const study = freshStudy();
    await hear(messageFor(study));
    trigger.ahead += 100 * 3600;
    const commit = await trigger.asked();
    await hear(messageFor(study));
    await commit();
    put('a', study);
    await trigger.settle();
    trigger.ahead = 0;
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
  });

  it('is not given up for the time in which a node did not answer', async () => {
    const study = freshStudy();
    const b = some(trigger.archives['b']);
    b.isAway = true;
    await hear(messageFor(study));
    for (const hours of [1, 70]) {
      trigger.ahead += hours * 3600;
      await trigger.work();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    }
    b.isAway = false;
    trigger.ahead += 3600;
    await trigger.work();
    put('b', study);
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    trigger.ahead = 0;
  });

  const numbersOf = ({ patientId, accessionNumber = '' }: ArchivedStudy) => ({ patientId, accessionNumber });

  it('whose Study Instance UID the modality did not use is not given up while searches by number fail', async () => {
    const study = freshStudy();
    const a = some(trigger.archives['a']);
    put('a', study);
    a.refuses = (query) => query.includes('00080050');
    await hear(messageFor(study, { identity: { ...numbersOf(study), studyInstanceUid: freshUid() } }));
    for (const hours of [1, 70]) {
      trigger.ahead += hours * 3600;
      await trigger.work();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    }
    a.refuses = () => false;
    trigger.ahead += 3600;
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    trigger.ahead = 0;
  });

  it.each(['by its Study Instance UID', 'by the poll, under its accession number'])(
    'whose study was found %s while a node was away has that node asked when it is back',
    async (how) => {
      const there = freshStudy();
      const isNamed = how.startsWith('by its');
      const away = isNamed ? there : { ...there, studyInstanceUid: freshUid() };
      put('a', there);
      put('b', away);
      const b = some(trigger.archives['b']);
      b.isAway = true;
      await hear(isNamed ? named(there, there.studyInstanceUid) : messageFor(there));
      await trigger.work();
      if (!isNamed) await trigger.poll('a', today);
      b.isAway = false;
      await trigger.settle();
      const { id } = await trigger.study(away.studyInstanceUid);
      const nodes = await trigger.ledger.pool.sql.manager.query<{ name: string }[]>(
        `SELECT n.name FROM study_copy c JOIN pacs_node n ON n.id = c.node_id WHERE c.study_id = $1 ORDER BY 1`,
        [id],
      );
      expect(nodes.map(({ name }) => name)).toEqual(isNamed ? ['a', 'b'] : ['b']);
      expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    },
  );
});
