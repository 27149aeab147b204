import { describe, expect, it } from '@jest/globals';
import { limits } from '@prelector/kernel';
import { parseMessage } from '../message/message.js';
import { defaultMapping } from './default-mapping.js';
import { mapMessage, type MappedMessage } from './map-message.js';

const PID = 'PID|1||P1^^^HOSP^MR||DOE^JANE^Q||19500102|F';

function map(...segments: readonly string[]): MappedMessage {
  const text = ['MSH|^~\\&|RIS|H|PRE|H|20260307||ORU^R01|1|P|2.5.1', ...segments].join('\r');
  const parsed = parseMessage(Buffer.from(text, 'utf8'));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return mapMessage(parsed.value, defaultMapping);
}

/** A final report. */
const report = (accession: string, numbers = '|'): string =>
  `ORC|RE|${numbers}\rOBR|1|${numbers}|CT^CT^L${'|'.repeat(14)}${accession}${'|'.repeat(7)}F`;

const problemsOf = ({ problems }: MappedMessage) => problems.map(({ text }) => text);
const noUid = /^a Study Instance UID is not one/u;
const noAccession = /^the accession number holds/u;

describe('an identifier that cannot be used, beside others that can', () => {
  it.each(['1.2.840.113619.2.55.', 'DUMMY', '1.2.*', '1'.repeat(65)])(
    'is set aside, and the order counts by its accession and order numbers: UID %p',
    (uid) => {
      const mapped = map(PID, report('ACC1', 'PL1|F1'), `ZDS|${uid}`);
      expect(mapped).toMatchObject({
        unusable: [],
        orders: [
          {
            meaning: 'reported-final',
            accessionNumber: 'ACC1',
            placerOrderNumber: 'PL1',
            fillerOrderNumber: 'F1',
            studyInstanceUids: [],
            askable: true,
            setAside: { accessions: [], studyInstanceUids: [uid] },
          },
        ],
      });
      expect(problemsOf(mapped)).toEqual([expect.stringMatching(noUid)]);
    },
  );

  it('leaves the UIDs beside it, also those that stand elsewhere', () => {
    expect(map(PID, report(''), 'ZDS|DUMMY~1.2.3').orders[0]?.studyInstanceUids).toEqual(['1.2.3']);
    const elsewhere = map(PID, report(''), 'IPC|||1.2.3.', 'ZDS|1.2.4');
    expect(elsewhere.orders[0]?.studyInstanceUids).toEqual(['1.2.4']);
    expect(problemsOf(elsewhere)).toEqual([expect.stringMatching(noUid)]);
  });

  it.each([
    ['A*', 'A*'],
    ['A'.repeat(65), 'A'.repeat(65)],
  ])('is set aside, and no order number stands in for it: accession %p', (stated, setAside) => {
    const mapped = map(PID, report(stated, 'PL1|F1'), 'ZDS|1.2.3');
    expect(mapped).toMatchObject({
      unusable: [],
      orders: [
        {
          accessions: [],
          isAccessionUnread: true,
          studyInstanceUids: ['1.2.3'],
          fillerOrderNumber: 'F1',
          askable: true,
          setAside: { accessions: [setAside] },
        },
      ],
    });
    expect(mapped.orders[0]).not.toHaveProperty('accessionNumber');
    expect(problemsOf(mapped)).toEqual([expect.stringMatching(noAccession)]);
  });

  it('leaves an order that is known by its numbers and its patient, and by nothing else', () => {
    const mapped = map(PID, report('A*', 'PL1|F1'));
    expect(mapped).toMatchObject({ unusable: [], orders: [{ askable: false, isAccessionUnread: true }] });
    const nameless = map('PID|1', report('A*', 'PL1|F1'));
    expect(nameless).toMatchObject({ orders: [], unusable: [{ text: expect.stringMatching(noAccession) }] });
    // Said once, as why the order cannot be used.
    expect(nameless.problems).toEqual([]);
  });

  it('gives way to an accession number that stands elsewhere', () => {
    const mapped = map(PID, report('ACC1'), 'IPC|A*||1.2.3');
    expect(mapped.orders).toMatchObject([{ accessionNumber: 'ACC1', studyInstanceUids: ['1.2.3'] }]);
    expect(mapped.orders[0]).not.toHaveProperty('isAccessionUnread');
    expect(problemsOf(mapped)).toEqual([expect.stringMatching(noAccession)]);
  });

  it('takes an accession number with its issuer: without that it would be everybody’s', () => {
    const mapped = map(PID, report('ACC1^H*'), 'ZDS|1.2.3');
    expect(mapped.orders).toMatchObject([{ accessions: [], isAccessionUnread: true }]);
    expect(problemsOf(mapped)).toEqual([expect.stringMatching(/^the issuer of the accession number holds/u)]);
  });

  it('is set aside among the ids of the patient, unless what is left is no patient’s number', () => {
    const of = (ids: string) => map(`PID|1||${ids}||DOE^JANE`, report('ACC1'));
    const mapped = of('P*^^^HOSP^MR~P1^^^HOSP^PI~P2^^^H?^MR');
    expect(mapped.orders[0]?.identity).toMatchObject({ patientId: 'P1', issuerOfPatientId: 'HOSP' });
    expect(mapped.orders[0]?.identity).not.toHaveProperty('otherPatientIds');
    expect(problemsOf(mapped)).toEqual([expect.stringMatching(/^the patient id holds/u)]);
    expect(of('P*^^^HOSP^MR~V1^^^HOSP^VN')).toMatchObject({
      orders: [],
      unusable: [
        {
          errorCode: '102',
          text: expect.stringMatching(/^the patient id holds/u),
          order: { setAside: { accessions: ['ACC1'] }, identity: { name: { family: 'DOE' } } },
        },
      ],
    });
    expect(of('P1~V*^^^HOSP^VN').problems).toEqual([]);
  });

  it('is never quoted', () => {
    const mapped = map(PID, report('SECRET*', 'PL1|F1'), 'ZDS|SECRET');
    expect(mapped.problems).toHaveLength(2);
    expect(JSON.stringify(mapped.problems)).not.toMatch(/SECRET|PL1/u);
  });
});

