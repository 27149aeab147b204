import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildDataset, encodePart10, numberOf, randomUid, stringOf, stringsOf, tags } from '@prelector/dicom';
import {
  DicomWebClient,
  openAuthenticator,
  type DicomWebClientOptions,
  type InstanceToStore,
} from '@prelector/dicomweb';
import { silentLog } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import { startTestOrthanc, type TestOrthanc } from '../orthanc/test-orthanc.testing.js';

const LIMIT_FIND_RESULTS = 5;
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

interface Series {
  study: string;
  series: string;
  instances: InstanceToStore[];
}

function instanceOf(study: string, series: string, over: Record<string, unknown> = {}): InstanceToStore {
  const sopInstanceUid = randomUid();
  const pixels = new Uint8Array(128 * 128).map((_, index) => (index * 31) % 251);
  const dataset = buildDataset({
    SOPClassUID: SECONDARY_CAPTURE,
    SOPInstanceUID: sopInstanceUid,
    StudyInstanceUID: study,
    SeriesInstanceUID: series,
    StudyDate: '20260102',
    StudyTime: '101112',
    AccessionNumber: 'ACC-1',
    Modality: 'CT',
    PatientID: 'PAT-1',
    PatientName: 'Test^Person',
    Rows: 128,
    Columns: 128,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelData: pixels,
    ...over,
  });
  return { sopClassUid: SECONDARY_CAPTURE, sopInstanceUid, bytes: encodePart10(dataset) };
}

