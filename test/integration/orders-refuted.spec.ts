import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StudyIdentity } from '@prelector/findings';
import type { OrderMessageOptions } from '@prelector/hl7';
import { EventRow } from '@prelector/ledger';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, merge, messageFor, today } from './trigger.testing.js';

/** Whom images state, and whom the order means: the Patient ID is one, name and birth date are two persons'. */
const imaged = { name: { family: 'Case', given: 'Test' }, birthDate: '19600101' } as const;
const ordered = { name: { family: 'Probe', given: 'Other' }, birthDate: '19600102' } as const;

type Numbered = ReturnType<typeof freshStudy>;
type Event = 'order' | 'report' | 'polled' | 'read';

/** By what the order and the study meet. */
const ways = {
  'an order number': ({ accessionNumber }: Numbered) => ({ fillerOrderNumber: accessionNumber }),
  'an accession number': ({ accessionNumber }: Numbered) => ({ accession: { accessionNumber } }),
  'a Study Instance UID': ({ studyInstanceUid }: Numbered) => ({ accession: { studyInstanceUid } }),
} as const;
type Way = keyof typeof ways;

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ a: 'clinical', b: 'clinical' });
});
afterAll(() => trigger?.stop());

function message(study: Numbered, way: Way, change: Partial<OrderMessageOptions>): Uint8Array {
  const { accession, ...numbers } = { accession: {}, ...ways[way](study) };
  const identity = { patientId: study.patientId, ...ordered, ...accession };
  return messageFor(study, {
    fillerOrderNumber: `F-${study.accessionNumber}`,
    ...numbers,
    identity,
    ...change,
  });
}

const stated = (study: Numbered): StudyIdentity => {
  const { patientId, studyInstanceUid, accessionNumber } = study;
  return { patientId, studyInstanceUid, accessionNumber, ...imaged };
};
const put = (study: ArchivedStudy, node = 'a') => some(trigger.archives[node]).put(study);

/** More images came, and the archive is polled and asked again. */
async function again(study: Numbered, images: number, node = 'a'): Promise<void> {
  put({ ...study, series: { CT: images } }, node);
  await trigger.poll(node, today);
  await trigger.settle();
}

async function told(study: Numbered): Promise<string[]> {
  const { id } = await trigger.study(study.studyInstanceUid);
  const events = await trigger.ledger.pool.sql.manager.find(EventRow, {
    where: { subjectId: id },
    order: { id: 'ASC' },
  });
  return events.map(({ what, after }) => (what === 'moved' ? `moved to ${String(after?.['state'])}` : what));
}
const count = (all: readonly string[], what: string) => all.filter((each) => each === what).length;

const links = (study: Numbered): Promise<{ is_foreign: boolean }[]> =>
  trigger.ledger.pool.sql.manager.query(
    `SELECT is_foreign FROM order_study j JOIN study s ON s.id = j.study_id WHERE s.study_instance_uid = $1`,
    [study.studyInstanceUid],
  );

/** Every sequence of these, as long as images are read once they are there, and an order before its report. */
function sequencesOf(events: readonly Event[]): Event[][] {
  if (events.length === 0) return [[]];
  const isFirst = (each: Event) =>
    (each !== 'read' || !events.includes('polled')) && (each !== 'report' || !events.includes('order'));
  return events.flatMap((each, at) =>
    isFirst(each) ? sequencesOf(events.toSpliced(at, 1)).map((rest) => [each, ...rest]) : [],
  );
}

const sequences = sequencesOf(['order', 'report', 'polled', 'read']);

async function play(study: Numbered, way: Way, sequence: readonly Event[]): Promise<void> {
  const steps: Readonly<Record<Event, () => Promise<unknown>>> = {
    order: () => trigger.hear(message(study, way, {})),
    report: () => trigger.hear(message(study, way, { form: 'ORU^R01', resultStatus: 'F' })),
    polled: () => again(study, 3),
    read: () => trigger.imagesRead('a', study.studyInstanceUid, stated(study)),
  };
  for (const each of sequence) {
    await steps[each]();
    await trigger.work();
  }
}

