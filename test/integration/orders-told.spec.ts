import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { joiningWords, orderTransitions } from '@prelector/findings';
import type { OrderMessageOptions } from '@prelector/hl7';
import type { OrderQuery, SoughtNumbers, ToldOrder } from '@prelector/ledger';
import { OrderRow, UnitOfWork, studyKeys } from '@prelector/ledger';
import type { EntityManager } from 'typeorm';
import { findStudies, readOrders, requestAnalysis } from '@prelector/pipeline';
import { orderLines } from '../../apps/prelector/src/commands/orders.js';
import { program } from '../../apps/prelector/src/program.js';
import { TestInstallation } from '../system/installation.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { by, freshUid, some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor } from './trigger.testing.js';

jest.setTimeout(60_000);

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

const ask = async (query: Partial<OrderQuery>): Promise<readonly ToldOrder[]> =>
  (await readOrders(trigger.ledger, { limit: 50, ...query })).orders;
/** The only order that fits. */
const one = async (query: Partial<OrderQuery>): Promise<ToldOrder> => {
  const orders = await ask(query);
  expect(orders).toHaveLength(1);
  return some(orders[0]);
};
const find = async (numbers: SoughtNumbers) => {
  const { studies, orders } = await findStudies(trigger.ledger, numbers);
  return { studies: studies.map(({ studyInstanceUid }) => studyInstanceUid), orders: orders.length };
};
const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const put = (study: ArchivedStudy) => some(trigger.archives['pacs']).put(study);
const arrive = async (study: ArchivedStudy) => {
  put(study);
  await trigger.poll('pacs', study.studyDate);
};
/** An order under a placer number of a namespace. */
const placed = async (study: ReturnType<typeof freshStudy>, placer: string, namespace: string) => {
  const message = messageFor(study, { placerOrderNumber: placer, fillerOrderNumber: '' });
  await hear(
    Buffer.from(Buffer.from(message).toString().replaceAll(`|${placer}|`, `|${placer}^${namespace}|`)),
  );
};
/** An order whose messages state an issuer of the accession number, which ORM^O01 has no place for. */
const issued = (
  { patientId, accessionNumber }: ReturnType<typeof freshStudy>,
  issuer: string,
  change: Partial<OrderMessageOptions> = {},
) =>
  hear(
    messageFor(
      { patientId, accessionNumber },
      {
        form: 'OMI^O23',
        identity: { patientId, accessionNumber, issuerOfAccessionNumber: issuer },
        studyInstanceUids: [freshUid()],
        ...change,
      },
    ),
  );
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;