describe('several accession numbers of one OBR', () => {
  const told = ({ orders }: MappedMessage) =>
    orders.map((each) => [each.accessionNumber, each.issuerOfAccessionNumber, each.studyInstanceUids.join()]);

  it('are several procedures, each with its own segments: IPC', () => {
    const mapped = map(
      PID,
      report('OTHER', 'PL1|F1'),
      'IPC|A1^H1|RP1|1.2.1||CT',
      'IPC|A2^H2|RP2|1.2.2||MR',
      'IPC|A1^H1|RP1|1.2.3||CT',
    );
    expect(told(mapped)).toEqual([
      ['A1', 'H1', '1.2.1,1.2.3'],
      ['A2', 'H2', '1.2.2'],
    ]);
    expect(mapped.orders).toMatchObject([
      { position: 1, requestedProcedureId: 'RP1', modality: 'CT', meaning: 'reported-final' },
      { position: 1, requestedProcedureId: 'RP2', modality: 'MR', fillerOrderNumber: 'F1' },
    ]);
    expect(mapped).toMatchObject({ orderCount: 1, problems: [] });
  });

  it('are several procedures: repetitions of OBR-18', () => {
    expect(told(map(PID, report('A1^H1~A2^H2~A1^H1')))).toEqual([
      ['A1', 'H1', ''],
      ['A2', 'H2', ''],
    ]);
  });

  it.each([
    ['ZDS', [report('A1~A2'), 'ZDS|1.2.1', 'ZDS|1.2.1']],
    ['OBX 113014', [report('A1~A2'), 'OBX|1|HD|113014^DICOM Study^DCM||1.2.1||||||F']],
    ['ZDS and OBX that agree', [report('A1~A2'), 'ZDS|1.2.1', 'OBX|1|HD|113014^DICOM Study^DCM||1.2.1']],
    ['two IPC without a UID', [report(''), 'IPC|A1', 'IPC|A2', 'ZDS|1.2.1']],
    ['an IPC without a number', [report(''), 'IPC|A1', 'IPC|A2', 'IPC|||1.2.1']],
  ])('have each the one study that stands for all of them: %s', (_what, segments) => {
    const mapped = map(PID, ...segments);
    expect(told(mapped)).toEqual([
      ['A1', undefined, '1.2.1'],
      ['A2', undefined, '1.2.1'],
    ]);
    expect(mapped.problems).toEqual([]);
  });

  it.each([
    ['repetitions of OBR-18', [report('A1~A2'), 'ZDS|1.2.1', 'ZDS|1.2.2']],
    ['two IPC without a UID', [report(''), 'IPC|A1', 'IPC|A2', 'ZDS|1.2.1', 'ZDS|1.2.2']],
    ['an IPC without a number', [report(''), 'IPC|A1', 'IPC|A2', 'IPC|||1.2.1', 'ZDS|1.2.2']],
    ['two places', [report('A1~A2'), 'ZDS|1.2.1', 'OBX|1|HD|113014^DICOM Study^DCM||1.2.2']],
  ])('take no UID of several that say not of which each is: %s', (_what, segments) => {
    const mapped = map(PID, ...segments);
    expect(told(mapped)).toEqual([
      ['A1', undefined, ''],
      ['A2', undefined, ''],
    ]);
    expect(mapped.orders[1]?.setAside.studyInstanceUids).toEqual(['1.2.1', '1.2.2']);
    expect(problemsOf(mapped)).toContainEqual(expect.stringMatching(/say not of which each is/u));
  });

  it('take no UID beside one that is none: it may be that of another procedure', () => {
    const mapped = map(PID, report('A1~A2'), 'ZDS|1.2.1', 'ZDS|DUMMY');
    expect(told(mapped)).toEqual([
      ['A1', undefined, ''],
      ['A2', undefined, ''],
    ]);
    expect(mapped.orders[0]?.setAside.studyInstanceUids.toSorted()).toEqual(['1.2.1', 'DUMMY']);
  });

  it.each([
    ['an IPC of its own', [report(''), 'IPC|A1', 'IPC|*']],
    ['a repetition of OBR-18', [report('A1~*')]],
    ['two elsewhere', [report('A1'), 'IPC|*', 'IPC|?']],
  ])('are several where one cannot be used, and a UID of two is of none: %s', (_what, segments) => {
    const mapped = map(PID, ...segments, 'ZDS|1.2.1', 'ZDS|1.2.2');
    expect(mapped.orders[0]?.accessionNumber).toBe('A1');
    expect(mapped.orders.flatMap(({ studyInstanceUids }) => studyInstanceUids)).toEqual([]);
    for (const { setAside } of mapped.orders) expect(setAside.studyInstanceUids).toEqual(['1.2.1', '1.2.2']);
    // One study of all is that of the one that can be used as well.
    expect(map(PID, ...segments, 'ZDS|1.2.1').orders[0]?.studyInstanceUids).toEqual(['1.2.1']);
  });

  it.each([
    ['IPC', [report(''), 'IPC|A1^H1|RP1', 'IPC|A1|RP1'], 'H1'],
    ['OBR-18', [report('A1~A1^H1~A1^H1^1.2.3')], 'H1^1.2.3'],
  ])('are one under issuers that agree, which has every UID: %s', (_where, segments, issuer) => {
    const mapped = map(PID, ...segments, 'ZDS|1.2.1', 'ZDS|1.2.2');
    expect(told(mapped)).toEqual([['A1', issuer, '1.2.1,1.2.2']]);
    expect(mapped.problems).toEqual([]);
  });

  it('are several under issuers that contradict each other', () => {
    expect(told(map(PID, report('A1^H1~A1^H2~A1')))).toEqual([
      ['A1', 'H1', ''],
      ['A1', 'H2', ''],
      ['A1', undefined, ''],
    ]);
  });

  it('follow the same rule where the UID stands in the OBR itself', () => {
    const mapped = (obr20: string) => {
      const obr = `OBR|1|PL1|F1|CT^CT^L${'|'.repeat(14)}A1~A2||${obr20}|||||F`;
      const text = ['MSH|^~\\&|RIS|H|PRE|H|20260307||ORU^R01|1|P|2.5.1', PID, obr].join('\r');
      const parsed = parseMessage(Buffer.from(text, 'utf8'));
      if (!parsed.ok) throw new Error(parsed.error.text);
      return mapMessage(parsed.value, { ...defaultMapping, studyInstanceUids: ['OBR-20'] });
    };
    expect(told(mapped('1.2.1')).map(([, , uids]) => uids)).toEqual(['1.2.1', '1.2.1']);
    expect(told(mapped('1.2.1~1.2.2')).map(([, , uids]) => uids)).toEqual(['', '']);
  });

  it('has the one UID elsewhere where it has none of its own', () => {
    const mapped = map(PID, report(''), 'IPC|A1||1.2.1', 'IPC|A2', 'ZDS|1.2.2');
    expect(told(mapped)).toEqual([
      ['A1', undefined, '1.2.1'],
      ['A2', undefined, '1.2.2'],
    ]);
  });

  it('keep the UID of their own IPC beside one elsewhere', () => {
    const mapped = map(PID, report(''), 'IPC|A1||1.2.1', 'IPC|A2', 'ZDS|1.2.1');
    expect(told(mapped)).toEqual([
      ['A1', undefined, '1.2.1'],
      ['A2', undefined, ''],
    ]);
  });

  it('of which one cannot be used leave the others, and what stands beside it', () => {
    const repeated = map(PID, report('A1~*'));
    expect(told(repeated)).toEqual([['A1', undefined, '']]);
    expect(problemsOf(repeated)).toEqual([expect.stringMatching(noAccession)]);
    const apart = map(PID, report(''), 'IPC|A1||1.2.1', 'IPC|*||1.2.2');
    expect(told(apart)).toEqual([
      ['A1', undefined, '1.2.1'],
      [undefined, undefined, '1.2.2'],
    ]);
    expect(apart.orders[1]).toMatchObject({ isAccessionUnread: true, isBesideUsable: true });
  });

  it('are apart where none of them can be used, as far as their segments are', () => {
    const apart = map(PID, report('', 'PL1|F1'), 'IPC|*||1.2.1', 'IPC|?||1.2.2', 'IPC|*||1.2.3');
    expect(told(apart)).toEqual([
      [undefined, undefined, '1.2.1,1.2.3'],
      [undefined, undefined, '1.2.2'],
    ]);
    for (const order of apart.orders) {
      expect(order.isAccessionUnread).toBe(true);
      expect(order).not.toHaveProperty('isBesideUsable');
    }
    expect(map(PID, report('*~?', 'PL1|F1')).orders).toMatchObject([
      { setAside: { accessions: ['?', '*'] } },
    ]);
  });

  it('are read of one place where the mapping names it', () => {
    const accessionNumber = [{ value: 'OBR-18[1]', issuer: ['OBR-18[1].2'] }];
    const text = ['MSH|^~\\&|RIS|H|PRE|H|20260307||ORU^R01|1|P|2.5.1', PID, report('A1^H~A2')].join('\r');
    const parsed = parseMessage(Buffer.from(text, 'utf8'));
    if (!parsed.ok) throw new Error(parsed.error.text);
    expect(told(mapMessage(parsed.value, { ...defaultMapping, accessionNumber }))).toEqual([['A1', 'H', '']]);
  });

  it('are corrected by none of one message', () => {
    const text = [
      'MSH|^~\\&|RIS|H|PRE|H|20260307||ORM^O01|1|P|2.5.1',
      PID,
      `ORC|XO|PL1|F1||CM\rOBR|1|PL1|F1|CT^CT^L${'|'.repeat(14)}A1~A2`,
    ].join('\r');
    const parsed = parseMessage(Buffer.from(text, 'utf8'));
    if (!parsed.ok) throw new Error(parsed.error.text);
    const { orders } = mapMessage(parsed.value, defaultMapping);
    expect(orders).toHaveLength(2);
    expect(orders.filter(({ isChange }) => isChange)).toEqual([]);
  });

  it('count against the most orders of a message', () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => `A${index}`).join('~');
    expect(map(PID, report(numbers(limits.hl7Orders))).orders).toHaveLength(limits.hl7Orders);
    expect(map(PID, report(numbers(limits.hl7Orders + 1)))).toMatchObject({
      kind: 'refused',
      errorCode: '207',
    });
  });
});

describe('a result of which every line is taken back as wrong', () => {
  it.each([
    [['W'], 'report-withdrawn'],
    [['W', 'X', 'D'], 'report-withdrawn'],
    [['F', 'W'], 'reported-final'],
    [['P', 'W'], 'reported-preliminary'],
  ])('is read from OBX-11 %j as %s', (lines, meaning) => {
    const { orders } = map(
      PID,
      'OBR|1|PL1',
      ...lines.map((status, index) => `OBX|${index + 1}|TX|GDT||words||||||${status}`),
    );
    expect(orders.map((each) => each.meaning)).toEqual([meaning]);
  });
});
