import { describe, expect, it } from '@jest/globals';
import { parseMessage } from '../message/message.js';
import { defaultMapping } from './default-mapping.js';
import { type FeedMapping, feedMappingSchema } from './feed-mapping.js';
import { mapMessage, type MappedMessage } from './map-message.js';

const PID = 'PID|1||P1^^^HOSP^MR||DOE^JANE^Q||19500102|F';

function map(
  type: string,
  segments: readonly string[],
  mapping: FeedMapping = defaultMapping,
  feed: { assigningAuthority?: string } = {},
): MappedMessage {
  const text = [`MSH|^~\\&|RIS|H|PRE|H|20260307||${type}|1|P|2.5.1`, ...segments].join('\r');
  const parsed = parseMessage(Buffer.from(text, 'utf8'));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return mapMessage(parsed.value, mapping, feed);
}

const obr = (fields: Readonly<Record<number, string>>): string =>
  ['OBR', ...Array.from({ length: 44 }, (_, index) => fields[index + 1] ?? '')]
    .join('|')
    .replace(/\|+$/u, '');

const accession = { 18: 'ACC1' };
const study = 'OBX|1|ST|113014^DICOM Study^DCM||1.2.3||||||O';

describe('what a message means', () => {
  it.each([
    ['ORM^O01', 'ORC|NW', {}, 'scheduled'],
    ['ORM^O01', 'ORC|XO|||||', {}, 'scheduled'],
    ['ORM^O01', 'ORC|SC||||SC', {}, 'scheduled'],
    ['ORM^O01', 'ORC|SC||||IP', {}, 'scheduled'],
    ['ORM^O01', 'ORC|SC||||CM', {}, 'acquired'],
    ['ORM^O01', 'ORC|XO||||CM', {}, 'acquired'],
    ['ORM^O01', 'ORC|sc||||cm', {}, 'acquired'],
    ['ORM^O01', 'ORC|XR||||CM', {}, 'acquired'],
    ['ORM^O01', 'ORC|XX||||CM', {}, 'acquired'],
    ['ORM^O01', 'ORC|XR', {}, 'scheduled'],
    ['ORM^O01', 'ORC|XX||||SC', {}, 'scheduled'],
    ['ORM^O01', 'ORC|XX||||CA', {}, 'cancelled'],
    ['ORM^O01', 'ORC|XX||||CM', { 25: 'F' }, 'reported-final'],
    ['ORM^O01', 'ORC|SC||||CM', { 25: 'W' }, 'report-withdrawn'],
    ['ORM^O01', 'ORC|SC||||CM', { 25: 'M' }, 'reported-preliminary'],
    ['OMI^O23', 'ORC|XX||||IP', {}, 'scheduled'],
    ['OMG^O19', 'ORC|XR||||CM', {}, 'acquired'],
    ['OMG^O19', 'ORC|SC', { 25: 'M' }, 'reported-preliminary'],
    ['ORU^R01', 'ORC|RE', { 25: 'W' }, 'report-withdrawn'],
    ['ORU^R01', 'ORC|RE', { 25: 'M' }, 'reported-preliminary'],
    ['ORM^O01', 'ORC|NW', { 25: 'R' }, 'acquired'],
    ['ORM^O01', 'ORC|CA', {}, 'cancelled'],
    ['ORM^O01', 'ORC|OC||||CM', {}, 'cancelled'],
    ['ORM^O01', 'ORC|DC', {}, 'cancelled'],
    ['ORM^O01', 'ORC|SC||||DC', {}, 'cancelled'],
    ['ORM^O01', 'ORC|SC||||CM', { 25: 'F' }, 'reported-final'],
    ['ORM^O01', 'ORC|SC||||CM', { 25: 'C' }, 'reported-final'],
    ['ORM^O01', 'ORC|SC||||CM', { 25: 'P' }, 'reported-preliminary'],
    ['ORM', 'ORC|SC||||CM', {}, 'acquired'],
    ['ORM', 'ORC|SC||||CM', { 25: 'F' }, 'reported-final'],
    ['OMI^O23', 'ORC|SC||||CM', {}, 'acquired'],
    ['OMI^O23', 'ORC|NW', {}, 'scheduled'],
    ['OMI^O23', 'ORC|CA', {}, 'cancelled'],
    ['OMG^O19', 'ORC|SC||||IP', { 25: 'P' }, 'acquired'],
    ['OMG^O19', 'ORC|SC||||CM', { 25: 'R' }, 'acquired'],
    ['OMG^O19', 'ORC|SC', { 25: 'X' }, 'cancelled'],
    ['OMG^O19', 'ORC|SC', { 25: 'F' }, 'reported-final'],
  ])('%s with %s and OBR-25 %p: %s', (type, orc, fields, meaning) => {
    const { kind, orders } = map(type, [PID, orc, obr({ ...accession, ...fields })]);
    expect(kind).toBe('orders');
    expect(orders.map((order) => order.meaning)).toEqual([meaning]);
  });

  it.each([
    ['F', true, 'reported-final'],
    ['C', true, 'reported-final'],
    ['F', false, 'reported-final'],
    ['R', true, 'acquired'],
    ['P', true, 'acquired'],
    ['', true, 'acquired'],
    ['P', false, 'reported-preliminary'],
    ['A', false, 'reported-preliminary'],
    ['R', false, 'reported-preliminary'],
    ['X', true, 'report-withdrawn'],
    ['X', false, 'report-withdrawn'],
  ])('ORU^R01 with OBR-25 %p and OBX 113014 %p: %s', (status, withStudy, meaning) => {
    const { orders } = map('ORU^R01', [
      PID,
      obr({ ...accession, 25: status }),
      ...(withStudy ? [study] : []),
    ]);
    expect(orders.map((order) => order.meaning)).toEqual([meaning]);
  });

  it.each([
    ['ORU^R01', [PID, obr({ ...accession, 25: 'I' }), 'OBX|1|TX|1^Text^L||words']],
    ['ORM^O01', [PID, 'ORC|HD', obr(accession)]],
    ['ORM^O01', [PID]],
    ['ORM^O02', [PID, 'ORC|SC||||CM', obr(accession)]],
    ['ADT^A08', [PID]],
    ['ADT^A40', [PID]],
    ['ADT^A40', ['PID|1||P*', 'MRG|OLD']],
    ['ADT^A40', [PID, 'MRG|P1^^^HOSP']],
    ['SIU^S12', ['SCH|1']],
    ['MDM^T02', [PID, obr(accession)]],
  ])('%s with %p is acknowledged and forgotten', (type, segments) => {
    const mapped = map(type, segments);
    expect(mapped).toMatchObject({ kind: 'ignored', orders: [] });
    expect(mapped.reason).toEqual(expect.any(String));
  });

  it('is the site’s to say', () => {
    const mapping = feedMappingSchema.parse({
      ...defaultMapping,
      messages: [
        {
          type: 'ORU',
          rules: [{ when: [{ path: ['OBR-25', 'OBX-11'], in: ['F'] }], meaning: 'acquired' }],
          otherwise: 'scheduled',
        },
      ],
      accessionNumber: [{ value: 'OBR-3', issuer: [] }],
    });
    expect(map('ORU^R32', [PID, obr({ 3: 'FILL' }), 'OBX|1|TX|||x||||||F'], mapping).orders[0]).toMatchObject(
      {
        meaning: 'acquired',
        accessionNumber: 'FILL',
      },
    );
    expect(map('ORU^R01', [PID, obr({ 3: 'FILL' })], mapping).orders[0]?.meaning).toBe('scheduled');
  });
});