describe('an order is told', () => {
  it('while it waits: with its numbers, what it is asked for next, why, and the message that spoke of it', async () => {
    const study = freshStudy();
    const { accessionNumber } = study;
    await hear(messageFor(study, { placerOrderNumber: 'PW1', controlId: 'WAITS' }));
    await trigger.work();
    const order = await one({ accession: { value: accessionNumber } });
    expect(order).toMatchObject({
      feed: 'ris',
      state: 'announced',
      numbers: {
        accessions: [{ value: accessionNumber, issuer: null, source: 'stated' }],
        placer: { value: 'PW1', namespace: null },
        filler: { value: `F-${accessionNumber}`, namespace: null },
      },
      studies: [],
      candidates: [],
      candidateCount: 0,
      waits: { state: 'waiting', reason: 'the study is not on any node of the feed yet' },
      lastMessage: { type: 'ORM^O01', controlId: 'WAITS' },
    });
    expect(some(order.waits).dueAt).toBeInstanceOf(Date);
    expect(JSON.stringify(order)).not.toContain(`"${study.patientId}"`);
    await trigger.forget();
  });

  it('when it arrived: with its study and by what it was joined', async () => {
    const study = freshStudy();
    await hear(messageFor(study));
    await arrive(study);
    expect(await one({ accession: { value: study.accessionNumber } })).toMatchObject({
      state: 'arrived',
      studies: [{ studyInstanceUid: study.studyInstanceUid, state: 'watching', how: joiningWords.accession }],
      candidates: [],
      waits: null,
    });
  });

  it('when it is held over a study of another patient: with that study, and that it is held, too', async () => {
    const study = freshStudy();
    await arrive(study);
    await hear(messageFor({ ...study, patientId: 'SOMEBODY-ELSE' }));
    await trigger.settle();
    expect(await one({ accession: { value: study.accessionNumber } })).toMatchObject({
      state: 'held',
      stateReason: matching(/two patients under one accession number/u),
      studies: [{ studyInstanceUid: study.studyInstanceUid, state: 'held', how: joiningWords.accession }],
    });
  });

  it('with the studies that bear one of its numbers and are not taken for its own', async () => {
    const study = freshStudy();
    await arrive(study);
    const fillerOrderNumber = study.accessionNumber;
    await hear(
      messageFor({ patientId: 'P-OTHER' }, { identity: { patientId: 'P-OTHER' }, fillerOrderNumber }),
    );
    await trigger.work();
    const query = { orderNumber: { value: fillerOrderNumber } };
    expect(await one(query)).toMatchObject({
      state: 'announced',
      numbers: { accessions: [{ value: fillerOrderNumber, source: 'possible' }] },
      studies: [],
      candidates: [
        {
          studyInstanceUid: study.studyInstanceUid,
          state: 'watching',
          by: joiningWords['possible-accession'],
        },
      ],
      candidateCount: 1,
    });
    expect(await one({ studyInstanceUid: study.studyInstanceUid })).toEqual(await one(query));
    await trigger.forget();
  });

  it('when it is held over several: with all of them in its reason, known or not', async () => {
    const study = freshStudy();
    const second = { ...study, studyInstanceUid: freshUid() };
    put(study);
    put(second);
    await hear(messageFor(study));
    await trigger.settle();
    const held = await one({ state: 'held', accession: { value: study.accessionNumber } });
    expect(held.stateReason).toContain(study.studyInstanceUid);
    expect(held.stateReason).toContain(second.studyInstanceUid);
  });

  it('when its study never arrived, and when it was cancelled', async () => {
    const [never, cancelled] = [freshStudy(), freshStudy()];
    await hear(messageFor(never));
    await hear(messageFor(cancelled));
    await hear(messageFor(cancelled, { orderControl: 'CA', orderStatus: 'CA', controlId: 'CANCELS' }));
    trigger.ahead += 25 * 3600;
    await trigger.work();
    trigger.ahead -= 25 * 3600;
    expect(await one({ accession: { value: never.accessionNumber } })).toMatchObject({
      state: 'never-arrived',
      stateReason: matching(/^announced, never arrived/u),
      waits: null,
    });
    expect(await one({ accession: { value: cancelled.accessionNumber } })).toMatchObject({
      state: 'cancelled',
      lastMessage: { controlId: 'CANCELS' },
    });
  });

  it('when nothing can be asked for it: found by the number it has', async () => {
    await hear(messageFor({ patientId: 'PU1' }, { placerOrderNumber: 'PU24', fillerOrderNumber: '' }));
    expect(await one({ state: 'unusable', orderNumber: { value: 'PU24' } })).toMatchObject({
      stateReason: matching(/neither a Study Instance UID/u),
      numbers: { accessions: [], placer: { value: 'PU24' }, filler: null },
    });
  });

  it('in every state that there is', async () => {
    for (const state of Object.keys(orderTransitions) as (keyof typeof orderTransitions)[]) {
      const orders = await ask({ state });
      expect(orders.map((order) => order.state)).toEqual(expect.arrayContaining([state]));
      expect(new Set(orders.map((order) => order.state)).size).toBe(1);
    }
  });

  it('without its numbers once they were purged, and is found by them no more', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { controlId: 'PURGED' }));
    await arrive(study);
    const numbers = { accession: { value: study.accessionNumber } };
    const patient = { patientId: { value: study.patientId } };
    expect(await ask(patient)).toHaveLength(1);
    expect(await find(patient)).toEqual({ studies: [study.studyInstanceUid], orders: 0 });
    const { id } = await trigger.study(study.studyInstanceUid);
    await trigger.ledger.transaction((tx) => tx.retention.purgeStudy(id, by));
    for (const query of [numbers, patient]) {
      expect(await ask(query)).toEqual([]);
      expect(await find(query)).toEqual({ studies: [], orders: 0 });
    }
    const told = await one({ studyInstanceUid: study.studyInstanceUid });
    expect(told).toMatchObject({ numbers: null, state: 'arrived', lastMessage: { controlId: 'PURGED' } });
    expect(orderLines({ orders: [told], more: false })[0]).toContain('its numbers were purged');
  });
});

