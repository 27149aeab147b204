import { afterEach, describe, expect, it } from '@jest/globals';
import { ask, dicomFile, holds, json, multipart, pacs, stopAll } from '../simulator.testing.js';
import { personalities } from './personalities.js';

afterEach(stopAll);

const studies = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    dicomFile({ study: `1.2.${index + 1}`, patientName: `N${index % 7}^A` }),
  );
const uids = (found: Record<string, { Value?: unknown[] }>[]) =>
  found.map((each) => each['0020000D']?.Value?.[0]);
const single = 'multipart/related; type="application/dicom"';
const unquoted = 'multipart/related; type=application/dicom';

/** A simulator whose folder was filled by the standard's ways, as not every vendor takes everything by HTTP. */
async function filled(vendor: string, files: readonly Buffer[]) {
  const filler = await pacs();
  await filler.store(files);
  await filler.stop();
  return pacs(vendor, { storage: filler.folder });
}

describe('an empty search', () => {
  it.each([
    ['plain', 200, '[]'],
    ['orthanc', 200, '[]'],
    ['dcm4chee', 204, ''],
    ['google', 200, '[]'],
    ['aws', 200, '[]'],
    ['aws-proxy', 200, '[]'],
    ['azure', 204, ''],
    ['dicomcloud', 200, '[]'],
    ['kheops', 204, ''],
    ['o3-dpacs', 200, '[]'],
    ['conquest', 200, ''],
    ['xnat', 204, ''],
  ])('of %s answers %i with %j', async (vendor, status, body) => {
    const server = await pacs(vendor);
    const answer = await server.search('/studies?StudyDate=29990101-29990102');
    expect([answer.status, answer.body.toString()]).toEqual([status, body]);
  });

  it('was tried for every vendor there is', () => {
    expect([...personalities.keys()].sort()).toEqual(
      [
        'plain',
        'orthanc',
        'dcm4chee',
        'google',
        'aws',
        'aws-proxy',
        'azure',
        'dicomcloud',
        'kheops',
        'o3-dpacs',
        'conquest',
        'xnat',
      ].sort(),
    );
  });
});

