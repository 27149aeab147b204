import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventRow } from '@prelector/ledger';
import { findStudies } from '@prelector/pipeline';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, merge, messageFor } from './trigger.testing.js';

type Hospital = 'north' | 'south';

let trigger: TestTrigger;
beforeAll(async () => {
  const hospitals = { 'north-ris': ['north'], 'south-ris': ['south'] };
  trigger = await TestTrigger.start({ north: 'clinical', south: 'clinical' }, hospitals);
});
afterAll(() => trigger?.stop());

const hear = async (hospital: Hospital, message: Uint8Array) =>
  expect(await trigger.hear(message, `${hospital}-ris`)).toBe('AA');
const put = (hospital: Hospital, study: ArchivedStudy) => some(trigger.archives[hospital]).put(study);
const arrive = async (hospital: Hospital, study: ArchivedStudy) => {
  put(hospital, study);
  await trigger.poll(hospital, study.studyDate);
};
const stateOf = async ({ studyInstanceUid }: ArchivedStudy) => {
  const { state, readingState, stateReason } = await trigger.study(studyInstanceUid);
  return { state, readingState, stateReason };
};

/** A study of each hospital under one accession number, of patients who bear the same number or not. */
function twoStudies(patients: 'one number' | 'two numbers') {
  const north = freshStudy();
  const { accessionNumber, patientId } = north;
  const south = freshStudy({ accessionNumber, ...(patients === 'one number' ? { patientId } : {}) });
  return { north, south };
}

describe('two hospitals that give out the same numbers, each with a feed and an archive of its own', () => {
  it.each(['orders', 'images'])(
    'have their orders joined with their own studies when %s come first',
    async (first) => {
      const { north, south } = twoStudies('two numbers');
      const order = async () => {
        await hear('north', messageFor(north));
        await hear('south', messageFor(south));
      };
      if (first === 'orders') await order();
      await arrive('north', north);
      await arrive('south', south);
      if (first === 'images') await order();
      await trigger.settle();
      const watched = { state: 'complete', readingState: 'unread' };
      expect([await stateOf(north), await stateOf(south)]).toMatchObject([watched, watched]);
      expect((await trigger.orders()).slice(-2).map(({ state }) => state)).toEqual(['arrived', 'arrived']);
    },
  );

  it.each(['final', 'cancelled'] as const)(
    'do not take what one says of its order, which is %s, for the study of the other',
    async (said) => {
      const { north, south } = twoStudies('one number');
      const over = { final: { resultStatus: 'F' }, cancelled: { orderControl: 'CA', orderStatus: 'CA' } }[
        said
      ];
      await hear('north', messageFor(north));
      await arrive('south', south);
      await hear('north', messageFor(north, over));
      await arrive('north', north);
      await trigger.settle();
      expect(await stateOf(south)).toMatchObject({ state: 'complete', readingState: 'unknown' });
      expect(
        await trigger.ledger.pool.sql.manager.query('SELECT study_id FROM order_study WHERE order_id = $1', [
          (await trigger.lastOrder()).id,
        ]),
      ).toHaveLength(1);
    },
  );

  it('do not have a study that only stood there announced for an order of the other', async () => {
    const { north, south } = twoStudies('one number');
    await hear('north', messageFor(north));
    put('south', south);
    await trigger.poll('south', south.studyDate, '235959');
    await trigger.settle();
    expect(await stateOf(south)).toMatchObject({ state: 'incomplete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
  });

  it('do not take a merge of one for the patients of the other', async () => {
    const { north, south } = twoStudies('two numbers');
    // South's order is for the patient whose number North merges into that of South's study.
    await hear('north', merge(south.patientId, north.patientId));
    await hear('south', messageFor({ ...south, patientId: north.patientId }));
    await arrive('south', south);
    await trigger.settle();
    expect(await stateOf(south)).toMatchObject({
      state: 'held',
      stateReason: expect.stringMatching(/two patients/u),
    });
    const { id } = await trigger.lastOrder();
    await hear('north', merge(north.patientId, south.patientId));
    expect(
      await trigger.ledger.pool.sql.manager.countBy(EventRow, { subjectId: id, what: 'patient merged' }),
    ).toBe(0);
  });

  it('let no patient be found by a number that the other hospital merged', async () => {
    const { north, south } = twoStudies('two numbers');
    await arrive('north', north);
    await arrive('south', south);
    const survivor = `${north.patientId}NEW`;
    await hear('north', merge(survivor, north.patientId));
    await hear('north', merge(survivor, south.patientId));
    const { studies } = await findStudies(trigger.ledger, { patientId: { value: survivor } });
    expect(studies.map(({ studyInstanceUid }) => studyInstanceUid)).toEqual([north.studyInstanceUid]);
  });
});