describe('a result that states no OBR-25', () => {
  const line = (status: string) => `OBX|1|TX|REPORT||x||||||${status}`;

  it.each([
    ['every line is final', ['F', 'F'], 'reported-final'],
    ['lines are final and corrected', ['F', 'C'], 'reported-final'],
    ['a line is preliminary', ['F', 'P'], 'reported-preliminary'],
    ['a line is not verified', ['R'], 'reported-preliminary'],
    ['a line among final ones was deleted', ['F', 'D', 'F'], 'reported-final'],
    ['the first line was deleted', ['D', 'F'], 'reported-final'],
    ['a line among final ones was wrong', ['F', 'W'], 'reported-final'],
    ['a line among final ones was not obtained', ['F', 'X'], 'reported-final'],
    ['a line beside a deleted one is preliminary', ['D', 'P'], 'reported-preliminary'],
  ])('counts by OBX-11 when %s', (_name, statuses, meaning) => {
    const { orders } = map('ORU^R01', [PID, 'ORC|RE', obr(accession), ...statuses.map(line)]);
    expect(orders.map((order) => order.meaning)).toEqual([meaning]);
  });

  it.each([
    ['no line was obtained', [line('X')]],
    ['every line was deleted', [line('D'), line('D')]],
    ['a line has a status of no report', [line('F'), line('I')]],
    ['no line states a status', [line('')]],
  ])('says nothing when %s', (_name, lines) => {
    expect(map('ORU^R01', [PID, 'ORC|RE', obr(accession), ...lines]).kind).toBe('ignored');
  });

  it('says that images are there by OBX 113014, whatever the status of that line', () => {
    const { orders } = map('ORU^R01', [PID, obr(accession), study.replace(/O$/u, 'F')]);
    expect(orders.map((order) => order.meaning)).toEqual(['acquired']);
  });

  it('is not meant by OBR-25 R: results are stored and not yet verified', () => {
    const { orders } = map('ORU^R01', [PID, obr({ ...accession, 25: 'R' }), line('F')]);
    expect(orders.map((order) => order.meaning)).toEqual(['reported-preliminary']);
  });

  it('goes by OBR-25 where that is stated', () => {
    const { orders } = map('ORU^R01', [PID, obr({ ...accession, 25: 'P' }), line('F')]);
    expect(orders.map((order) => order.meaning)).toEqual(['reported-preliminary']);
  });
});