describe('the search of', () => {
  it.each([
    ['google', 'NoSuchKey=1', 400],
    ['google', 'ModalitiesInStudy=CT', 400],
    ['azure', 'NoSuchKey=1', 400],
    ['azure', 'limit=201', 400],
    ['azure', 'limit=0', 400],
    ['azure', 'StudyDate=-', 400],
    ['dcm4chee', 'limit=0', 400],
    ['dcm4chee', 'limit=100000', 400],
    ['dcm4chee', 'NoSuchKey=1', 200],
    ['orthanc', 'fuzzymatching=yes', 400],
    ['orthanc', 'limit=all', 400],
    ['xnat', 'limit=all', 200],
    ['kheops', 'album=a&inbox=true', 400],
    ['dicomcloud', 'StudyDate=20260101-', 400],
  ])('%s answers %s with %i', async (vendor, query, status) => {
    const server = await filled(vendor, studies(1));
    expect((await server.search(`/studies?${query}`)).status).toBe(status);
  });

  it.each([
    ['Иванов^Иван', '^'],
    ['Świątek^Łukasz', 'witek^ukasz'],
    ['Müller^Jörg', 'Müller^Jörg'],
  ])('Orthanc says of the name %s what Latin-1 can, its metadata all of it', async (patientName, said) => {
    const server = await filled('orthanc', [dicomFile({ study: '1.2.1', patientName })]);
    const [found] = json(await server.search('/studies?StudyInstanceUID=1.2.1'));
    expect(found?.['00100010']?.Value).toEqual([{ Alphabetic: said }]);
    expect(found?.['00080005']?.Value).toEqual(['ISO_IR 100']);
    const [whole] = json(await server.search('/studies/1.2.1/metadata'));
    expect(whole?.['00100010']?.Value).toEqual([{ Alphabetic: patientName }]);
  });

  it('AWS takes one media type, no list', async () => {
    const server = await filled('aws', studies(1));
    const both = await ask(`${server.url}/studies`, {
      headers: { accept: 'application/dicom+json, application/json' },
    });
    expect([(await server.search('/studies')).status, both.status]).toEqual([200, 406]);
  });

  it('DICOMcloud gives twelve, and says so in three headers', async () => {
    const server = await filled('dicomcloud', studies(15));
    const page = await server.search('/studies?limit=100');
    expect(json(page)).toHaveLength(12);
    expect(page.headers).toMatchObject({
      'x-total-count': '15',
      warning: expect.stringContaining('There are 3 additional'),
    });
    expect(page.headers.link).toContain('offset=12');
    const dropped = json(await server.search('/studies?PatientName=NOBODY&includefield=PatientName'));
    expect(dropped).toHaveLength(12);
  });

  it('Kheops names its warning twice', async () => {
    const server = await filled('kheops', studies(3));
    const page = await server.search('/studies?limit=1');
    expect(page.headers['warning']).toBe(
      'Warning: 299 {+service}: There are 2 additional results that can be requested',
    );
  });

  it('Azure and Google return no counts unasked, Azure the newest first', async () => {
    const azure = await filled('azure', studies(3));
    const found = json(await azure.search('/studies?limit=2'));
    expect(uids(found)).toEqual(['1.2.3', '1.2.2']);
    expect(found[0]?.['00201208']).toBeUndefined();
    const asked = json(
      await azure.search('/studies?limit=1&includefield=00201208&includefield=ModalitiesInStudy'),
    );
    expect([asked[0]?.['00201208']?.Value, asked[0]?.['00080061']?.Value]).toEqual([[1], ['CT']]);
    const google = await filled('google', studies(1));
    const [study] = json(await google.search('/studies?includefield=00201208&includefield=00080061'));
    expect([study?.['00201208'], study?.['00080061']]).toEqual([undefined, undefined]);
  });

  it('dcm4chee writes numbers as strings, Conquest orders by name, XNAT makes up names', async () => {
    const dcm4chee = await filled('dcm4chee', studies(1));
    expect(json(await dcm4chee.search('/studies'))[0]?.['00201208']?.Value).toEqual(['1']);
    const conquest = await filled('conquest', studies(9));
    expect(uids(json(await conquest.search('/studies'))).slice(0, 3)).toEqual(['1.2.1', '1.2.8', '1.2.2']);
    const xnat = await filled('xnat', studies(1));
    expect(json(await xnat.search('/studies'))[0]?.['00100010']?.Value).toEqual([
      { Alphabetic: 'P_SESSION_1' },
    ]);
  });
});

