import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventRow } from '@prelector/ledger';
import { findStudies, readOrders } from '@prelector/pipeline';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, adt, freshStudy, merge, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start(
    { pacs: 'clinical', 'of-new': 'clinical', 'of-old': 'clinical' },
    { ris: ['pacs', 'of-new', 'of-old'] },
    { 'of-new': 'NEW', 'of-old': 'OLD' },
  );
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const arrive = async (study: ArchivedStudy, node = 'pacs') => {
  some(trigger.archives[node]).put(study);
  await trigger.poll(node, study.studyDate);
};
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;

const who = 'person:tester';
const undo = (one: string, other: string) => adt('A37^ADT_A37', `PID|1||${one}`, `PID|2||${other}`);

it('what an order stated of a patient who was not known yet speaks against no survivor of a merge', async () => {
  const study = freshStudy({ birthDate: '19800505', sex: 'M' });
  const { accessionNumber, patientId } = study;
  const temporary = { patientId: `TEMP-${patientId}`, birthDate: '19000101', sex: 'F' };
  await hear(messageFor(study, { identity: { ...temporary, accessionNumber } }));
  await hear(merge(patientId, temporary.patientId));
  await arrive(study);
  await trigger.settle();
  expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  const { id } = await trigger.study(study.studyInstanceUid);
  expect(
    await trigger.ledger.pool.sql.manager.findBy(EventRow, { subjectId: id, what: 'identity warning' }),
  ).toEqual([]);
});

describe('a merge of two patients', () => {
  it.each(['before', 'after'])(
    'lets an order under the retired number match, when it is heard %s the images',
    async (when) => {
      const study = freshStudy();
      const retired = `${study.patientId}OLD`;
      await hear(messageFor({ ...study, patientId: retired }));
      if (when === 'before') await hear(merge(study.patientId, retired));
      await arrive(study);
      await trigger.settle();
      if (when === 'after') {
        expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
        await hear(merge(study.patientId, retired));
        await trigger.settle();
      }
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
      expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    },
  );

  it.each(['new', 'retired'])(
    'lets an order under the %s number match, and its images wait until the archive states the new one',
    async (stated) => {
      const study = freshStudy();
      const survivor = `${study.patientId}NEW`;
      await hear(messageFor(stated === 'new' ? { ...study, patientId: survivor } : study));
      await hear(merge(survivor, study.patientId));
      await arrive(study);
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
        state: 'held',
        stateReason: matching(/still states the number that the patient had before a merge/u),
      });
      await arrive({ ...study, patientId: survivor });
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    },
  );

  describe('has images without an order under the retired number wait', () => {
    const waiting = async () => {
      const study = freshStudy();
      const survivor = `${study.patientId}NEW`;
      await hear(merge(survivor, study.patientId));
      await arrive(study);
      await trigger.settle();
      return { study, survivor };
    };
    const now = async ({ studyInstanceUid }: ArchivedStudy) => trigger.study(studyInstanceUid);
    const isBehind = { state: 'held', stateReason: matching(/before a merge/u) };

    it('until the archive states the new one', async () => {
      const { study, survivor } = await waiting();
      expect(await now(study)).toMatchObject(isBehind);
      await arrive({ ...study, patientId: survivor });
      await trigger.settle();
      expect(await now(study)).toMatchObject({ state: 'complete' });
    });

    it('until the merge is undone', async () => {
      const { study, survivor } = await waiting();
      expect(await now(study)).toMatchObject(isBehind);
      await hear(undo(survivor, study.patientId));
      await trigger.settle();
      expect(await now(study)).toMatchObject({ state: 'complete' });
    });

    it('until a person released what the archive states, also where it changes later', async () => {
      const { study } = await waiting();
      const { id } = await now(study);
      await trigger.ledger.transaction(async (tx) => {
        const reason = await tx.holds.lastReason([id]);
        await tx.identities.release({ id, who, reason }, { identityIds: [] });
        await tx.holds.resume(await tx.studies.lock(id), { who, why: 'seen' });
      });
      await arrive({ ...study, series: { CT: 4 } });
      await trigger.settle();
      expect(await now(study)).toMatchObject({ state: 'complete' });
    });

    it('not where the study only stood there before', async () => {
      const study = freshStudy();
      await hear(merge(`${study.patientId}NEW`, study.patientId));
      some(trigger.archives['pacs']).put(study);
      await trigger.poll('pacs', study.studyDate, `${study.studyDate}235959`);
      expect(await now(study)).toMatchObject({ state: 'incomplete' });
    });
  });

  it('lets studies and orders be found by either number within its issuer, until it is undone', async () => {
    const study = freshStudy();
    const other = freshStudy();
    await hear(messageFor(study));
    await arrive(study);
    await arrive(other);
    const [survivor, first] = [`${study.patientId}S`, `${study.patientId}F`];
    const found = async (value: string, namespace?: string) => {
      const { studies } = await findStudies(trigger.ledger, { patientId: { value, namespace } });
      return studies.map(({ studyInstanceUid }) => studyInstanceUid);
    };
    const orders = (value: string) => readOrders(trigger.ledger, { patientId: { value }, limit: 5 });
    expect(await found(survivor)).toEqual([]);
    await hear(merge(`${survivor}^^^HOSP`, `${study.patientId}^^^HOSP`));
    await hear(merge(`${survivor}^^^HOSP`, `${first}^^^HOSP`));
    for (const number of [survivor, study.patientId, first]) {
      expect(await found(number)).toEqual([study.studyInstanceUid]);
      expect(await found(number, 'HOSP')).toEqual([study.studyInstanceUid]);
      expect((await orders(number)).orders).toHaveLength(1);
    }
    expect(await found(survivor, 'CLINIC')).toEqual([]);
    expect(await found(other.patientId)).toEqual([other.studyInstanceUid]);
    await hear(undo(`${survivor}^^^HOSP`, `${study.patientId}^^^HOSP`));
    expect(await found(survivor)).toEqual([]);
    expect(await found(study.patientId)).toEqual([study.studyInstanceUid]);
  });

  it('of a number that is given to ever other patients concerns none of those before', async () => {
    const [first, second] = [freshStudy(), freshStudy()];
    const temporary = `TEMP-${first.patientId}`;
    await hear(merge(first.patientId, temporary));
    await hear(messageFor(first, { orderControl: 'NW', orderStatus: 'SC' }));
    const { id } = await trigger.lastOrder();
    await hear(messageFor({ ...second, patientId: temporary }, { orderControl: 'NW', orderStatus: 'SC' }));
    await hear(merge(second.patientId, temporary));
    const told = (subjectId: string) =>
      trigger.ledger.pool.sql.manager.countBy(EventRow, { subjectId, what: 'patient merged' });
    expect([await told(id), await told((await trigger.lastOrder()).id)]).toEqual([0, 1]);
  });

  it('of others lets nothing match', async () => {
    const study = freshStudy();
    await hear(messageFor({ ...study, patientId: `${study.patientId}X` }));
    await hear(merge(study.patientId, `${study.patientId}Y`));
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
  });
});