describe('patients that are one', () => {
  const hosp = (patientId: string) => ({ patientId, issuerOfPatientId: 'HOSP' });

  it.each(['A40', 'A18', 'A34', 'A36', 'A46', 'A47'])(
    'ADT^%s names the survivor and the retired',
    (trigger) => {
      expect(map(`ADT^${trigger}`, ['EVN|A40', PID, 'PD1|', 'MRG|OLD^^^HOSP'])).toMatchObject({
        kind: 'merges',
        problems: [],
        orders: [],
        merges: [{ survivor: hosp('P1'), retired: hosp('OLD'), isUndone: false }],
      });
    },
  );

  it('takes the feed’s authority where an id names none, and every pair of a message', () => {
    const segments = ['PID|1||N1', 'MRG|O1', 'PID|2||N2', 'MRG|O2~O3^^^HOSP'];
    const { merges } = map('ADT^A40', segments, defaultMapping, { assigningAuthority: 'HOSP' });
    expect(merges).toEqual([
      { survivor: hosp('N1'), retired: hosp('O1'), isUndone: false },
      { survivor: hosp('N2'), retired: hosp('O3'), isUndone: false },
      { survivor: hosp('N2'), retired: hosp('O2'), isUndone: false },
    ]);
  });
});

describe('a merge of one number', () => {
  const merged = (survivor: string, retired: string) =>
    map('ADT^A40', [`PID|1||${survivor}`, `MRG|${retired}`]).merges.map(
      (each) => each.retired.issuerOfPatientId,
    );

  it.each([
    ['P^^^HOSP', 'P^^^HOSP'],
    ['P^^^HOSP&1.2.3&ISO', 'P^^^HOSP'],
    ['P^^^HOSP', 'P^^^&HOSP&DNS'],
    ['P^^^HOSP', 'P'],
  ])('%s into %s is none', (survivor, retired) => {
    expect([...merged(survivor, retired), ...merged(retired, survivor)]).toEqual([]);
  });

  it('under authorities that contradict each other is one', () => {
    expect(merged('P^^^NEW', 'P^^^OLD')).toEqual(['OLD']);
    expect(merged('P^^^HOSP&1.2.3&ISO', 'P^^^HOSP&1.2.4&ISO')).toEqual(['HOSP^1.2.4']);
  });
});

describe('a merge whose ids stand in other fields than PID-3 and MRG-1', () => {
  const external = ['PID|1|E1^^^HOSP', 'MRG|||| E0^^^HOSP'.replace(' ', '')];
  const withIds = (...ids: string[]) =>
    feedMappingSchema.parse({ ...defaultMapping, patient: { ...defaultMapping.patient, ids } });
  const hosp = (patientId: string) => ({ patientId, issuerOfPatientId: 'HOSP' });

  it('is of no use, and says which field the mapping would have to read', () => {
    expect(map('ADT^A46', external)).toMatchObject({
      kind: 'ignored',
      reason: expect.stringMatching(
        /^The merge names no two .*: PID-3 is empty and PID-2 holds an id .*set patient\.ids in .* to PID-3, PID-2\.$/u,
      ),
    });
  });

  it.each([
    ['PID-2', external],
    ['PID-4', ['PID|1|||E1^^^HOSP', 'MRG||E0^^^HOSP']],
  ])('is one of those where the mapping reads %s', (field, segments) => {
    expect(map('ADT^A47', segments, withIds('PID-3', field)).merges).toEqual([
      { survivor: hosp('E1'), retired: hosp('E0'), isUndone: false },
    ]);
  });

  it('never makes an external id stand for an internal one', () => {
    const segments = ['PID|1||I1^^^HOSP', 'MRG||||E0^^^HOSP'];
    expect(map('ADT^A40', segments, withIds('PID-3', 'PID-2')).kind).toBe('ignored');
  });

  it('is told to be left out beside one that is followed', () => {
    const { kind, merges, problems, orderCount } = map('ADT^A40', [
      'PID|1||N1',
      'MRG|',
      'PID|2||N2',
      'MRG|O2',
    ]);
    expect({ kind, orderCount, merges: merges.length }).toEqual({ kind: 'merges', orderCount: 2, merges: 1 });
    expect(problems).toEqual([{ position: 1, text: 'it names no two patient ids that could be looked up' }]);
  });
});

describe('an event that names a patient and joins none', () => {
  const hosp = ['EVN|', PID, 'MRG|OLD^^^HOSP^MR^^|||ACC'];

  it.each([
    ['A08', /changes no patient id/u],
    ['A31', /changes no patient id/u],
    ['A35', /speaks of accounts/u],
    ['A41', /speaks of accounts/u],
    ['A42', /speaks of visits/u],
    ['A24', /patients that stay two/u],
    ['A39', /add it to merges in the mapping/u],
    ['A43', /add it to merges in the mapping/u],
    ['A48', /alternate patient id/u],
    ['A01', /^Messages of this type are of no use/u],
  ])('ADT^%s is ignored, with the reason', (trigger, reason) => {
    expect(map(`ADT^${trigger}`, hosp)).toMatchObject({
      kind: 'ignored',
      merges: [],
      reason: expect.stringMatching(reason),
    });
  });

  it('is a merge where the site says so', () => {
    const mapping = feedMappingSchema.parse({ ...defaultMapping, merges: ['A39'] });
    expect(map('ADT^A39', hosp, mapping).merges).toHaveLength(1);
  });
});