describe('the retrieval of', () => {
  it.each([
    ['plain', unquoted, 200],
    ['orthanc', unquoted, 200],
    ['orthanc', 'application/dicom', 400],
    ['dcm4chee', 'image/jpeg', 406],
    ['google', unquoted, 406],
    ['google', single, 200],
    ['azure', unquoted, 200],
    ['azure', `${single}; transfer-syntax=1.2.840.10008.1.2.4.70`, 406],
    ['orthanc', `${single}; transfer-syntax=1.2.840.10008.1.2.4.70`, 400],
    ['dicomcloud', unquoted, 406],
    ['o3-dpacs', '*/*', 406],
    ['o3-dpacs', `${single}; transfer-syntax=1.2.840.10008.1.2.4.70`, 200],
    ['conquest', 'image/png', 200],
    ['xnat', 'application/dicom', 406],
    ['aws', single, 404],
    ['kheops', single, 404],
  ])('a study by %s for %s is %i', async (vendor, accept, status) => {
    const server = await filled(vendor, [dicomFile()]);
    expect((await server.retrieve('/studies/1.2.3', accept)).status).toBe(status);
  });

  it.each(['google', 'azure', 'aws', 'xnat'])('one instance by %s is a single part', async (vendor) => {
    const server = await filled(vendor, [dicomFile()]);
    const answer = await server.retrieve(
      '/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1',
      'application/dicom',
    );
    expect(answer.headers['content-type']).toMatch(/^application\/dicom/u);
    expect(answer.body.equals(dicomFile())).toBe(true);
  });

  it('a missing study is 404, by Google 403, by Conquest 200 with nothing', async () => {
    for (const [vendor, status] of [
      ['orthanc', 404],
      ['google', 403],
      ['conquest', 200],
    ] as const) {
      const server = await pacs(vendor);
      expect((await server.retrieve('/studies/9.9')).status).toBe(status);
    }
  });

  it('DICOMcloud has spaces in its boundary, Orthanc many part headers', async () => {
    const cloud = await filled('dicomcloud', [dicomFile()]);
    const answer = await cloud.retrieve('/studies/1.2.3');
    expect(answer.headers['content-type']).toContain('boundary="DICOM DATA BOUNDARY"');
    expect(answer.body.toString('latin1')).toMatch(/^--DICOM DATA BOUNDARY\r\n/u);
    const orthanc = await filled('orthanc', [dicomFile()]);
    expect((await orthanc.retrieve('/studies/1.2.3')).body.toString('latin1')).toContain(
      'MIME-Version: 1.0\r\n\r\n',
    );
  });

  it('Conquest leaves out line ends before inner delimiters, and the type', async () => {
    const server = await filled('conquest', [dicomFile(), dicomFile({ instance: '1.2.3.1.2' })]);
    const { headers, body } = await server.retrieve('/studies/1.2.3');
    const [, boundary] = /^multipart\/related; boundary=([\w-]+)$/u.exec(headers['content-type'] ?? '') ?? [];
    expect(body.includes(Buffer.concat([dicomFile(), Buffer.from(`--${boundary}`)]))).toBe(true);
    expect(body.toString('latin1').endsWith(`\r\n--${boundary}--\r\n\r\n`)).toBe(true);
  });

  it('O3-DPACS has no metadata, Azure none of its bulk data', async () => {
    const o3 = await filled('o3-dpacs', [dicomFile()]);
    expect((await o3.retrieve('/studies/1.2.3/metadata')).status).toBe(404);
    const azure = await filled('azure', [dicomFile()]);
    const [metadata] = json(await azure.retrieve('/studies/1.2.3/metadata'));
    expect(metadata?.['7FE00010']).toBeUndefined();
  });
});

