import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decideSending } from '@prelector/findings';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, adt, freshStudy, merge, messageFor, today } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical', unpolled: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
/** Message type, ORC-1, ORC-5, and OBR-25. */
const said = {
  placed: ['ORM^O01', 'NW', 'SC', ''],
  told: ['ORM^O01', 'SC', 'CM', ''],
  cancelled: ['ORM^O01', 'CA', 'CA', ''],
  signed: ['ORU^R01', 'RE', 'CM', 'F'],
  withdrawn: ['ORU^R01', 'RE', 'CM', 'X'],
} as const;
type Word = keyof typeof said;

/** The numbers that a message states; it leaves out what it does not name. */
interface Numbers {
  readonly filler?: string;
  readonly accession?: string;
  readonly uid?: string;
}

/** A message about an order of the patient that PID-3 names. */
function message(pid: string, word: Word, { filler = '', accession = '', uid }: Numbers): Buffer {
  const [type, control, status, result] = said[word];
  const segments = [
    `MSH|^~\\&|RIS|HOSP|PRELECTOR|AI|20261127120000||${type}|M${freshStudy().patientId}|P|2.5`,
    `PID|1||${pid}||DOE^JANE||19600101|F`,
    `ORC|${control}||${filler}||${status}`,
    `OBR|1||${filler}|CT^CT||||||||||||||${accession}|||||||${result}`,
    ...(uid ? [`ZDS|${uid}^^Application^DICOM`] : []),
    '',
  ];
  return Buffer.from(segments.join('\r'));
}

/** What one message says, of which of two patients. */
type Told = readonly [patient: 'one' | 'other', word: Word];

/** What a person, and the delivery of a result, would find of a study. */
async function outcomeOf({ studyInstanceUid }: ArchivedStudy): Promise<string> {
  const { id, state, readingState, withheldBy } = await trigger.study(studyInstanceUid);
  if (state === 'held') return 'held';
  const { send } = decideSending({
    activation: 'on',
    activatedDigest: 'a',
    packageDigest: 'a',
    readingState,
    cancelled: await trigger.ledger.pool.orders.areCancelled(id),
    late: { preliminary: 'send', final: 'keep', cancelled: 'keep' },
    outcome: 'measured',
    reportedOutcomes: ['measured'],
    withheldByPerson: withheldBy !== null,
  });
  return send ? 'sent' : 'kept';
}

/** Every sequence of these messages that leaves those of one patient in their own. */
function sequencesOf(messages: readonly Told[]): Told[][] {
  if (messages.length === 0) return [[]];
  return messages.flatMap((first, at) => {
    const isFirst = !messages.slice(0, at).some(([patient]) => patient === first[0]);
    if (!isFirst) return [];
    return sequencesOf(messages.toSpliced(at, 1)).map((rest) => [first, ...rest]);
  });
}

type NumbersOf = (study: ReturnType<typeof freshStudy>) => Numbers;

/** Plays these messages and the images of the first patient, in every sequence and with the images at every place. */
async function outcomes(messages: readonly Told[], numbersOf: NumbersOf): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const sequence of sequencesOf(messages)) {
    for (let at = 0; at <= sequence.length; at += 1) {
      const study = freshStudy();
      const arrive = async () => {
        some(trigger.archives['pacs']).put(study);
        await trigger.poll('pacs', today);
        await trigger.settle();
      };
      for (const [index, [patient, word]] of sequence.entries()) {
        if (index === at) await arrive();
        const pid = patient === 'one' ? study.patientId : `${study.patientId}-ELSE`;
        await hear(message(pid, word, numbersOf(study)));
      }
      if (at === sequence.length) await arrive();
      await trigger.settle();
      const words = sequence.map((each) => each.join(' '));
      all[words.toSpliced(at, 0, 'images').join(', ')] = await outcomeOf(study);
      some(trigger.archives['pacs']).studies.clear();
      await trigger.forget();
    }
  }
  return all;
}