describe('a patient id outside PID-3', () => {
  const order = ['ORC|SC|PL1|||CM', obr(accession)];
  const pid = (fields: string) => `PID|1|${fields}|DOE^J`;
  const words = (field: string) =>
    expect.stringMatching(
      new RegExp(`^PID-3 is empty and ${field} holds an id that is not read, .*to PID-3, PID-\\d$`, 'u'),
    );

  it.each([
    ['PID-2', 'E1^^^HOSP|||'],
    ['PID-4', '||E1|'],
    ['PID-2 and PID-4', 'E1||E2|'],
  ])('in %s is not taken for the patient, and that is said', (field, fields) => {
    const { orders, problems } = map('ORM^O01', [pid(fields), ...order]);
    expect(orders[0]?.identity).not.toHaveProperty('patientId');
    expect(problems).toEqual([{ position: 1, text: words(field) }]);
  });

  it('is said beside an order that cannot be used without it', () => {
    const { unusable, problems } = map('ORM^O01', [pid('E1|||'), 'ORC|SC|PL1|||CM', obr({})]);
    expect(unusable).toMatchObject([{ errorCode: '101' }]);
    expect(problems).toEqual([{ position: 1, text: words('PID-2') }]);
  });

  it('is read where the mapping says so, after PID-3', () => {
    const mapping = feedMappingSchema.parse({
      ...defaultMapping,
      patient: { ...defaultMapping.patient, ids: ['PID-3', 'PID-2'] },
    });
    const idOf = (fields: string) => map('ORM^O01', [pid(fields), ...order], mapping).orders[0]?.identity;
    expect(idOf('E1^^^EXT|||')).toMatchObject({ patientId: 'E1', issuerOfPatientId: 'EXT' });
    expect(idOf('E1^^^EXT|I1^^^HOSP||')).toMatchObject({ patientId: 'I1', issuerOfPatientId: 'HOSP' });
  });

  it.each(['|||', 'E1|P1||', 'E1|~P2||'])('is nothing to be said of in PID %p', (fields) => {
    expect(map('ORM^O01', [pid(fields), ...order]).problems).toEqual([]);
  });
});

describe('patients that are no longer one', () => {
  const hosp = (patientId: string) => ({ patientId, issuerOfPatientId: 'HOSP' });

  it.each([
    ['both PIDs', ['PID|1||OTHER^^^HOSP', 'PV1|1']],
    ['PID and MRG', ['MRG|OTHER^^^HOSP']],
  ])('ADT^A37 names them by %s', (_name, segments) => {
    expect(map('ADT^A37', ['EVN|A37', PID, 'PD1|', ...segments])).toMatchObject({
      kind: 'merges',
      merges: [{ survivor: hosp('P1'), retired: hosp('OTHER'), isUndone: true }],
    });
  });

  it('is of no use where it names one alone', () => {
    expect(map('ADT^A37', ['EVN|A37', PID]).kind).toBe('ignored');
  });
});