describe('orders are found', () => {
  it('by accession number, with its issuer and without', async () => {
    const [ours, theirs, bare] = [freshStudy(), freshStudy(), freshStudy()];
    const value = ours.accessionNumber;
    await issued(ours, 'HOSP');
    await issued({ ...theirs, accessionNumber: value }, 'CLINIC');
    await hear(messageFor({ ...bare, accessionNumber: value }, { fillerOrderNumber: 'FBARE' }));
    const issuers = async (namespace?: string) =>
      (await ask({ accession: { value, namespace } }))
        .map(({ numbers }) => some(numbers).accessions[0]?.issuer ?? 'none')
        .sort();
    expect(await issuers()).toEqual(['CLINIC', 'HOSP', 'none']);
    expect(await issuers('HOSP')).toEqual(['HOSP', 'none']);
    expect(await issuers('OTHER')).toEqual(['none']);
  });

  it('by order number within its namespace, and under every one where none is said', async () => {
    const studies = [freshStudy(), freshStudy()];
    await placed(some(studies[0]), '77', 'SYSA');
    await placed(some(studies[1]), '77', 'SYSB');
    const namespaces = async (namespace?: string) =>
      (await ask({ orderNumber: { value: '77', namespace } }))
        .map(({ numbers }) => some(some(numbers).placer).namespace ?? 'none')
        .sort();
    expect(await namespaces('SYSA')).toEqual(['SYSA']);
    expect(await namespaces('SYSB')).toEqual(['SYSB']);
    expect(await namespaces()).toEqual(['SYSA', 'SYSB']);
    expect(await namespaces('SYSC')).toEqual([]);
  });

  it('by filler number, which is no placer number and no accession number of another', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { fillerOrderNumber: 'ONLYFILLER' }));
    await one({ orderNumber: { value: 'ONLYFILLER' } });
    expect(await ask({ accession: { value: 'ONLYFILLER' } })).toEqual([]);
  });

  it('by Patient ID, with its issuer and without', async () => {
    const study = freshStudy();
    const identity = (issuerOfPatientId: string, accessionNumber: string) => ({
      identity: { patientId: study.patientId, issuerOfPatientId, accessionNumber },
      fillerOrderNumber: `FP-${accessionNumber}`,
    });
    await hear(messageFor(study, identity('HOSP', `${study.accessionNumber}H`)));
    await hear(messageFor(study, identity('CLINIC', `${study.accessionNumber}C`)));
    const value = study.patientId;
    expect(await ask({ patientId: { value } })).toHaveLength(2);
    const { numbers } = await one({ patientId: { value, namespace: 'CLINIC' } });
    expect(numbers?.accessions).toMatchObject([{ value: `${study.accessionNumber}C` }]);
    expect(await ask({ patientId: { value, namespace: 'OTHER' } })).toEqual([]);
  });

  it('by the UID of a study that a message named, or that is there', async () => {
    const study = freshStudy();
    const { patientId, studyInstanceUid } = study;
    await hear(
      messageFor(study, { form: 'OMI^O23', identity: { patientId, studyInstanceUid }, controlId: 'NAMES' }),
    );
    expect(await one({ studyInstanceUid })).toMatchObject({
      studies: [],
      studyInstanceUids: [studyInstanceUid],
      lastMessage: { controlId: 'NAMES' },
    });
    await arrive(study);
    expect(await one({ studyInstanceUid })).toMatchObject({ studies: [{ studyInstanceUid }] });
    expect(await ask({ studyInstanceUid: freshUid() })).toEqual([]);
  });

  it('by all that is asked for at once', async () => {
    const study = freshStudy();
    await hear(messageFor(study));
    const accession = { value: study.accessionNumber };
    await one({ accession, patientId: { value: study.patientId }, feed: 'ris', state: 'announced' });
    expect(await ask({ accession, patientId: { value: 'NOBODY' } })).toEqual([]);
    expect(await ask({ accession, state: 'held' })).toEqual([]);
  });

  it('never by a number that is blank', async () => {
    expect(await ask({ accession: { value: ' ' } })).toEqual([]);
    expect(await ask({ orderNumber: { value: '' } })).toEqual([]);
    expect(await find({ accession: { value: '' } })).toEqual({ studies: [], orders: 0 });
  });

  it('of a feed that is configured, and of no other', async () => {
    await expect(ask({ feed: 'nobody' })).rejects.toMatchObject({ code: 'orders.feed-unknown' });
    expect(await ask({ feed: 'ris', accession: { value: 'NONE' } })).toEqual([]);
  });

  it('by time, both ends inclusive as they are told', async () => {
    const { accessionNumber, patientId } = freshStudy();
    await hear(messageFor({ accessionNumber, patientId }));
    const accession = { value: accessionNumber };
    const { createdAt, id } = await one({ accession });
    await trigger.ledger.pool.sql.manager.query(
      `UPDATE study_order SET created_at = date_trunc('milliseconds', created_at) + interval '900 us' WHERE id = $1`,
      [id],
    );
    const at = (ms: number) => new Date(createdAt.getTime() + ms);
    const ids = async (query: Partial<OrderQuery>) => (await ask({ accession, ...query })).length;
    expect(await ids({ from: at(0), to: at(0) })).toBe(1);
    expect(await ids({ from: at(1) })).toBe(0);
    expect(await ids({ to: at(-1) })).toBe(0);
  });

  it('newest first, as many as asked for, and it is said when there are more', async () => {
    const { patientId } = freshStudy();
    for (const study of [freshStudy(), freshStudy()]) await hear(messageFor({ ...study, patientId }));
    const query = { patientId: { value: patientId } };
    const both = await readOrders(trigger.ledger, { ...query, limit: 2 });
    expect(both.more).toBe(false);
    const { orders, more } = await readOrders(trigger.ledger, { ...query, limit: 1 });
    expect({ more, ids: orders.map(({ id }) => id) }).toEqual({ more: true, ids: [both.orders[0]?.id] });
    expect(both.orders[0]?.id).toBe((await trigger.lastOrder()).id);
  });

  it('by as many statements for all as for one', async () => {
    const statements = async (limit: number) => {
      let count = 0;
      const { pool } = trigger.ledger;
      const query = (...given: [string, unknown[]]): Promise<unknown> => {
        count += 1;
        return pool.sql.manager.query(...given);
      };
      const { orders } = await new UnitOfWork(
        { query } as unknown as EntityManager,
        trigger.ledger,
      ).orderSearch.find({ limit });
      return { count, orders: orders.length };
    };
    const all = await trigger.ledger.pool.sql.manager.count(OrderRow);
    const [few, many] = [await statements(1), await statements(1000)];
    expect([few.orders, many.orders]).toEqual([1, all]);
    expect(many.count).toBe(few.count);
  });
});

