import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StudyStory } from '@prelector/ledger';
import { TestInstallation, believedSearches } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';

/** Whom the order means: another person than the images state, under one Patient ID. */
const ordered = { name: { family: 'Probe', given: 'Other' }, birthDate: '19600102' };
const signed = { form: 'ORU^R01', resultStatus: 'F' } as const;

let pacs: TestPacs;
let installation: TestInstallation;
let serial = 0;

const start = async (poll: boolean, node: Record<string, unknown>) => {
  pacs = await TestPacs.start();
  installation = await TestInstallation.start();
  await installation.configure({ pacs, poll, node });
  if (poll) await installation.polled();
};
const stop = async () => {
  await installation?.stop();
  await pacs?.stop();
};
const count = ({ entries }: StudyStory, name: string) => entries.filter(({ what }) => what === name).length;
const phantom = (change = {}) => {
  serial += 1;
  const person = { patientName: 'Case^Test', birthDate: '19600101' };
  return makePhantom({ patientId: `RF${serial}`, accession: `RA${serial}`, ...person, ...change });
};

/** Nodes whose searches may lose characters, so that an image is looked at first, and such as are believed. */
const nodes: [string, Record<string, unknown>, isAnalysed: boolean][] = [
  ['an image is looked at', {}, false],
  ['searches are believed', believedSearches, true],
];

describe.each(nodes)('an order of another person, where %s', (_name, node, isAnalysed) => {
  describe('that bears the accession number as its order number', () => {
    beforeEach(() => start(false, node), 60_000);
    afterEach(stop, 60_000);

    it('neither signs the study nor is joined with it anew, and its reports are stored', async () => {
      const study = await phantom();
      const { studyInstanceUid: uid, identity } = study;
      await pacs.push(study);
      const told = {
        identity: { patientId: identity.patientId ?? '', ...ordered },
        fillerOrderNumber: identity.accessionNumber ?? '',
      };
      expect(await installation.tell(told)).toBe('AA');
      expect(await installation.tell({ ...told, ...signed })).toBe('AA');
      await installation.askAgain(uid);
      const story = await installation.storyWhen(
        uid,
        'both reports are verified',
        ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
      );
      expect(story.study).toMatchObject({ state: 'complete', readingState: 'unknown' });
      // The order is looked for once a second: whatever it is asked for, it finds nothing of its own.
      const before = await waitingFor(2);
      const after = await waitingFor(before + 2);
      expect(after).toBeGreaterThan(before);
      const later = await installation.storyWhen(uid, 'the study is there', () => true);
      expect(later.orders).toEqual([]);
      expect(count(later, 'joined with an order')).toBeLessThanOrEqual(1);
      expect(count(later, 'no longer joined')).toBe(count(later, 'joined with an order'));
      expect(count(later, 'no longer joined') + count(later, 'not joined')).toBe(1);
      const [order] = await installation.rows<{ state: string }>('SELECT state FROM study_order');
      expect(order?.state).toBe('announced');
    }, 120_000);
  });

  describe('that states the accession number', () => {
    beforeEach(() => start(true, node), 60_000);
    afterEach(stop, 60_000);

    it('holds the study, which late images do not lift, until the archive corrects it', async () => {
      const study = await phantom();
      const { studyInstanceUid: uid, identity } = study;
      const { patientId, accessionNumber } = identity;
      const last = study.instances.length - 1;
      const ofOrder = {
        patientId: patientId ?? '',
        accessionNumber: accessionNumber ?? '',
        ...ordered,
      };
      expect(await installation.tell({ identity: ofOrder })).toBe('AA');
      await pacs.push(study, 0, last);
      const isHeld = (story: StudyStory) => story.study.state === 'held';
      const held = await installation.storyWhen(uid, 'the study is held', isHeld);
      expect(held.study.stateReason).toMatch(/Patient's Name, Patient's Birth Date/u);
      const moves = (story: StudyStory) => story.entries.filter(({ what }) => what.startsWith('moved to'));
      const notices = () =>
        installation.rows(`SELECT 1 FROM notice WHERE kind = 'poll' AND reason LIKE 'seen to have changed%'`);
      // The order may have found it ahead of the poll.
      const polled = () => installation.rows(`SELECT 1 FROM notice WHERE kind = 'poll'`);
      await until('the poll has seen it', async () => ((await polled()).length > 0 ? true : undefined));
      const seen = (await notices()).length;
      await pacs.push(study, last);
      await until('the late image is seen', async () => ((await notices()).length > seen ? true : undefined));
      const later = await installation.storyWhen(uid, 'the study is there', () => true);
      expect(later.study.state).toBe('held');
      expect(later.orders.map(({ state }) => state)).toEqual(['held']);
      expect(moves(later)).toEqual(moves(held));

      await pacs.remove(uid);
      const { seriesInstanceUid: seriesUid } = study;
      const right = { patientName: 'Probe^Other', birthDate: '19600102', studyUid: uid, seriesUid };
      await pacs.push(await phantom({ patientId, accession: accessionNumber, ...right }));
      const after = await installation.storyWhen(
        uid,
        'it is seen',
        (story) => story.study.stateReason !== held.study.stateReason,
      );
      // What was analysed before the correction is for a person to see to.
      if (isAnalysed)
        expect(after.study.stateReason).toMatch(/under another identity than its images stated when/u);
      else expect(after.study.state).not.toBe('held');
      expect(count(after, 'no longer joined')).toBe(0);
    }, 120_000);
  });
});

/** Times the archive was asked for the order, once there are so many. */
function waitingFor(times: number): Promise<number> {
  return until(`the order was asked for ${times} times`, async () => {
    const [step] = await installation.rows<{ attempt: number }>(
      `SELECT attempt FROM step WHERE step = 'resolve' ORDER BY attempt DESC LIMIT 1`,
    );
    return step && step.attempt >= times ? step.attempt : undefined;
  });
}