describe('where identifiers stand', () => {
  it.each([
    [
      'of its own field',
      'ORC|SC|1^ORC',
      { 2: '77^SYSA', 3: '88^^1.2.3^ISO' },
      ['77', 'SYSA', '88', '^1.2.3'],
    ],
    ['of ORC where OBR has none', 'ORC|SC|77^SYSB|88^F', {}, ['77', 'SYSB', '88', 'F']],
    ['of ORC where OBR has null', 'ORC|SC|77^SYSB|88^F', { 2: '""', 3: '""' }, ['77', 'SYSB', '88', 'F']],
    [
      'of none where the field names none',
      'ORC|SC|1^SYSB|2^F',
      { 2: '77', 3: '88' },
      ['77', undefined, '88', undefined],
    ],
  ] as const)('reads an order number with the authority %s', (_, orc, fields, expected) => {
    const [order] = map('ORM^O01', [PID, orc, obr({ ...accession, ...fields })], {
      ...defaultMapping,
      messages: [{ type: 'ORM', triggers: [], rules: [], otherwise: 'acquired' }],
    }).orders;
    const { placerOrderNumber, placerNamespace, fillerOrderNumber, fillerNamespace } = order ?? {};
    expect([placerOrderNumber, placerNamespace, fillerOrderNumber, fillerNamespace]).toEqual(expected);
  });

  it.each([
    [{ 18: 'A1^HOSP', 3: 'F1' }, [{ value: 'A1', issuer: 'HOSP', source: 'stated' }]],
    [
      { 3: 'F1' },
      [
        { value: 'F1', source: 'possible' },
        { value: 'F0', source: 'possible' },
      ],
    ],
    [{ 3: 'F0^X' }, [{ value: 'F0', source: 'possible' }]],
    [{ 3: 'F*' }, [{ value: 'F0', source: 'possible' }]],
    [
      { 18: '""', 3: 'F1' },
      [
        { value: 'F1', source: 'possible' },
        { value: 'F0', source: 'possible' },
      ],
    ],
  ])('reads accession numbers, and what may be one only where none is stated: %j', (fields, expected) => {
    const [order] = map('ORM^O01', [PID, 'ORC|SC|PL|F0||CM', obr(fields)]).orders;
    expect(order?.accessions).toEqual(expected);
    expect(order?.askable).toBe(expected.length > 0);
  });

  it('takes an order that gives nothing to ask for, and says so', () => {
    const [order] = map('ORM^O01', [PID, 'ORC|SC|PL24|||CM', obr({})]).orders;
    expect(order).toMatchObject({ placerOrderNumber: 'PL24', accessions: [], askable: false });
  });

  it('lets one ORC speak for every OBR up to the next', () => {
    const { orders } = map('ORM^O01', [
      PID,
      'ORC|XO|P1|F1||CM',
      'TQ1|1||||||||S',
      obr({ 2: 'P1', 3: 'F1', 18: 'A1A' }),
      'NTE|1||words',
      obr({ 2: 'P2', 3: 'F2', 18: 'A1B' }),
      'ORC|CA|P3|F3',
      obr({ 18: 'A1C' }),
    ]);
    expect(
      orders.map((order) => [
        order.meaning,
        order.placerOrderNumber,
        order.fillerOrderNumber,
        order.accessionNumber,
        order.priority,
      ]),
    ).toEqual([
      ['acquired', 'P1', 'F1', 'A1A', 'stat'],
      ['acquired', 'P2', 'F2', 'A1B', 'stat'],
      ['cancelled', 'P3', 'F3', 'A1C', 'routine'],
    ]);
  });

  it('reads the orders of an OML^O21 between its specimens', () => {
    const { orders } = map('OML^O21', [
      PID,
      'ORC|SC||F1||CM',
      obr({ 18: 'A1' }),
      'SPM|1',
      'SAC|1',
      'ORC|SC||F2||CM',
      obr({ 18: 'A2' }),
      'SPM|2',
    ]);
    expect(orders.map(({ accessionNumber, meaning }) => [accessionNumber, meaning])).toEqual([
      ['A1', 'acquired'],
      ['A2', 'acquired'],
    ]);
  });

  it('reads an OMI^O23 by IPC before OBR', () => {
    const { orders } = map('OMI^O23', [
      PID,
      'ORC|SC|PL1|FI1||CM',
      'TQ1|1||||||||S^Stat^HL70485',
      obr({ 4: 'CTTHX^CT thorax^L', 18: 'OTHER', 24: 'RAD' }),
      'IPC|ACC1^AUTH|RP1^X|1.2.3^^Application^DICOM|SPS1|CT',
    ]);
    expect(orders).toEqual([
      {
        position: 1,
        identity: {
          patientId: 'P1',
          issuerOfPatientId: 'HOSP',
          name: { family: 'DOE', given: 'JANE' },
          birthDate: '19500102',
          sex: 'F',
          studyInstanceUid: '1.2.3',
          accessionNumber: 'ACC1',
          issuerOfAccessionNumber: 'AUTH',
        },
        studyInstanceUids: ['1.2.3'],
        accessionNumber: 'ACC1',
        issuerOfAccessionNumber: 'AUTH',
        accessions: [{ value: 'ACC1', issuer: 'AUTH', source: 'stated' }],
        setAside: { accessions: [], studyInstanceUids: [] },
        askable: true,
        placerOrderNumber: 'PL1',
        fillerOrderNumber: 'FI1',
        requestedProcedureId: 'RP1',
        modality: 'CT',
        procedureCode: { value: 'CTTHX', meaning: 'CT thorax', scheme: 'L' },
        priority: 'stat',
        meaning: 'acquired',
      },
    ]);
  });

  it.each([
    ['OBX|1|ST|113014^DICOM Study^DCM||1.2.3', '1.2.3'],
    ['OBX|1|HD|113014^DICOM Study^DCM||^1.2.3^ISO', '1.2.3'],
    ['OBX|1|HD|^Study Instance UID||1.2.3^ISO', '1.2.3'],
    ['ZDS|1.2.3^^Application^DICOM', '1.2.3'],
  ])('finds the study in %s', (segment, uid) => {
    const { orders } = map('ORU^R01', [PID, obr({ ...accession, 25: 'F' }), segment]);
    expect(orders[0]?.studyInstanceUids).toEqual([uid]);
  });

  it.each([
    ['ORC|SC||||||^^^^^S', {}, 'stat'],
    ['ORC|SC', { 27: '^^^^^A' }, 'asap'],
    ['ORC|SC', { 5: 'STAT' }, 'stat'],
    ['ORC|SC', { 5: 'whatever' }, 'routine'],
    ['ORC|SC', {}, 'routine'],
  ])('reads the priority of %s and OBR %p: %s', (orc, fields, priority) => {
    expect(map('ORM^O01', [PID, orc, obr({ ...accession, ...fields })]).orders[0]?.priority).toBe(priority);
  });

  it.each([
    ['CT', 'CT'],
    ['mri', 'MR'],
    ['RAD', undefined],
    ['', undefined],
  ])('takes OBR-24 %p as modality %p', (stated, modality) => {
    expect(map('ORM^O01', [PID, 'ORC|SC', obr({ ...accession, 24: stated })]).orders[0]?.modality).toBe(
      modality,
    );
  });

  it('reads the alternate code where only that is stated', () => {
    const { orders } = map('ORM^O01', [PID, 'ORC|SC', obr({ ...accession, 4: '^^^77^CT chest^99X' })]);
    expect(orders[0]?.procedureCode).toEqual({ value: '77', meaning: 'CT chest', scheme: '99X' });
  });

  it.each([
    ['NW', true],
    ['XO', false],
    ['SC', false],
    ['CA', false],
  ])('tells a message that places an order from one that goes on with it: %s', (control, isPlacing) => {
    const { orders } = map('ORM^O01', [PID, `ORC|${control}|1`, obr(accession)]);
    expect(orders.map((each) => each.isPlacing ?? false)).toEqual([isPlacing]);
  });

  const nulls: readonly [string, string, string, object][] = [
    ['NW', 'ACC1', '""', { accessionNumber: 'ACC1' }],
    ['XO', 'ACC1', '""', { accessionNumber: 'ACC1' }],
    ['XO', '""', '', { accessions: [], deletesAccession: true }],
    ['XO', '', '""', { accessions: [], deletesAccession: true }],
    ['XO', '""', '""', { accessions: [], deletesAccession: true }],
    ['XO', '""', 'A*', { accessions: [], isAccessionUnread: true }],
    ['XO', 'A*', '""', { accessions: [], isAccessionUnread: true }],
    ['NW', '""', '', { accessions: [{ value: 'F1', source: 'possible' }] }],
  ];
  it.each(nulls)(
    'reads on after a null: %s with OBR-18 %p and IPC-1 %p',
    (control, obr18, ipc1, expected) => {
      const { orders } = map('OMI^O23', [
        PID,
        `ORC|${control}|1`,
        obr({ 3: 'F1', 18: obr18 }),
        `IPC|${ipc1}|RP1`,
      ]);
      expect(orders).toHaveLength(1);
      expect(orders[0]).toMatchObject(expected);
      if (!('deletesAccession' in expected)) expect(orders[0]?.deletesAccession ?? false).toBe(false);
    },
  );
});