describe('studies are found', () => {
  it('by accession number of archive or order, order number, and Patient ID', async () => {
    const study = freshStudy({ issuerOfAccessionNumber: 'HOSP' });
    await hear(messageFor(study, { placerOrderNumber: 'PS1', fillerOrderNumber: 'FS1' }));
    await arrive(study);
    const found = { studies: [study.studyInstanceUid], orders: 0 };
    const value = study.accessionNumber;
    expect(await find({ accession: { value } })).toEqual(found);
    expect(await find({ accession: { value, namespace: 'HOSP' } })).toEqual(found);
    expect(await find({ orderNumber: { value: 'PS1' } })).toEqual(found);
    expect(await find({ orderNumber: { value: 'FS1' } })).toEqual(found);
    expect(await find({ patientId: { value: study.patientId } })).toEqual(found);
    expect(await find({ patientId: { value: study.patientId, namespace: 'HOSP' } })).toEqual(found);
    expect(await find({ accession: { value }, patientId: { value: study.patientId } })).toEqual(found);
    expect(await find({ accession: { value }, patientId: { value: 'NOBODY' } })).toEqual({
      studies: [],
      orders: 0,
    });
  });

  it('by the accession number of an order where the archive states none', async () => {
    const { accessionNumber, ...study } = freshStudy();
    const { patientId, studyInstanceUid } = study;
    const identity = { patientId, studyInstanceUid, accessionNumber };
    await hear(messageFor({ patientId, accessionNumber }, { form: 'OMI^O23', identity }));
    await arrive(study);
    expect(await find({ accession: { value: accessionNumber } })).toEqual({
      studies: [studyInstanceUid],
      orders: 0,
    });
  });

  it('within the namespace of the order number', async () => {
    const studies = [freshStudy(), freshStudy()];
    await placed(some(studies[0]), '88', 'SYSA');
    await placed(some(studies[1]), '88', 'SYSB');
    for (const study of studies) await arrive(study);
    const uids = studies.map(({ studyInstanceUid }) => studyInstanceUid);
    const under = async (namespace?: string) =>
      (await find({ orderNumber: { value: '88', namespace } })).studies;
    expect(await under('SYSA')).toEqual([uids[0]]);
    expect(await under('SYSB')).toEqual([uids[1]]);
    expect(await under()).toEqual(uids.toReversed());
  });

  it('all that bear a number, and the orders where none does', async () => {
    const study = freshStudy();
    const second = freshStudy({ patientId: study.patientId });
    await arrive(study);
    await arrive(second);
    expect((await find({ patientId: { value: study.patientId } })).studies).toHaveLength(2);
    const waiting = freshStudy();
    await hear(messageFor(waiting));
    expect(await find({ accession: { value: waiting.accessionNumber } })).toEqual({ studies: [], orders: 1 });
    expect(await find({ accession: { value: 'NEVER-HEARD' } })).toEqual({ studies: [], orders: 0 });
  });
});