function seriesOf(count: number, over: Record<string, unknown> = {}): Series {
  const study = randomUid();
  const series = randomUid();
  return { study, series, instances: Array.from({ length: count }, () => instanceOf(study, series, over)) };
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

const reader = (password: string) =>
  openAuthenticator(
    { kind: 'basic', username: 'reader', password: 'env:PASSWORD' },
    { secret: () => password, profile: loadProfile('orthanc').auth },
  );

const uidsOf = ({ instances }: Series) => instances.map(({ sopInstanceUid }) => sopInstanceUid);

describe('the client and a real Orthanc', () => {
  let orthanc: TestOrthanc;
  let client: DicomWebClient;

  function connect(options: Partial<DicomWebClientOptions> = {}): DicomWebClient {
    return new DicomWebClient({
      profile: loadProfile('orthanc'),
      roots: { base: orthanc.root },
      allowHttp: true,
      authenticator: reader('sécret'),
      mayStore: true,
      log: silentLog,
      ...options,
    });
  }

  beforeAll(async () => {
    orthanc = await startTestOrthanc({
      AuthenticationEnabled: true,
      RegisteredUsers: { reader: 'sécret' },
      LimitFindResults: LIMIT_FIND_RESULTS,
    });
    client = connect();
  }, 60_000);

  afterAll(async () => {
    await client.close();
    await orthanc.stop();
  });

  it('stores a series and gets back the same bytes', async () => {
    const sent = seriesOf(30);
    const response = await client.storeInstances(sent.study, sent.instances);
    expect(response.status).toBe(200);
    expect([...response.instances.values()]).toMatchObject(sent.instances.map(() => ({ state: 'stored' })));
    const expected = uidsOf(sent);
    const got = new Map<string, Buffer>();
    for await (const { sopInstanceUid, bytes } of client.retrieveSeries(sent.study, sent.series, {
      expected,
    })) {
      got.set(sopInstanceUid, Buffer.from(bytes));
    }
    expect(got.size).toBe(30);
    for (const { sopInstanceUid, bytes } of sent.instances) {
      expect(got.get(sopInstanceUid)?.equals(bytes)).toBe(true);
    }
    const [first] = sent.instances;
    const one = await client.retrieveInstance(sent.study, sent.series, first?.sopInstanceUid ?? '');
    expect(Buffer.from(one).equals(first?.bytes ?? new Uint8Array())).toBe(true);
  });

  it('searches, and reads the metadata of what it found', async () => {
    const sent = seriesOf(3, { AccessionNumber: 'ACC-2', PatientID: 'PAT-2', StudyDate: '20260301' });
    await client.storeInstances(sent.study, sent.instances);
    const queries = [
      { studyInstanceUid: sent.study },
      { accessionNumber: 'ACC-2' },
      { patientId: 'PAT-2', studyDate: { from: '20260301', to: '20260301' } },
      { studyDate: { from: '20260215' }, modalitiesInStudy: ['CT'] },
    ];
    for (const query of queries) {
      const found = await collect(client.searchForStudies(query));
      expect(found.map((study) => stringOf(study, tags.StudyInstanceUID))).toEqual([sent.study]);
      expect(found.map((study) => numberOf(study, tags.NumberOfStudyRelatedInstances))).toEqual([3]);
      expect(found.flatMap((study) => stringsOf(study, tags.ModalitiesInStudy))).toEqual(['CT']);
    }
    const [series] = await client.searchForSeries(sent.study);
    expect(series && stringOf(series, tags.SeriesInstanceUID)).toBe(sent.series);
    const listed = await client.searchForInstances(sent.study, sent.series);
    const described = await client.retrieveSeriesMetadata(sent.study, sent.series);
    for (const datasets of [listed, described]) {
      const uids = datasets.map((one) => stringOf(one, tags.SOPInstanceUID));
      expect(uids).toHaveLength(3);
      expect(new Set(uids)).toEqual(new Set(uidsOf(sent)));
    }
    const uid = uidsOf(sent)[0] ?? '';
    const one = await client.retrieveInstanceMetadata(sent.study, sent.series, uid);
    expect(stringOf(one, tags.PatientID)).toBe('PAT-2');
  });

  it('finds all studies although the server cuts searches off in silence, once the profile knows where', async () => {
    const days = Array.from({ length: 12 }, (_, index) => `202001${String(index + 10)}`);
    const sent = days.map((StudyDate) => seriesOf(1, { StudyDate }));
    for (const { study, instances } of sent) await client.storeInstances(study, instances);
    const range = { from: '20200101', to: '20200131' };
    const blind = await collect(client.searchForStudies({ studyDate: range }));
    expect(blind.length).toBeLessThan(12);
    const informed = connect({
      profile: loadProfile('orthanc', { qido: { paging: { maxTotal: LIMIT_FIND_RESULTS } } }),
    });
    const found = await collect(informed.searchForStudies({ studyDate: range }));
    await informed.close();
    expect(found).toHaveLength(12);
    expect(new Set(found.map((study) => stringOf(study, tags.StudyInstanceUID)))).toEqual(
      new Set(sent.map(({ study }) => study)),
    );
  });

  it.each(['A 1', 'A/1', 'A&1', 'A+1', 'A%1', 'A%201', 'A#1', 'A=1;2', "A'1"])(
    'finds a study by the accession number %j, which the server compares as it stands in the URL',
    async (ending) => {
      // The server gives no more than five matches, so that each number has a beginning of its own.
      const accessionNumber = `${randomUid().slice(-8)}${ending}`;
      const meant = seriesOf(1, { AccessionNumber: accessionNumber });
      const other = seriesOf(1, { AccessionNumber: accessionNumber.replace(/[^A-Z0-9]/u, 'X') });
      for (const { study, instances } of [meant, other]) await client.storeInstances(study, instances);
      const found = await collect(client.searchForStudies({ accessionNumber }));
      expect(found.map((study) => stringOf(study, tags.StudyInstanceUID))).toEqual([meant.study]);
    },
  );

  it('names an instance that the server does not have', async () => {
    const sent = seriesOf(2);
    await client.storeInstances(sent.study, sent.instances);
    const expected = [...uidsOf(sent), '1.2.3.4.5'];
    await expect(collect(client.retrieveSeries(sent.study, sent.series, { expected }))).rejects.toMatchObject(
      {
        code: 'dicomweb.instances-missing',
        message: expect.stringContaining('1.2.3.4.5'),
      },
    );
  });

  it('says that a study is not there', async () => {
    await expect(client.retrieveSeriesMetadata('1.2.3', '1.2.3.4')).rejects.toMatchObject({
      code: 'dicomweb.not-found',
    });
    await expect(collect(client.retrieveSeries('1.2.3', '1.2.3.4'))).rejects.toMatchObject({
      code: 'dicomweb.not-found',
    });
    expect(await collect(client.searchForStudies({ studyInstanceUid: '1.2.3' }))).toEqual([]);
  });

  it('sees an instance of another study refused, and stores what was sent beside it', async () => {
    const sent = seriesOf(1);
    const stray = instanceOf(randomUid(), randomUid());
    const { status, instances } = await client.storeInstances(sent.study, [...sent.instances, stray]);
    expect(status).toBeGreaterThanOrEqual(202);
    expect(instances.get(uidsOf(sent)[0] ?? '')).toMatchObject({ state: 'stored' });
    expect(instances.get(stray.sopInstanceUid)).toMatchObject({
      state: 'failed',
      meaning: 'processing-failure',
    });
  });

  it('learns nothing of bytes that are no DICOM, and does not take them as stored', async () => {
    const garbage = {
      sopClassUid: SECONDARY_CAPTURE,
      sopInstanceUid: '1.2.3',
      bytes: Buffer.from('garbage'),
    };
    const { status, instances } = await client.storeInstances(undefined, [garbage]);
    expect(status).toBe(400);
    expect([...instances]).toEqual([['1.2.3', { state: 'unknown' }]]);
  });

  it('is told 200 for changed bytes under a known UID while the old ones stay: why stores are read back', async () => {
    const { study, series, instances } = seriesOf(1);
    await client.storeInstances(study, instances);
    const sopInstanceUid = instances[0]?.sopInstanceUid ?? '';
    const changed = instanceOf(study, series, {
      SOPInstanceUID: sopInstanceUid,
      PatientName: 'Other^Person',
    });
    const again = await client.storeInstances(study, [{ ...changed, sopInstanceUid }]);
    expect(again.instances.get(sopInstanceUid)).toMatchObject({ state: 'stored' });
    const kept = await client.retrieveInstance(study, series, sopInstanceUid);
    expect(Buffer.from(kept).equals(instances[0]?.bytes ?? new Uint8Array())).toBe(true);
  });

  it('is refused with a wrong password, once', async () => {
    const stranger = connect({ authenticator: reader('wrong') });
    await expect(stranger.searchForSeries('1.2.3')).rejects.toMatchObject({ code: 'dicomweb.unauthorised' });
    await stranger.close();
  });
});

describe('an Orthanc that describes no errors', () => {
  it('answers a refused store without a body, and the outcome is unknown', async () => {
    const orthanc = await startTestOrthanc({ HttpDescribeErrors: false });
    const client = new DicomWebClient({
      profile: loadProfile('orthanc'),
      roots: { base: orthanc.root },
      allowHttp: true,
      mayStore: true,
      log: silentLog,
    });
    try {
      const stray = instanceOf(randomUid(), randomUid());
      const { status, instances } = await client.storeInstances(randomUid(), [stray]);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(instances.get(stray.sopInstanceUid)?.state).not.toBe('stored');
    } finally {
      await client.close();
      await orthanc.stop();
    }
  }, 60_000);
});