describe('who the patient is', () => {
  const identityOf = (pid: string, feed: { assigningAuthority?: string } = {}, mapping = defaultMapping) =>
    map('ORM^O01', [pid, 'ORC|SC', obr(accession)], mapping, feed).orders[0]?.identity;

  it.each([
    ['A^^^X^MR~B^^^HOSP^PI', 'HOSP', 'B', 'HOSP'],
    ['A^^^X&1.9&ISO^MR~B^^^&1.2.3&ISO^MR', '1.2.3', 'B', '^1.2.3'],
    ['A^^^X^MR~B', 'HOSP', 'B', 'HOSP'],
    ['123456789^^^USSSA^SS~B^^^X', undefined, 'B', 'X'],
    ['V9^^^X^VN~B^^^X^MR', undefined, 'B', 'X'],
    ['V9^^^HOSP^VN~B^^^X^MR', 'HOSP', 'B', 'X'],
    ['A^^^X^MR^^^20210101~B^^^X^MR', undefined, 'B', 'X'],
    ['123456789^^^USSSA^SS', undefined, '123456789', 'USSSA'],
    ['A^^^X^MR~B^^^Y^PI', 'HOSP', 'A', 'X'],
    ['A^^^HOSP^SS~B^^^HOSP^MR', 'HOSP', 'B', 'HOSP'],
    ['A^^^X^SS~B^^^Y^MR', undefined, 'B', 'Y'],
    ['A~B', undefined, 'A', undefined],
    ['^^^HOSP~B^^^X', 'HOSP', 'B', 'X'],
  ])('chooses among %s for authority %p: %s of %p', (ids, assigningAuthority, patientId, issuer) => {
    const identity = identityOf(
      `PID|1||${ids}`,
      assigningAuthority === undefined ? {} : { assigningAuthority },
    );
    expect(identity).toMatchObject({ patientId });
    expect(identity?.issuerOfPatientId).toBe(issuer);
  });

  it.each([
    ['DOE^JANE^^^^^L', { family: 'DOE', given: 'JANE' }],
    ['ALIAS^X^^^^^A~DOE^JANE^^^^^L', { family: 'DOE', given: 'JANE' }],
    ['山田^太郎^^^^^L^I~YAMADA^TAROU^^^^^L^A', { family: 'YAMADA', given: 'TAROU' }],
    ['van der Berg&van der&Berg^Jan', { family: 'van der Berg', given: 'Jan' }],
    ['DOE', { family: 'DOE', given: '' }],
    ['""', undefined],
    ['', undefined],
  ])('reads the name %s', (name, expected) => {
    expect(identityOf(`PID|1||P1||${name}`)?.name).toEqual(expected);
  });

  it('reads a name in the order of the sender', () => {
    const patient = { ...defaultMapping.patient, nameOrder: 'given-family' as const };
    const identity = identityOf('PID|1||P1||JANE^DOE', {}, { ...defaultMapping, patient });
    expect(identity?.name).toEqual({ family: 'DOE', given: 'JANE' });
  });

  it.each([
    ['195001020830+0100', 'm', '19500102', 'M'],
    ['1950', 'U', undefined, undefined],
    ['', 'A', undefined, 'O'],
  ])('reads birth date %p and sex %p', (date, sex, birthDate, expectedSex) => {
    const identity = identityOf(`PID|1||P1||||${date}|${sex}`);
    expect(identity?.birthDate).toBe(birthDate);
    expect(identity?.sex).toBe(expectedSex);
  });
});