describe('on the command line of a whole installation', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;
  beforeAll(async () => {
    pacs = await TestPacs.startSimulator();
    installation = await TestInstallation.start();
    await installation.configure({ pacs });
  }, 60_000);
  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  /** What a command prints, and its exit code. */
  async function run(...words: string[]): Promise<{ lines: string[]; code: number }> {
    const { database, security } = installation.resources.configuration;
    if (database.kind !== 'server') throw new Error('expected a database server');
    const lines: string[] = [];
    let code = 0;
    const env = {
      DATABASE_URL: database.url.reveal(),
      PRELECTOR_DATA_KEY: some(security.keys?.[0]).key.reveal(),
      PRELECTOR_SITE_KEY: some(security.siteKey).reveal(),
    };
    const exit = (given: number) => void (code = given);
    const command = program({ env, print: (line) => void lines.push(line), exit });
    await command.parseAsync(['node', 'prelector', ...words, '--data', installation.folder]);
    return { lines, code };
  }

  it('an order that came over MLLP is found by number and time, as lines and as JSON', async () => {
    const before = new Date();
    const identity = { patientId: 'PCLI', accessionNumber: 'ACLI' };
    expect(await installation.tell({ identity, controlId: 'CLI1', fillerOrderNumber: 'FCLI' })).toBe('AA');
    const { lines } = await run('orders', '--accession', 'ACLI', '--from', before.toISOString());
    expect(lines[0]).toMatch(/Z ris: order [0-9a-f-]{36}: accession ACLI, filler FCLI$/u);
    expect(lines.join('\n')).toMatch(/announced, reading unread\n.*last message ORM\^O01 CLI1 at /su);
    const json = await run('orders', '--order-number', 'FCLI', '--json');
    expect(JSON.parse(json.lines.join(''))).toMatchObject({ orders: [{ feed: 'ris' }], more: false });
    expect(await run('orders', '--patient-id', 'PCLI', '--to', '2020-01-01')).toEqual({
      lines: ['No such order.'],
      code: 1,
    });
    const messages = await run('messages', '--from', before.toISOString());
    expect(messages.lines.at(-1)).toMatch(/ORM\^O01 CLI1: used, answered AA: order /u);
    const none = await run('messages', '--from', new Date(Date.now() + 86_400_000).toISOString());
    expect([none.lines.at(-1), none.code]).toEqual(['No such message.', 1]);
  });

  it('a study that no archive has shown is told of by its order, and an unknown number by itself', async () => {
    const found = await run('study', '--patient-id', 'PCLI');
    expect(found.code).toBe(1);
    expect(found.lines[0]).toBe('No study bears that Patient ID; these orders do (prelector orders):');
    const refused = run('study', '--patient-id', 'PNOBODY');
    await expect(refused).rejects.toMatchObject({ code: 'study.none-found' });
    await expect(refused).rejects.not.toThrow(/PNOBODY/u);
    expect(await installation.log()).not.toMatch(/PCLI|PNOBODY/u);
  });

  it('the only study that bears a number is told, several are listed', async () => {
    const { ledger } = installation.resources;
    const before = new Date();
    const uids = [freshUid(), freshUid()];
    const [node] = await installation.rows<{ id: string }>('SELECT id FROM pacs_node');
    const see = (studyInstanceUid: string, accessionNumber: string) =>
      ledger.transaction(async (tx) => {
        const identity = { patientId: 'PSEEN', accessionNumber };
        const { study } = await tx.studies.findOrCreate({ studyInstanceUid, who: 'trigger' });
        const sighting = { studyId: study.id, nodeId: node?.id, stage: 'announcement', identity } as const;
        await tx.identities.recordSighting(sighting);
        await tx.numbers.keepOfStudy(study.id, studyKeys(ledger.vault, studyInstanceUid, identity));
      });
    await see(some(uids[0]), 'SEEN0');
    await see(some(uids[1]), 'SEEN1');
    const story = await run('study', '--accession', 'SEEN1', '--patient-id', 'PSEEN');
    expect(story.lines[0]).toBe(`Study ${uids[1]}`);
    const several = await run('study', '--patient-id', 'PSEEN');
    expect(several.code).toBe(0);
    expect(several.lines[0]).toMatch(/^2 studies bear that Patient ID/u);
    const told = JSON.parse((await run('study', '--patient-id', 'PSEEN', '--json')).lines.join('')) as {
      studies: { studyInstanceUid: string }[];
    };
    expect(told.studies.map(({ studyInstanceUid }) => studyInstanceUid)).toEqual(uids.toReversed());

    const between = ['--from', before.toISOString(), '--to', new Date().toISOString()];
    const listed = await run('study', ...between);
    expect(listed.code).toBe(0);
    expect(listed.lines.filter((line) => line.includes(' study '))).toEqual([
      expect.stringMatching(new RegExp(`Z study ${uids[1]}: accession SEEN1, on no node$`, 'u')),
      expect.stringMatching(new RegExp(`Z study ${uids[0]}: accession SEEN0, on no node$`, 'u')),
    ]);
    expect(listed.lines.filter((line) => line === '  watching')).toHaveLength(2);
    const most = JSON.parse((await run('study', ...between, '--limit', '1', '--json')).lines.join(''));
    expect(most).toMatchObject({
      studies: [
        {
          studyInstanceUid: uids[1],
          state: 'watching',
          accession: { value: 'SEEN1', issuer: null },
          runs: {},
          deliveries: {},
        },
      ],
      more: true,
    });
    expect((await run('study', ...between, '--accession', 'SEEN0')).lines[0]).toContain(uids[0]);
    const held = await run('study', ...between, '--state', 'held');
    expect(held).toEqual({ lines: ['No such study.'], code: 1 });
    expect((await run('study', '--to', '2020-01-01')).code).toBe(1);
  });
});

