import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventRow } from '@prelector/ledger';
import { findStudies, readOrders } from '@prelector/pipeline';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, adt, freshStudy, merge, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const arrive = async (study: ArchivedStudy) => {
  some(trigger.archives['pacs']).put(study);
  await trigger.poll('pacs', study.studyDate);
};
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;

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
  expect(await trigger.ledger.pool.findBy(EventRow, { subjectId: id, what: 'identity warning' })).toEqual([]);
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

  it('of others lets nothing match', async () => {
    const study = freshStudy();
    await hear(messageFor({ ...study, patientId: `${study.patientId}X` }));
    await hear(merge(study.patientId, `${study.patientId}Y`));
    await arrive(study);
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
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
    expect(await trigger.ledger.pool.countBy(EventRow, { subjectId: id, what: 'patient merge undone' })).toBe(
      1,
    );
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