describe('several orders', () => {
  it('are read each with its own segments', () => {
    const { orders } = map('ORM^O01', [
      PID,
      'ORC|SC|1|||CM',
      obr({ 18: 'ACC1' }),
      'ZDS|1.2.1',
      'ORC|NW|2',
      obr({ 18: 'ACC2' }),
      'ZDS|1.2.2',
      'ORC|CA|3',
      obr({ 18: 'ACC3' }),
    ]);
    expect(orders.map((order) => [order.meaning, order.accessionNumber, ...order.studyInstanceUids])).toEqual(
      [
        ['acquired', 'ACC1', '1.2.1'],
        ['scheduled', 'ACC2', '1.2.2'],
        ['cancelled', 'ACC3'],
      ],
    );
  });

  it('share one ZDS at the end only within one requested procedure', () => {
    const segments = (second: string) => [
      PID,
      'ORC|SC|1|||CM',
      obr({ 18: 'ACC1', 19: 'RP1' }),
      'ORC|SC|2|||CM',
      obr({ 18: second, 19: 'RP1' }),
      'ZDS|1.2.3',
    ];
    const uids = (second: string) =>
      map('ORM^O01', segments(second)).orders.map((order) => order.studyInstanceUids);
    expect(uids('ACC1')).toEqual([['1.2.3'], ['1.2.3']]);
    expect(uids('ACC2')).toEqual([[], ['1.2.3']]);
  });

  it('of several patients keep their patients', () => {
    const { orders } = map('ORU^R01', [
      PID,
      obr({ 18: 'ACC1', 25: 'F' }),
      obr({ 18: 'ACC2', 25: 'P' }),
      'PID|2||P2',
      'PV1|1|I',
      obr({ 18: 'ACC3', 25: 'F' }),
    ]);
    expect(orders.map((order) => [order.identity.patientId, order.accessionNumber, order.meaning])).toEqual([
      ['P1', 'ACC1', 'reported-final'],
      ['P1', 'ACC2', 'reported-preliminary'],
      ['P2', 'ACC3', 'reported-final'],
    ]);
  });

  it('may be one order with several studies, each once', () => {
    const { orders } = map('ORM^O01', [
      PID,
      'ORC|SC||||CM',
      obr(accession),
      'ZDS|1.2.1',
      'ZDS|1.2.2',
      'ZDS|1.2.1',
    ]);
    expect(orders[0]?.studyInstanceUids).toEqual(['1.2.1', '1.2.2']);
    expect(orders[0]?.identity.studyInstanceUid).toBeUndefined();
  });
});