describe('a merge of one number over two authorities', () => {
  const isBehind = { state: 'held', stateReason: matching(/before a merge/u) };
  const ordered = (study: ReturnType<typeof freshStudy>, issuerOfPatientId: string, change = {}) => {
    const { patientId, accessionNumber } = study;
    return messageFor(study, { identity: { patientId, issuerOfPatientId, accessionNumber }, ...change });
  };
  const numbers: [string, (number: string) => [string, string]][] = [
    ['that is renamed', (p) => [`${p}^^^NEW`, `${p}^^^OLD`]],
    ['that is spelt more fully', (p) => [`${p}^^^NEW&1.2.3&ISO`, `${p}^^^NEW`]],
    ['that is not stated', (p) => [`${p}^^^NEW`, p]],
    ['among others', (p) => [`N${p}^^^HX^MR~${p}^^^NEW^PI`, `O${p}^^^HX^MR~${p}^^^NEW&1.2.3&ISO^PI`]],
  ];

  it.each(numbers)('%s, holds no study of an archive that states none', async (_name, merged) => {
    const study = freshStudy();
    await trigger.hear(merge(...merged(study.patientId)));
    await hear(ordered(study, 'NEW'));
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    await trigger.hear(merge(...merged(study.patientId)));
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it('holds no study that was there before it', async () => {
    const study = freshStudy();
    await hear(ordered(study, 'OLD', { orderStatus: 'SC' }));
    await arrive(study);
    await trigger.settle();
    await hear(merge(`${study.patientId}^^^NEW`, `${study.patientId}^^^OLD`));
    await hear(ordered(study, 'NEW'));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it('has an archive that states the authority wait until it states the new one', async () => {
    const study = freshStudy();
    await hear(ordered(study, 'NEW'));
    await hear(merge(`${study.patientId}^^^NEW`, `${study.patientId}^^^OLD`));
    await arrive({ ...study, issuerOfPatientId: 'OLD' });
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject(isBehind);
    await arrive({ ...study, issuerOfPatientId: 'NEW' });
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it('lets an order under the former one match an archive that states the new one', async () => {
    const study = freshStudy();
    await hear(ordered(study, 'OLD'));
    await hear(merge(`${study.patientId}^^^NEW`, `${study.patientId}^^^OLD`));
    await arrive({ ...study, issuerOfPatientId: 'NEW' });
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
  });

  it.each(['of-new', 'of-old'])(
    'holds no study of a node whose configuration names the authority: %s',
    async (node) => {
      const study = freshStudy();
      await hear(merge(`${study.patientId}^^^NEW`, `${study.patientId}^^^OLD`));
      await hear(ordered(study, 'NEW'));
      await arrive(study, node);
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
      expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    },
  );
});

describe('a number that is retired within one authority', () => {
  const ordered = (study: ReturnType<typeof freshStudy>, issuerOfPatientId: string) => {
    const { patientId, accessionNumber } = study;
    return messageFor(study, { identity: { patientId, issuerOfPatientId, accessionNumber } });
  };
  const retire = ({ patientId }: ArchivedStudy) => hear(merge(`N${patientId}^^^NEW`, `${patientId}^^^OLD`));

  it.each([
    ['the archive states', { issuerOfPatientId: 'OTHER' }, 'pacs', 'OTHER'],
    ['the order alone states', {}, 'pacs', 'OTHER'],
    ['the configuration of the node names', {}, 'of-new', 'NEW'],
  ])('is another patient’s within the one that %s', async (_name, stated, node, issuer) => {
    const study = freshStudy();
    await retire(study);
    await hear(ordered(study, issuer));
    await arrive({ ...study, ...stated }, node);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
  });

  it.each([
    ['the archive states', { issuerOfPatientId: 'OLD' }, 'pacs'],
    ['the order alone states', {}, 'pacs'],
    ['the configuration of the node names', {}, 'of-old'],
  ])('has its studies wait within the one that %s', async (_name, stated, node) => {
    const study = freshStudy();
    await retire(study);
    await hear(ordered(study, 'OLD'));
    await arrive({ ...study, ...stated }, node);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      stateReason: matching(/before a merge/u),
    });
  });
});

describe('an order that is held because it names another patient than the images', () => {
  const placed = { orderControl: 'NW', orderStatus: 'SC' };
  const asAnother = (study: ReturnType<typeof freshStudy>, patientId: string, change: object = placed) =>
    messageFor({ ...study, patientId }, change);

  it.each([
    ['that is placed', placed, 'announced'],
    ['whose acquisition has ended', {}, 'arrived'],
  ])('%s goes on with its study once a merge explains it', async (_name, change, state) => {
    const study = freshStudy();
    await arrive(study);
    await hear(asAnother(study, `${study.patientId}OLD`, change));
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'held' });
    await hear(merge(study.patientId, `${study.patientId}OLD`));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state });
  });

  it('goes on once the last of several merges explains it', async () => {
    const study = freshStudy();
    const [old, between] = [`${study.patientId}OLD`, `${study.patientId}BETWEEN`];
    await arrive(study);
    await hear(asAnother(study, old));
    await hear(merge(between, old));
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'held' });
    await hear(merge(study.patientId, between));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    await hear(undo(study.patientId, between));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'held' });
  });

  it('goes on once its patient is corrected', async () => {
    const study = freshStudy();
    await arrive(study);
    await hear(asAnother(study, `${study.patientId}X`));
    await hear(asAnother(study, study.patientId));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
  });
});

