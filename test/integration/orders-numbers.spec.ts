import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ordersOfStudy, studyByUid } from '@prelector/ledger';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const put = (study: ArchivedStudy) => some(trigger.archives['pacs']).put(study);
const arrive = async (study: ArchivedStudy) => {
  put(study);
  await trigger.poll('pacs', study.studyDate);
};
const isKnown = async (study: ArchivedStudy) =>
  (await studyByUid(trigger.ledger.pool, study.studyInstanceUid)) !== null;
const joinedWith = async (study: ArchivedStudy) =>
  (await ordersOfStudy(trigger.ledger.pool, (await trigger.study(study.studyInstanceUid)).id)).map(
    ({ id }) => id,
  );

/**
 * Two studies of one patient by a RIS that counts accession and filler numbers alike: the filler number of the
 * first one's order is the accession number of the other.
 */
function twoOfOnePatient() {
  const ordered = freshStudy();
  const other = freshStudy({ patientId: ordered.patientId });
  const fillerOrderNumber = other.accessionNumber;
  const placed = () => messageFor(ordered, { fillerOrderNumber, orderControl: 'NW', orderStatus: '' });
  const byFiller = (change: Parameters<typeof messageFor>[1] = {}) =>
    messageFor(ordered, { identity: { patientId: ordered.patientId }, fillerOrderNumber, ...change });
  return { ordered, other, placed, byFiller };
}

describe('the filler number of an order, which is the accession number of another study', () => {
  it('is never asked for once the order is known to state its accession number', async () => {
    const { ordered, other, placed, byFiller } = twoOfOnePatient();
    await hear(placed());
    put(other);
    await hear(byFiller());
    await trigger.settle();
    expect(await isKnown(other)).toBe(false);
    expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
    put(ordered);
    await trigger.settle();
    expect(await trigger.study(ordered.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await isKnown(other)).toBe(false);
  });

  it.each(['before', 'after'])(
    'does not make that study signed when a report is heard by it %s the images',
    async (when) => {
      const { ordered, other, placed, byFiller } = twoOfOnePatient();
      await hear(placed());
      await hear(messageFor(other));
      if (when === 'before') await hear(byFiller({ form: 'ORU^R01', resultStatus: 'F' }));
      await arrive(ordered);
      await arrive(other);
      if (when === 'after') await hear(byFiller({ form: 'ORU^R01', resultStatus: 'F' }));
      expect(await trigger.study(ordered.studyInstanceUid)).toMatchObject({ readingState: 'final' });
      expect(await trigger.study(other.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
    },
  );

  it('lets go of that study when the accession number is heard afterwards, and finds its own', async () => {
    const { ordered, other, placed, byFiller } = twoOfOnePatient();
    await arrive(other);
    await hear(byFiller());
    await hear(byFiller({ form: 'ORU^R01', resultStatus: 'F' }));
    await trigger.settle();
    const { id, state } = await trigger.lastOrder();
    expect(state).toBe('arrived');
    expect(await joinedWith(other)).toEqual([id]);
    expect(await trigger.study(other.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    await hear(placed());
    expect(await joinedWith(other)).toEqual([]);
    expect(await trigger.study(other.studyInstanceUid)).toMatchObject({ readingState: 'unknown' });
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'announced' });
    put(ordered);
    await trigger.settle();
    expect(await joinedWith(ordered)).toEqual([id]);
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'arrived' });
  });
});