describe('identifiers that cannot be used', () => {
  const reasonOf = ({ kind, orders, unusable }: MappedMessage) => {
    expect({ kind, orders }).toEqual({ kind: 'orders', orders: [] });
    expect(unusable).toHaveLength(1);
    return [unusable[0]?.errorCode, unusable[0]?.text];
  };

  it.each(['*', 'ACC*', 'A?C', 'A\\E\\C', '\\X2A\\', 'A\\X00\\', 'A'.repeat(65)])(
    'make an order unusable that states nothing else: accession %p',
    (value) => {
      const mapped = map('ORM^O01', [PID, 'ORC|SC||||CM', obr({ 18: value })]);
      expect(reasonOf(mapped)).toEqual(['102', expect.stringMatching(/^the accession number holds /u)]);
    },
  );

  it.each(['*', 'P?', '\\E\\'])('make their order unusable: patient id %p', (value) => {
    const mapped = map('ORM^O01', [`PID|1||${value}`, 'ORC|SC||||CM', obr(accession)]);
    expect(reasonOf(mapped)).toEqual(['102', expect.stringMatching(/^the patient id holds /u)]);
  });

  it.each(['1.2.*', '../..', '1.2..3', 'abc', '1'.repeat(65), '1.2.3/4'])(
    'make an order unusable that states nothing else: study %p',
    (value) => {
      const mapped = map('ORM^O01', [PID, 'ORC|SC||||CM', obr({}), `ZDS|${value}`]);
      expect(reasonOf(mapped)).toEqual([
        '102',
        expect.stringMatching(/^a Study Instance UID is not one: .*at most 64/u),
      ]);
    },
  );

  it('make their order unusable: an assigning authority with a wildcard', () => {
    const mapped = map('ORM^O01', ['PID|1||P1^^^H*', 'ORC|SC||||CM', obr(accession)]);
    expect(reasonOf(mapped)).toEqual(['102', expect.stringMatching(/^an assigning authority holds /u)]);
  });

  it('make no other order of the message unusable, wherever it stands', () => {
    const good = (number: string) => ['ORC|SC||||CM', obr({ 18: number })];
    const bad = ['ORC|SC||||CM', obr({ 18: '*' })];
    for (const segments of [
      [...bad, ...good('A1'), ...good('A2')],
      [...good('A1'), ...bad, ...good('A2')],
      [...good('A1'), ...good('A2'), ...bad],
    ]) {
      const { kind, orderCount, orders, unusable } = map('ORM^O01', [PID, ...segments]);
      expect({ kind, orderCount }).toEqual({ kind: 'orders', orderCount: 3 });
      expect(orders.map((order) => order.accessionNumber)).toEqual(['A1', 'A2']);
      const [place] = [1, 2, 3].filter((each) => !orders.some(({ position }) => position === each));
      expect(unusable.map(({ position }) => position)).toEqual([place]);
    }
  });

  it('leave of their order what names it, and nothing by which it could ask, join, or be of another patient', () => {
    const of = (segments: readonly string[]) => map('ORM^O01', segments).unusable[0]?.order;
    const bySize = of([
      PID,
      'ORC|SC|PL9^RIS|F9||CM',
      obr(accession),
      `ZDS|${Array.from({ length: 51 }, (_, index) => `1.2.${index}`).join('~')}`,
    ]);
    expect(bySize).toMatchObject({
      placerOrderNumber: 'PL9',
      placerNamespace: 'RIS',
      fillerOrderNumber: 'F9',
      identity: { patientId: 'P1', issuerOfPatientId: 'HOSP' },
      studyInstanceUids: [],
      accessions: [],
      setAside: { accessions: ['ACC1'] },
      askable: false,
    });
    expect(bySize).not.toHaveProperty('accessionNumber');
    expect(bySize?.identity).not.toHaveProperty('accessionNumber');
    const byPatient = of(['PID|1||P*^^^HOSP||DOE^J', 'ORC|SC|PL9|||CM', obr(accession)]);
    expect(byPatient).toMatchObject({
      placerOrderNumber: 'PL9',
      accessions: [],
      setAside: { accessions: ['ACC1'] },
      askable: false,
    });
    expect(byPatient?.identity).toEqual({ name: { family: 'DOE', given: 'J' } });
  });

  it('do no harm in an order that means nothing to us', () => {
    expect(map('ORU^R01', [PID, obr({ 18: '*', 25: 'I' })]).kind).toBe('ignored');
  });

  it('are missing where nothing could ever find the study', () => {
    const text = expect.stringMatching(/^it states neither a Study Instance UID nor /u);
    expect(reasonOf(map('ORM^O01', [PID, 'ORC|SC||||CM', obr({})]))).toEqual(['101', text]);
    expect(reasonOf(map('ORM^O01', ['ORC|SC|PL1|||CM', obr({})]))).toEqual(['101', text]);
    expect(map('ORM^O01', [PID, 'ORC|SC|PL1|||CM', obr({})]).orders).toHaveLength(1);
    expect(map('ORM^O01', ['ORC|SC||||CM', obr({}), 'ZDS|1.2.3']).orders).toHaveLength(1);
  });

  it('are left out, and that is said, where the order is known without them', () => {
    const mapped = map('ORM^O01', [PID, 'ORC|SC|*|||CM', obr({ ...accession, 19: 'RP?' })]);
    expect(mapped.orders).toHaveLength(1);
    expect(mapped.orders[0]).not.toHaveProperty('placerOrderNumber');
    expect(mapped.problems).toEqual([
      { position: 1, text: expect.stringMatching(/^the placer order number, or its authority, holds \*/u) },
      { position: 1, text: expect.stringMatching(/^the requested procedure id holds \*/u) },
    ]);
  });

  it('leave out an order number with its authority: without that it would be everybody’s', () => {
    const { orders, problems } = map('ORM^O01', [PID, 'ORC|SC|77^SYS*|||CM', obr(accession)]);
    expect(orders[0]).not.toHaveProperty('placerOrderNumber');
    expect(orders[0]).not.toHaveProperty('placerNamespace');
    expect(problems).toHaveLength(1);
  });

  it('are never quoted', () => {
    const mapped = map('ORM^O01', ['PID|1||SECRET*||DOE^JANE', 'ORC|SC||||CM', obr(accession)]);
    const told = mapped.unusable.map(({ errorCode, text, position }) => ({ errorCode, text, position }));
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toMatch(/SECRET|DOE|JANE|ACC1/u);
  });
});

describe('feedMappingSchema', () => {
  it('takes the default mapping as it is', () => {
    expect(feedMappingSchema.parse(structuredClone(defaultMapping))).toEqual(defaultMapping);
  });

  it.each([
    ['studyInstanceUids', ['ZDS']],
    ['messages', [{ type: 'ORM', rules: [{ when: [], meaning: 'acquired' }] }]],
    ['messages', [{ type: 'ORM', rules: [{ when: [{ path: 'ORC-1', in: ['X'] }], meaning: 'ready' }] }]],
    ['procedureCode', ['OBR-4.1']],
    ['unknown', 1],
  ])('refuses %s: %j', (member, value) => {
    expect(feedMappingSchema.safeParse({ ...defaultMapping, [member]: value }).success).toBe(false);
  });
});