describe('a merge that is undone', () => {
  const twoPatients = matching(/two patients under one accession number: differs: Patient ID/u);
  /** Images of one patient, and an order for them under the number of another. */
  const mixedUp = () => {
    const study = freshStudy();
    const other = `${study.patientId}B`;
    return { study, other, order: messageFor({ ...study, patientId: other }) };
  };

  it.each([
    ['by A37', (one: string, other: string) => [undo(one, other)]],
    ['by A37, named the other way round', (one: string, other: string) => [undo(other, one)]],
  ])('%s, lets no order match the images of the other patient', async (_name, undone) => {
    const { study, other, order } = mixedUp();
    await hear(merge(study.patientId, other));
    for (const message of undone(study.patientId, other)) await hear(message);
    await hear(order);
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      stateReason: twoPatients,
    });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'held', stateReason: twoPatients });
  });

  it('holds the order and the study that it joined', async () => {
    const { study, other, order } = mixedUp();
    await hear(merge(study.patientId, other));
    await hear(order);
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    await hear(undo(study.patientId, other));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      stateReason: twoPatients,
    });
    const { id, state } = await trigger.lastOrder();
    expect(state).toBe('held');
    expect(
      await trigger.ledger.pool.sql.manager.countBy(EventRow, {
        subjectId: id,
        what: 'patient merge undone',
      }),
    ).toBe(1);
  });

  it('by way of a third number holds them as well', async () => {
    const { study, other, order } = mixedUp();
    const third = `${study.patientId}C`;
    await hear(merge(third, other));
    await hear(merge(study.patientId, third));
    await hear(undo(other, study.patientId));
    await hear(order);
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
  });

  it('waits for no archive to follow it any more', async () => {
    const { study, other, order } = mixedUp();
    await hear(order);
    await hear(merge(other, study.patientId));
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      stateReason: matching(/before a merge/u),
    });
    await hear(undo(other, study.patientId));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      stateReason: twoPatients,
    });
  });

  it('is undone by one the other way round: the number that it retired is the one that counts', async () => {
    const { study, other, order } = mixedUp();
    await hear(merge(study.patientId, other));
    await hear(merge(other, study.patientId));
    await hear(order);
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      stateReason: matching(/before a merge/u),
    });
  });
});