describe('storing to', () => {
  const changed = dicomFile({ patientName: 'Other^Name' });
  const bad = Buffer.from('no DICOM');
  const good = dicomFile({ study: '7.7' });

  it.each([
    ['plain', 409],
    ['orthanc', 200],
    ['dcm4chee', 200],
    ['google', 409],
    ['aws', 200],
    ['azure', 409],
    ['xnat', 200],
  ])('%s other bytes under a known UID is %i', async (vendor, status) => {
    const server = await filled(vendor, [dicomFile()]);
    expect((await server.store([changed])).status).toBe(status);
  });

  it.each([
    ['orthanc', 400],
    ['dcm4chee', 202],
    ['google', 409],
    ['azure', 202],
    ['kheops', 202],
    ['xnat', 200],
  ])('%s a good part and one that is no DICOM is %i', async (vendor, status) => {
    const server = await pacs(vendor);
    expect((await server.store([good, bad])).status).toBe(status);
  });

  it('Orthanc keeps the old bytes, Azure says 45070, Google why in private', async () => {
    const orthanc = await filled('orthanc', [dicomFile()]);
    await orthanc.store([changed]);
    expect(holds(await orthanc.retrieve('/studies/1.2.3'), [dicomFile()])).toBe(1);
    const azure = await filled('azure', [dicomFile()]);
    expect((await azure.store([dicomFile()])).body.toString()).toContain('45070');
    const google = await filled('google', [dicomFile()]);
    expect((await google.store([changed])).body.toString()).toContain('already exists');
    expect((await google.store([dicomFile()])).status).toBe(200);
  });

  it('Orthanc answers a failure without a body, dcm4chee with a UID of its own and a warning', async () => {
    const orthanc = await pacs('orthanc');
    expect((await orthanc.store([bad])).body.length).toBe(0);
    const dcm4chee = await pacs('dcm4chee');
    const answer = await dcm4chee.store([bad]);
    expect(answer.body.toString()).toMatch(/"2\.25\.\d+"/u);
    expect(answer.headers['warning']).toContain('c499');
  });

  it('dcm4chee writes query parameters into what it stores', async () => {
    const server = await pacs('dcm4chee');
    await server.store([dicomFile()], { path: '/studies?PatientID=COERCED' });
    expect(json(await server.search('/studies'))[0]?.['00100020']?.Value).toEqual(['COERCED']);
  });

  it('Google and DICOMcloud answer in XML unless JSON is asked for in their words', async () => {
    const google = await pacs('google');
    const plainAnswer = await google.store([good], { headers: { accept: '*/*' } });
    expect([plainAnswer.headers['content-type'], plainAnswer.body.toString()]).toEqual([
      'application/dicom+xml',
      expect.stringContaining('<NativeDicomModel'),
    ]);
    const cloud = await pacs('dicomcloud');
    expect((await cloud.store([good])).headers['content-type']).toBe('application/dicom+xml');
    const json = await cloud.store([dicomFile({ study: '8.8' })], {
      headers: { accept: 'application/json' },
    });
    expect(json.headers['content-type']).toBe('application/json');
  });

  it.each(['dicomcloud', 'o3-dpacs', 'xnat'])('%s needs a quoted type', async (vendor) => {
    const server = await pacs(vendor);
    const headers = { 'content-type': `${unquoted}; boundary=XX` };
    expect((await server.store([good], { headers })).status).toBe(415);
    expect((await server.store([good])).status).toBe(200);
  });

  it('O3-DPACS takes exactly one, with its bare key, and answers with a list', async () => {
    const server = await pacs('o3-dpacs', { authorization: 'KEY' });
    const headers = { authorization: 'KEY' };
    expect((await server.store([good])).status).toBe(401);
    expect((await server.store([good, dicomFile()], { headers })).status).toBe(400);
    expect(json<unknown[]>(await server.control('GET', '/instances'))).toHaveLength(0);
    const answer = await server.store([good], { headers });
    expect([answer.status, Array.isArray(json(answer))]).toEqual([200, true]);
  });

  it('AWS wants to know the length', async () => {
    const server = await pacs('aws');
    const headers = { 'content-type': `${single}; boundary=XX`, 'transfer-encoding': 'chunked' };
    const answer = await ask(`${server.url}/studies`, { method: 'POST', headers, body: multipart([good]) });
    expect(answer.status).toBe(411);
  });

  it('the proxy of AWS takes nothing', async () => {
    const server = await pacs('aws-proxy');
    expect((await server.store([good])).status).toBe(405);
  });

  it('Conquest answers with UIDs, writes the patient of its study, and cuts what looks like a header', async () => {
    const server = await filled('conquest', [dicomFile()]);
    const more = dicomFile({ instance: '1.2.3.1.2', patientId: 'P9', pixels: Buffer.from('ab\r\n\r\nZQ') });
    const answer = await server.store([more]);
    expect([answer.status, answer.body.toString()]).toEqual([200, '"1.2.3.1.2"']);
    expect(json(await server.search('/studies?PatientID=P1'))[0]?.['00201208']?.Value).toEqual([2]);
    expect((await server.retrieve('/studies/1.2.3')).body.includes('ZQ')).toBe(false);
    await server.store([good]);
    expect((await server.search('/studies?StudyInstanceUID=7.7')).body.length).toBe(0);
  });

  it('XNAT shows later what it stored, and answers a list of studies', async () => {
    const server = await pacs('xnat');
    const answer = await server.store([good, dicomFile()]);
    expect(json<unknown[]>(answer)).toHaveLength(2);
    expect((await server.search('/studies')).status).toBe(204);
  });
});