describe('messages of two patients', () => {
  const ways: Readonly<Record<string, NumbersOf>> = {
    'accession number': ({ accessionNumber: accession }) => ({ accession }),
    'Study Instance UID': ({ studyInstanceUid: uid }) => ({ uid }),
    'filler number': ({ accessionNumber: accession }) => ({ accession, filler: `F-${accession}` }),
    'filler number that is the accession number': ({ accessionNumber: filler }) => ({ filler }),
  };

  const signed: Told = ['one', 'signed'];
  const cancelled: Told = ['other', 'cancelled'];
  const cases: [string, readonly Told[], string][] = [
    ...['accession number', 'Study Instance UID'].flatMap((way): [string, readonly Told[], string][] => [
      [way, [signed, cancelled], 'kept'],
      [way, [signed, ['other', 'placed'], cancelled], 'kept'],
      [way, [['one', 'placed'], cancelled], 'sent'],
      [way, [['one', 'told'], ['one', 'cancelled'], ['other', 'signed'], cancelled], 'kept'],
      [way, [signed, ['other', 'withdrawn']], 'held'],
      [
        way,
        [
          ['one', 'told'],
          ['other', 'told'],
        ],
        'held',
      ],
      [
        way,
        [
          ['one', 'told'],
          ['other', 'signed'],
        ],
        'held',
      ],
    ]),
    ['filler number', [signed, cancelled], 'kept'],
    ['filler number', [['one', 'told'], cancelled], 'kept'],
    ['filler number', [cancelled], 'sent'],
    ['filler number that is the accession number', [signed, cancelled], 'kept'],
    ['filler number that is the accession number', [['one', 'told'], cancelled], 'kept'],
    ['filler number that is the accession number', [cancelled], 'sent'],
  ];
  it.each(cases.map(([way, messages, outcome]) => [way, messages.join('; '), outcome, messages] as const))(
    'under one %s: %s: the images of the first are %s, in whatever sequence',
    async (way, _name, outcome, messages) => {
      const all = await outcomes(messages, some(ways[way]));
      expect(all).toEqual(Object.fromEntries(Object.keys(all).map((each) => [each, outcome])));
    },
    60_000,
  );

  it('under one filler number, of which the cancellation comes last, send nothing to either', async () => {
    const study = freshStudy();
    const other = { ...study, patientId: `${study.patientId}-ELSE` };
    const numbers = { accession: study.accessionNumber, filler: `F-${study.patientId}` };
    const tell = ({ patientId }: ArchivedStudy, word: Word) => hear(message(patientId, word, numbers));
    await tell(study, 'told');
    await tell(other, 'told');
    await tell(other, 'cancelled');
    for (const each of [study, { ...other, studyInstanceUid: freshStudy().studyInstanceUid }]) {
      some(trigger.archives['pacs']).put(each);
      await trigger.poll('pacs', today);
      await trigger.settle();
      expect(await outcomeOf(each)).toBe('kept');
    }
  });

  it('leave each order asked for where nobody polls', async () => {
    const study = freshStudy();
    const accession = study.accessionNumber;
    await hear(message(study.patientId, 'told', { accession }));
    await hear(message(`${study.patientId}-ELSE`, 'cancelled', { accession }));
    some(trigger.archives['unpolled']).put(study);
    await trigger.settle();
    const orders = (await trigger.orders()).slice(-2);
    expect(orders.map(({ state }) => state)).toEqual(['arrived', 'cancelled']);
    expect(await outcomeOf(study)).toBe('sent');
  });
});

describe('a patient who was renumbered, of an order number with several procedures', () => {
  type Fillers = 'one filler number' | 'a filler number of each';
  type When = 'before' | 'after';
  const words: [Word, string][] = [
    ['cancelled', 'kept'],
    ['signed', 'held'],
  ];
  const cases = (['one filler number', 'a filler number of each'] as const).flatMap((fillers) =>
    words.flatMap(([word, outcome]) =>
      (['before', 'after'] as const).map((when): [Fillers, Word, When, string] => [
        fillers,
        word,
        when,
        outcome,
      ]),
    ),
  );
  const renumbered = (patientId: string, word: Word) => {
    const [form, orderControl, orderStatus, resultStatus] = said[word];
    const status = { form, orderControl, orderStatus, resultStatus };
    return { status, identity: { patientId: `${patientId}-NEW` } };
  };

  it.each(cases)(
    'under %s, is %s by that number %s the images: each is %s',
    async (fillers, word, when, outcome) => {
      const first = freshStudy();
      const studies = [first, freshStudy({ patientId: first.patientId })];
      const placerOrderNumber = `P-${first.patientId}`;
      const arrive = async () => {
        for (const study of studies) some(trigger.archives['pacs']).put(study);
        await trigger.poll('pacs', today);
        await trigger.settle();
      };
      const fillerOf = ({ accessionNumber }: ArchivedStudy) =>
        fillers === 'one filler number' ? `F-${first.patientId}` : `F-${accessionNumber}`;
      for (const study of studies)
        await hear(
          messageFor(study, {
            orderControl: 'NW',
            orderStatus: '',
            placerOrderNumber,
            fillerOrderNumber: fillerOf(study),
          }),
        );
      if (when === 'after') await arrive();
      const { status, identity } = renumbered(first.patientId, word);
      const filler = fillers === 'one filler number' ? fillerOf(first) : '';
      await hear(messageFor(first, { ...status, identity, placerOrderNumber, fillerOrderNumber: filler }));
      if (when === 'before') await arrive();
      for (const study of studies) expect(await outcomeOf(study)).toBe(outcome);
    },
  );

  it('means none of two patients who have orders under that number', async () => {
    const study = freshStudy();
    const numbers = { filler: `F-${study.patientId}` };
    const { accessionNumber: accession } = study;
    await hear(message(study.patientId, 'told', { ...numbers, accession }));
    await hear(message(`${study.patientId}-ELSE`, 'told', { ...numbers, accession: `${accession}B` }));
    const before = (await trigger.orders()).length;
    await hear(message(`${study.patientId}-THIRD`, 'cancelled', numbers));
    expect((await trigger.orders()).slice(before - 2).map(({ state }) => state)).toEqual([
      'announced',
      'announced',
      'cancelled',
    ]);
  });
});