describe('the accession number of a study that only a person named', () => {
  const told = async (studyInstanceUid: string) => {
    const { id } = await trigger.study(studyInstanceUid);
    return trigger.ledger.pool.studySearch.accession(id);
  };
  const analyse = (studyInstanceUid: string) =>
    requestAnalysis(trigger.ledger, { nodeName: 'pacs', studyInstanceUid, who: 'person:pat', push: true });

  it('is not known until somebody looked, then found, and purged with the rest', async () => {
    const study = freshStudy();
    const { studyInstanceUid } = study;
    const accession = { value: study.accessionNumber };
    put(study);
    await analyse(studyInstanceUid);
    expect(await told(studyInstanceUid)).toEqual({ state: 'not-looked-at' });
    expect(await find({ accession })).toEqual({ studies: [], orders: 0 });
    await trigger.settle();
    expect(await told(studyInstanceUid)).toEqual({ state: 'stated', value: accession.value, issuer: null });
    expect(await find({ accession })).toEqual({ studies: [studyInstanceUid], orders: 0 });
    const { id } = await trigger.study(studyInstanceUid);
    await trigger.ledger.transaction((tx) => tx.retention.purgeStudy(id, by));
    expect(await told(studyInstanceUid)).toEqual({ state: 'purged' });
    expect(await find({ accession })).toEqual({ studies: [], orders: 0 });
  });

  it('is none where the archive states none', async () => {
    const { accessionNumber: _none, ...study } = freshStudy();
    put(study);
    await analyse(study.studyInstanceUid);
    await trigger.settle();
    expect(await told(study.studyInstanceUid)).toEqual({ state: 'none' });
  });

  it('joins the study with an order that speaks of it, before any run', async () => {
    const study = freshStudy();
    put(study);
    await hear(messageFor(study, { form: 'ORU^R01', resultStatus: 'F', orderStatus: 'SC' }));
    await trigger.forget();
    await analyse(study.studyInstanceUid);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'complete',
      readingState: 'final',
    });
  });
});
