import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor } from './trigger.testing.js';

jest.setTimeout(60_000);

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical', second: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (...[study, change]: Parameters<typeof messageFor>) =>
  expect(await trigger.hear(messageFor(study, change))).toBe('AA');
/** Has a node list a study so from now on, as a poll sees it. */
const lists = async (study: ArchivedStudy, node = 'pacs') => {
  some(trigger.archives[node]).put(study);
  await trigger.poll(node, study.studyDate);
};
const signed = { form: 'ORU^R01', resultStatus: 'F' } as const;

describe('an accession number that the search of an archive stated once, by a slip', () => {
  it.each([
    { first: 'pacs', last: 'second' },
    { first: 'second', last: 'pacs' },
  ])(
    'signs the study no more once it states that of the images again, and does while another archive states it: $first, then $last',
    async ({ first, last }) => {
      const study = freshStudy();
      const slip = { ...study, accessionNumber: `${study.accessionNumber}-SLIP` };
      await hear(study);
      await hear(slip, signed);
      await lists(study);
      const reading = async () => (await trigger.study(study.studyInstanceUid)).readingState;
      expect(await reading()).not.toBe('final');
      await lists(slip);
      expect(await reading()).toBe('final');
      await lists(slip, 'second');
      await lists(study, first);
      expect(await reading()).toBe('final');
      await lists(study, last);
      expect(await reading()).not.toBe('final');
    },
  );

  it('goes on being a number of the study where its images state it, too, without the issuer', async () => {
    const study = freshStudy();
    const { patientId, accessionNumber, studyInstanceUid } = study;
    await lists({ ...study, issuerOfAccessionNumber: 'HOSPITAL' });
    await trigger.imagesRead('pacs', studyInstanceUid, { patientId, accessionNumber });
    await lists({ ...study, accessionNumber: `${accessionNumber}-SLIP` });
    await hear(study, signed);
    expect((await trigger.study(studyInstanceUid)).readingState).toBe('final');
  });

  it.each<[string, (study: ArchivedStudy) => ArchivedStudy]>([
    ['that of the images again', (study) => study],
    ['a third one', (study) => ({ ...study, accessionNumber: `${study.accessionNumber}-THIRD` })],
    ['none', ({ accessionNumber: _none, ...study }) => study],
  ])('holds it no longer for an order of another patient once it states %s', async (_what, after) => {
    const study = freshStudy();
    const slip = { ...study, accessionNumber: `${study.accessionNumber}-SLIP` };
    const state = async () => (await trigger.study(study.studyInstanceUid)).state;
    await hear({ ...slip, patientId: 'SOMEBODY-ELSE' });
    await lists(study);
    await lists(slip);
    expect(await state()).toBe('held');
    await lists(after(study));
    expect(await state()).not.toBe('held');
  });

  it('is no number of it for an order that comes later', async () => {
    const study = freshStudy();
    const slip = { ...study, accessionNumber: `${study.accessionNumber}-SLIP` };
    await lists(study);
    await lists(slip);
    await lists(study);
    await hear({ ...slip, patientId: 'SOMEBODY-ELSE' });
    expect((await trigger.study(study.studyInstanceUid)).state).not.toBe('held');
    expect((await trigger.lastOrder()).state).toBe('announced');
  });
});
