import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ask, dicomFile, holds, json, multipart, pacs, stopAll } from './simulator.testing.js';

afterEach(stopAll);

const slices = (study: string, count: number) =>
  Array.from({ length: count }, (_, index) => dicomFile({ study, instance: `${study}.1.${index + 1}` }));
const value = (found: Record<string, { Value?: unknown[] }> | undefined, tag: string) =>
  found?.[tag]?.Value?.[0];

describe('the simulator by the standard', () => {
  it('stores files, finds them and gives back the same bytes', async () => {
    const server = await pacs();
    const files = slices('1.2.3', 3);
    const stored = await server.store(files);
    expect(stored.status).toBe(200);
    const response = json<Record<string, { Value: unknown[] }>>(stored);
    expect(response['00081199']?.Value).toHaveLength(3);
    expect(response['00081198']).toBeUndefined();

    const [study, ...others] = json(await server.search('/studies?PatientID=P1&StudyDate=20260101-20260131'));
    expect(others).toHaveLength(0);
    expect(value(study, '0020000D')).toBe('1.2.3');
    expect(value(study, '00201208')).toBe(3);
    expect(value(study, '00080061')).toBe('CT');
    expect(value(study, '00100010')).toEqual({ Alphabetic: 'Müller^Ada' });

    const answer = await server.retrieve('/studies/1.2.3');
    expect(answer.headers['content-type']).toMatch(
      /^multipart\/related; type="application\/dicom"; boundary=/u,
    );
    expect(holds(answer, files)).toBe(3);
    expect(holds(await server.retrieve('/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.2'), files)).toBe(1);
  });

  it('answers metadata and bulk data of both little endian forms', async () => {
    const server = await pacs();
    const pixels = Buffer.from(Array.from({ length: 600 }, (_, index) => index % 251));
    for (const transferSyntax of ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2'] as const) {
      const study = transferSyntax;
      await server.store([dicomFile({ study, transferSyntax, pixels })]);
      const [found] = json<Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string }>[]>(
        await server.retrieve(`/studies/${study}/metadata`, 'application/dicom+json'),
      );
      expect(value(found, '00100020')).toBe('P1');
      expect(found?.['00081140']?.Value).toEqual([{ '00081155': { vr: 'UI', Value: ['1.2.9'] } }]);
      const bulk = await ask(found?.['7FE00010']?.BulkDataURI ?? '');
      expect(bulk.body.equals(pixels)).toBe(true);
    }
  });

  it.each([
    ['PatientID=P2', ['2.2']],
    ['00100020=P2', ['2.2']],
    ['StudyInstanceUID=1.1,3.3', ['1.1', '3.3']],
    ['PatientName=doe*', ['3.3']],
    ['ModalitiesInStudy=MR', ['2.2']],
    ['ModalitiesInStudy=MR&ModalitiesInStudy=CT', ['1.1', '2.2', '3.3']],
    ['StudyDate=20260202-', ['2.2', '3.3']],
    ['StudyDate=-20260201', ['1.1']],
    ['StudyDate=20260303', ['3.3']],
    ['StudyDate=29990101', []],
    ['NoSuchKey=1', ['1.1', '2.2', '3.3']],
    ['limit=2', ['1.1', '2.2']],
    ['limit=2&offset=2', ['3.3']],
    ['limit=2&offset=9', []],
    ['limit=0', []],
  ])('searches studies by %s', async (query, expected) => {
    const server = await pacs();
    await server.store([
      dicomFile({ study: '1.1', date: '20260101' }),
      dicomFile({ study: '2.2', date: '20260202', patientId: 'P2', modality: 'MR' }),
      dicomFile({ study: '3.3', date: '20260303', patientId: 'P3', patientName: 'DOE^JOE' }),
    ]);
    const found = json(await server.search(`/studies?${query}`));
    expect(found.map((each) => value(each, '0020000D'))).toEqual(expected);
  });

  it('says by a warning that a page is not all, and refuses a limit that is no number', async () => {
    const server = await pacs();
    await server.store([
      dicomFile({ study: '1.1' }),
      dicomFile({ study: '2.2' }),
      dicomFile({ study: '3.3' }),
    ]);
    expect((await server.search('/studies?limit=1')).headers['warning']).toContain('There are 2 additional');
    expect((await server.search('/studies?limit=many')).status).toBe(400);
  });

  it('searches series and instances, with what is asked for besides', async () => {
    const server = await pacs();
    await server.store(slices('1.2.3', 2));
    const [series] = json(await server.search('/studies/1.2.3/series?includefield=PatientID,00100010'));
    expect([value(series, '0020000E'), value(series, '00201209'), value(series, '00100020')]).toEqual([
      '1.2.3.1',
      2,
      'P1',
    ]);
    const instances = json(await server.search('/studies/1.2.3/instances?SOPInstanceUID=1.2.3.1.2'));
    expect(instances.map((each) => value(each, '00080018'))).toEqual(['1.2.3.1.2']);
  });

  it('refuses what the standard has it refuse', async () => {
    const server = await pacs();
    await server.store([dicomFile()]);
    expect((await server.retrieve('/studies/9.9')).status).toBe(404);
    expect((await server.retrieve('/studies/1.2.3', 'image/png')).status).toBe(406);
    expect((await server.retrieve('/studies/..%2f')).status).toBe(404);
    expect((await ask(`${new URL(server.url).origin}//`)).status).toBe(404);
    expect((await server.store([], { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
    expect((await server.store([])).status).toBe(400);
    expect((await server.store([Buffer.from('no DICOM at all')])).status).toBe(409);
    expect((await server.store([dicomFile({ study: '4.4' })], { path: '/studies/5.5' })).status).toBe(409);
    expect((await server.store([dicomFile({ study: '4.4' }), Buffer.from('junk')])).status).toBe(202);
    const open = { 'content-type': 'multipart/related; type="application/dicom"; boundary="YY"' };
    expect((await server.store([dicomFile()], { headers: open })).status).toBe(400);
  });

  it('takes the same bytes again, and calls other bytes under a known UID a duplicate', async () => {
    const server = await pacs();
    await server.store([dicomFile()]);
    expect((await server.store([dicomFile()])).status).toBe(200);
    const other = await server.store([dicomFile({ patientName: 'Other^Name' })]);
    expect(other.status).toBe(409);
    expect(
      json<Record<string, { Value: Record<string, { Value: unknown[] }>[] }>>(other)['00081198']?.Value[0]?.[
        '00081197'
      ]?.Value,
    ).toEqual([0x0111]);
    expect(holds(await server.retrieve('/studies/1.2.3'), [dicomFile()])).toBe(1);
  });

  it('keeps its content over a restart, in files and nothing else', async () => {
    const first = await pacs();
    await first.store(slices('1.2.3', 2));
    await first.stop();
    expect((await readdir(`${first.folder}/1.2.3/1.2.3.1`)).sort()).toEqual([
      '1.2.3.1.1.dcm',
      '1.2.3.1.2.dcm',
    ]);
    const second = await pacs('plain', { storage: first.folder });
    expect(holds(await second.retrieve('/studies/1.2.3'), slices('1.2.3', 2))).toBe(2);
  });

  it('asks for the credentials that it was given', async () => {
    const server = await pacs('plain', { authorization: 'Bearer T' });
    expect((await server.search('/studies')).status).toBe(401);
    const known = await ask(`${server.url}/studies`, { headers: { authorization: 'Bearer T' } });
    expect(known.status).toBe(200);
  });

  it('logs requests without what their queries say', async () => {
    const server = await pacs();
    await server.search('/studies?PatientID=SECRET');
    await server.retrieve('/studies/9.9');
    const log = await server.control('GET', '/requests');
    expect(log.body.toString()).not.toContain('SECRET');
    const view = json<{ total: number; counts: Record<string, number>; requests: { query: string[] }[] }>(
      log,
    );
    expect(view.total).toBe(2);
    expect(view.counts).toEqual({ 'qido 200': 1, 'wado 404': 1 });
    expect(view.requests[0]?.query).toEqual(['PatientID']);
  });

  it('reads a store request whatever its chunks', async () => {
    const server = await pacs();
    const pixels = Buffer.concat([Buffer.from('\r\n--X\r\n\r\n--XY\r\n-'), Buffer.alloc(301, 13)]);
    const file = dicomFile({ pixels });
    const whole = multipart([file]);
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'multipart/related; type=application/dicom; boundary=XX' };
      const sent = request(`${server.url}/studies`, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).once('error', reject);
      for (let at = 0; at < whole.length; at += 7) sent.write(whole.subarray(at, at + 7));
      sent.end();
    });
    expect(status).toBe(200);
    expect(holds(await server.retrieve('/studies/1.2.3'), [file])).toBe(1);
  });
});