describe('an order whose patient the images of a study refute, and a search does not', () => {
  const cases = sequences.map((sequence) => [sequence.join(', '), sequence] as const);

  it.each(cases)(
    'is parted from it once by an order number, whatever came first: %s',
    async (_name, sequence) => {
      const study = freshStudy({ birthDate: imaged.birthDate });
      await play(study, 'an order number', sequence);
      for (const images of [4, 5]) await again(study, images);
      expect(await links(study)).toEqual([]);
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
        state: 'complete',
        readingState: 'unknown',
      });
      expect((await trigger.lastOrder()).state).toBe('announced');
      const all = await told(study);
      expect(count(all, 'no longer joined') + count(all, 'not joined')).toBe(1);
      expect(count(all, 'joined with an order')).toBeLessThanOrEqual(1);
      await trigger.forget();
    },
  );

  describe.each(['an accession number', 'a Study Instance UID'] as const)('is held with it by %s', (way) => {
    it.each(cases)('and no search lifts it: %s', async (_name, sequence) => {
      const study = freshStudy({ birthDate: imaged.birthDate });
      await play(study, way, sequence);
      const before = await told(study);
      for (const images of [4, 5]) await again(study, images);
      expect(await links(study)).toEqual([{ is_foreign: true }]);
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
        state: 'held',
        readingState: 'unknown',
      });
      expect((await trigger.lastOrder()).state).toBe('held');
      const moves = (all: readonly string[]) => all.filter((each) => each.startsWith('moved'));
      expect(moves(await told(study))).toEqual(moves(before));
      expect(count(before, 'moved to held')).toBe(1);
      await trigger.forget();
    });
  });

  it.each(Object.keys(ways) as Way[])(
    'is not joined by %s with what was asked before they were read',
    async (way) => {
      const study = freshStudy({ birthDate: imaged.birthDate });
      await again(study, 3);
      put(study, 'a');
      const { accession } = { accession: {}, ...ways[way](study) };
      await trigger.hear(
        message(study, way, { identity: { patientId: study.patientId, ...ordered, ...accession } }),
      );
      const commit = await trigger.asked();
      await trigger.imagesRead('a', study.studyInstanceUid, stated(study));
      await commit();
      const joined = await links(study);
      expect(joined.filter((each) => !each.is_foreign)).toEqual([]);
      await trigger.settle();
      expect((await links(study)).filter((each) => !each.is_foreign)).toEqual([]);
      await trigger.forget();
    },
  );

  it('is not joined with a copy on another node, whose images nobody has read', async () => {
    const study = freshStudy({ birthDate: imaged.birthDate });
    await play(study, 'an order number', ['polled', 'read', 'order']);
    await again(study, 3, 'b');
    expect(await links(study)).toEqual([]);
    await trigger.forget();
  });
});

describe('what a search states beside the images that were read before', () => {
  /** The state of a study with an order for `patientId`, once the archive lists it as it says. */
  async function afterListing(
    read: Partial<StudyIdentity>,
    listed: Partial<ArchivedStudy>,
    patientId?: string,
  ) {
    const study = freshStudy({ birthDate: imaged.birthDate });
    await again(study, 3);
    await trigger.imagesRead('a', study.studyInstanceUid, { ...stated(study), ...read });
    const identity = {
      patientId: patientId ?? study.patientId,
      ...imaged,
      accessionNumber: study.accessionNumber,
    };
    await trigger.hear(messageFor(study, { identity }));
    await trigger.settle();
    await again({ ...study, ...listed }, 4);
    const { state } = await trigger.study(study.studyInstanceUid);
    const [link] = await links(study);
    await trigger.forget();
    return { state, link };
  }

  it('adds what they left out', async () => {
    const { studyDate } = freshStudy();
    const silent = { patientId: '', name: imaged.name };
    expect(await afterListing(silent, { studyDate }, 'SOMEBODY-ELSE')).toEqual({
      state: 'held',
      link: { is_foreign: true },
    });
    expect(await afterListing({}, {})).toEqual({ state: 'complete', link: { is_foreign: false } });
  });

  it('does not make their patient the one of an order for whom it lists them', async () => {
    expect(await afterListing({}, { patientId: 'LISTED-ONE' }, 'LISTED-ONE')).toEqual({
      state: 'held',
      link: { is_foreign: true },
    });
  });

  it('counts where a merge made their patient the one whom it lists', async () => {
    const study = freshStudy();
    await again(study, 3);
    await trigger.imagesRead('a', study.studyInstanceUid, stated(study));
    const survivor = `${study.patientId}-SURVIVOR`;
    await trigger.hear(merge(survivor, study.patientId));
    const { accessionNumber } = study;
    await trigger.hear(messageFor(study, { identity: { patientId: survivor, ...imaged, accessionNumber } }));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'held' });
    await again({ ...study, patientId: survivor }, 3);
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    await trigger.forget();
  });
});