describe('an order that is known by its accession number, or the study that it names, alone', () => {
  const sayings: [string, (patientId: string) => string[], (patientId: string) => Promise<void>][] = [
    ['with an issuer and without', (id) => [id, `${id}^^^HOSP^MR`, id], () => Promise.resolve()],
    [
      'with a further number, and by that alone',
      (id) => [`${id}^^^HOSP^MR`, `${id}^^^HOSP^MR~${id}L^^^LAB^PI`, `${id}L^^^LAB^PI`],
      () => Promise.resolve(),
    ],
    [
      'by a number that was merged',
      (id) => [`${id}OLD`, id, `${id}OLD`],
      (id) => hear(merge(id, `${id}OLD`)),
    ],
    [
      'by a number that was merged by way of another',
      (id) => [`${id}OLD^^^HOSP^MR`, `${id}^^^HOSP^MR`],
      async (id) => {
        await hear(merge(`${id}MID^^^HOSP^MR`, `${id}OLD^^^HOSP^MR`));
        await hear(merge(`${id}^^^HOSP^MR`, `${id}MID^^^HOSP^MR`));
      },
    ],
  ];
  const ways = sayings.flatMap(([name, stated, prepare]) =>
    (['accession number', 'study'] as const).map((by) => [name, by, stated, prepare] as const),
  );
  it.each(ways)('is one whose patient is stated %s: by its %s', async (_name, by, stated, prepare) => {
    const { patientId, accessionNumber, studyInstanceUid } = freshStudy();
    const numbers = by === 'study' ? { uid: studyInstanceUid } : { accession: accessionNumber };
    await prepare(patientId);
    const before = (await trigger.orders()).length;
    for (const pid of stated(patientId)) await hear(message(pid, 'told', numbers));
    await hear(message(some(stated(patientId)[0]), 'cancelled', numbers));
    const orders = (await trigger.orders()).slice(before);
    expect(orders.map(({ state }) => state)).toEqual(['cancelled']);
  });

  it('is of two patients again after their merge was taken back', async () => {
    const { patientId, accessionNumber } = freshStudy();
    const old = `${patientId}OLD`;
    await hear(merge(patientId, old));
    await hear(message(old, 'told', { accession: accessionNumber }));
    await hear(adt('A37^ADT_A37', `PID|1||${patientId}`, `PID|2||${old}`));
    const before = (await trigger.orders()).length;
    await hear(message(patientId, 'cancelled', { accession: accessionNumber }));
    expect((await trigger.orders()).slice(before - 1).map(({ state }) => state)).toEqual([
      'announced',
      'cancelled',
    ]);
  });

  it('is the one that states no patient, where others do and are several', async () => {
    const { patientId, accessionNumber } = freshStudy();
    const before = (await trigger.orders()).length;
    for (const pid of [patientId, `${patientId}-ELSE`])
      await hear(message(pid, 'told', { accession: accessionNumber }));
    await hear(message('', 'told', { accession: accessionNumber }));
    await hear(message('', 'cancelled', { accession: accessionNumber }));
    expect((await trigger.orders()).slice(before).map(({ state }) => state)).toEqual([
      'announced',
      'announced',
      'cancelled',
    ]);
  });
});