describe('a patient of several numbers', () => {
  const numbered = (study: ArchivedStudy, ids: string, change: Parameters<typeof messageFor>[1] = {}) =>
    Buffer.from(
      Buffer.from(messageFor(study, { fillerOrderNumber: `F-${study.studyInstanceUid}`, ...change }))
        .toString()
        .replace(/PID\|1\|\|[^|\r]*/u, `PID|1||${ids}`),
    );
  const both = (study: ArchivedStudy) => `${study.patientId}^^^HOSP^MR~E${study.patientId}^^^EMPI^PI`;

  it.each(['the first', 'another'])('matches images that bear %s of them', async (which) => {
    const study = freshStudy();
    const filed = which === 'another' ? { ...study, patientId: `E${study.patientId}` } : study;
    await hear(numbered(study, both(study)));
    await arrive(filed);
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it('stays that patient where a message lists them in another order, or one of them', async () => {
    const study = freshStudy();
    await hear(numbered(study, both(study)));
    await arrive(study);
    const final = { form: 'ORU^R01', resultStatus: 'F' } as const;
    const [one = '', other = ''] = both(study).split('~');
    for (const ids of [`${other}~${one}`, other]) {
      await hear(numbered(study, ids, final));
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
        state: 'complete',
        readingState: 'final',
      });
    }
  });

  it('does not match images that bear a visit, an insurance number or nobody’s', async () => {
    for (const type of ['VN', 'SS']) {
      const study = freshStudy();
      await hear(numbered(study, `${study.patientId}^^^HOSP^MR~V${study.patientId}^^^HOSP^${type}`));
      await arrive({ ...study, patientId: `V${study.patientId}` });
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
    }
  });

  it('does not keep a number that is corrected', async () => {
    const study = freshStudy();
    const wrong = `WRONG-${study.patientId}^^^HOSP^MR~E${study.patientId}^^^EMPI^PI`;
    await hear(numbered(study, wrong));
    await hear(numbered(study, both(study)));
    await arrive({ ...study, patientId: `WRONG-${study.patientId}` });
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
  });

  it('is merged by each of them', async () => {
    const study = freshStudy();
    const { patientId } = study;
    await hear(numbered({ ...study, patientId: `OLD-${patientId}` }, `OLD-${patientId}^^^HOSP^MR`));
    await hear(
      merge(
        `E${patientId}^^^EMPI^PI~${patientId}^^^HOSP^MR`,
        `OLD-E${patientId}^^^EMPI^PI~OLD-${patientId}^^^HOSP^MR`,
      ),
    );
    await arrive(study);
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });
});
