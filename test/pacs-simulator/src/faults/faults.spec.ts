import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CT, ask, dicomFile, holds, json, pacs, stopAll } from '../simulator.testing.js';

afterEach(stopAll);

const files = [1, 2, 3].map((each) =>
  dicomFile({ instance: `1.2.3.1.${each}`, pixels: Buffer.alloc(200_000, each) }),
);
const study = '/studies/1.2.3';

async function filled(...faults: unknown[]) {
  const server = await pacs();
  await server.store(files);
  const answer = await server.control('PUT', '/faults', faults);
  expect(answer.status).toBe(200);
  return server;
}

const patientOf = async (server: Awaited<ReturnType<typeof filled>>) =>
  json(await server.search('/studies'))[0]?.['00100020']?.Value;

describe('faults of retrieval', () => {
  it('cuts the first bodies after so many bytes, then behaves', async () => {
    const server = await filled({
      kind: 'cut-off',
      match: { path: '/studies/*' },
      count: 2,
      afterBytes: 1000,
    });
    for (const complete of [false, false, true]) {
      const answer = await server.retrieve(study);
      expect([answer.status, answer.complete]).toEqual([200, complete]);
      expect(complete ? holds(answer, files) : answer.body.length).toBe(complete ? 3 : 1000);
    }
    expect(json<{ met: number; seen: number }[]>(await server.control('GET', '/faults'))).toMatchObject([
      { seen: 3, met: 2 },
    ]);
  });

  it('cuts after a part, by a reset, in the middle, or as if the answer were whole', async () => {
    const server = await filled({ kind: 'cut-off', afterParts: 2 });
    const answer = await server.retrieve(study);
    expect([holds(answer, files), answer.complete]).toEqual([2, false]);
    await server.control('PUT', '/faults', [{ kind: 'reset', afterBytes: 5000 }]);
    expect((await server.retrieve(study)).complete).toBe(false);
    await server.control('PUT', '/faults', [{ kind: 'cut-off' }]);
    const half = await server.retrieve(study);
    expect([half.complete, holds(half, files)]).toEqual([false, 0]);
    await server.control('PUT', '/faults', [{ kind: 'cut-off', how: 'end', afterParts: 1 }]);
    const short = await server.retrieve(study);
    expect([holds(short, files), short.complete]).toEqual([1, true]);
  });

  it('gives too little, too much, or something else', async () => {
    const server = await filled({ kind: 'missing-instances', by: 2 });
    expect(holds(await server.retrieve(study), files)).toBe(1);
    await server.control('PUT', '/faults', [{ kind: 'duplicate-instance' }]);
    const twice = (await server.retrieve(study)).body
      .toString('latin1')
      .split(files[0]?.toString('latin1') ?? '?');
    expect(twice).toHaveLength(3);
    await server.control('PUT', '/faults', [{ kind: 'zero-parts' }]);
    expect((await server.retrieve(study)).body.toString()).toMatch(/^--[\w-]+--\r\n$/u);
    await server.control('PUT', '/faults', [{ kind: 'missing-closing-boundary' }]);
    expect((await server.retrieve(study)).body.subarray(-100).includes('--')).toBe(false);
    await server.control('PUT', '/faults', [{ kind: 'wrong-study-instance' }]);
    expect((await server.retrieve(study)).body.includes('2.25.999999999')).toBe(true);
    await server.control('PUT', '/faults', [
      { kind: 'changed-instance', changes: { PatientName: 'Other^Name' } },
    ]);
    expect((await server.retrieve(study)).body.includes('Other^Name')).toBe(true);
    await server.control('DELETE', '/faults');
    expect((await server.retrieve(study)).body.includes('Other^Name')).toBe(false);
  });

  it('hangs until the client gives up, and in the middle of a body', async () => {
    const server = await filled({ kind: 'hang', match: { service: 'wado' }, count: 1 });
    const signal = AbortSignal.timeout(300);
    await expect(fetch(server.roots.wado + study, { signal })).rejects.toThrow('aborted');
    await server.control('PUT', '/faults', [{ kind: 'hang', match: { service: 'wado' }, afterParts: 1 }]);
    const answer = await fetch(server.roots.wado + study, { signal: AbortSignal.timeout(500) });
    await expect(answer.arrayBuffer()).rejects.toThrow('aborted');
    await server.control('PUT', '/faults', [{ kind: 'hang', seconds: 0.05, match: { service: 'wado' } }]);
    expect(holds(await server.retrieve(study), files)).toBe(3);
  });

  it('lets a body trickle without losing any of it', async () => {
    const server = await filled({ kind: 'slow-drip', bytesPerSecond: 5_000_000 });
    expect(holds(await server.retrieve(study), files)).toBe(3);
  });
});

describe('faults of any request', () => {
  it('answers with a status, a page or a redirect, after some that pass', async () => {
    const server = await filled({
      kind: 'status',
      status: 429,
      retryAfter: 2,
      skip: 1,
      count: 1,
      match: { service: 'qido' },
    });
    const answers = [
      await server.search('/studies'),
      await server.search('/studies'),
      await server.search('/studies'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 429, 200]);
    expect(answers[1]?.headers['retry-after']).toBe('2');
    await server.control('PUT', '/faults', [{ kind: 'login-page', match: { service: 'qido' } }]);
    expect((await server.search('/studies')).headers['content-type']).toBe('text/html');
    await server.control('PUT', '/faults', [
      { kind: 'redirect', status: 307, location: 'http://127.0.0.1:9/' },
    ]);
    expect(await server.retrieve(study)).toMatchObject({
      status: 307,
      headers: { location: 'http://127.0.0.1:9/' },
    });
  });
});

describe('faults of search', () => {
  it('ignores filters, caps pages without a word and lets pages drift', async () => {
    const server = await filled({ kind: 'ignore-filters' });
    await server.store([dicomFile({ study: '5.5', patientId: 'P5' })]);
    expect(json(await server.search('/studies?PatientID=NOBODY'))).toHaveLength(2);
    await server.control('PUT', '/faults', [{ kind: 'page-cap', by: 1 }]);
    const capped = await server.search('/studies?limit=100');
    expect([json(capped).length, capped.headers['content-type']]).toEqual([1, 'application/dicom+json']);
    await server.control('PUT', '/faults', [{ kind: 'page-drift', by: 1 }]);
    const page = json(await server.search('/studies?limit=1&offset=1'));
    expect(page[0]?.['0020000D']?.Value).toEqual(['1.2.3']);
  });
});

describe('other forms of an answer', () => {
  it.each([
    ['lower-case-tags', '"0020000d":{"vr":"UI"'],
    ['joined-modalities', '"00080061":{"vr":"CS","Value":["CT\\\\MR"]}'],
    ['null-values', '"00080050":{"vr":"SH","Value":[null]}'],
    ['numbers-as-strings', '"00201208":{"vr":"IS","Value":["2"]}'],
    ['names-as-strings', '"00100010":{"vr":"PN","Value":["Müller^Ada"]}'],
    ['without-vr', '"0020000D":{"Value":["5.5"]}'],
    ['single-object', '{"00080005"'],
    ['xml', '<DicomAttribute tag="0020000D" vr="UI"><Value number="1">5.5</Value>'],
    ['empty-body', ''],
  ])('a search as %s', async (shape, text) => {
    const server = await filled({ kind: 'qido-shape', shape });
    await server.store([
      dicomFile({ study: '5.5', accession: '' }),
      dicomFile({ study: '5.5', accession: '', series: '5.5.2', modality: 'MR' }),
    ]);
    const answer = await server.search('/studies?StudyInstanceUID=5.5');
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toContain(text);
    expect(answer.body.length > 0).toBe(text !== '');
  });

  it.each([
    ['no-type', 3],
    ['quoted-boundary', 3],
    ['no-boundary-parameter', 3],
    ['boundary-with-spaces', 3],
    ['preamble-and-epilogue', 3],
    ['bare-parts', 3],
    ['odd-part-headers', 3],
    ['wrong-part-length', 3],
    ['no-inner-line-ends', 3],
    ['no-last-line-end', 3],
    ['tiny-chunks', 3],
    ['partial-content', 2],
  ])('a retrieve as %s holds %i instances', async (shape, count) => {
    const usual = await (await filled()).retrieve(study);
    const server = await filled({ kind: 'multipart-shape', shape });
    const answer = await server.retrieve(study);
    expect([answer.status, holds(answer, files)]).toEqual([count === 3 ? 200 : 206, count]);
    const head = (each: typeof answer) =>
      each.body
        .subarray(0, 300)
        .toString('latin1')
        .replaceAll(/[\da-f-]{36}/gu, 'B');
    const type = (each: typeof answer) => each.headers['content-type']?.replace(/[\da-f-]{36}/u, 'B');
    if (['no-type', 'quoted-boundary', 'no-boundary-parameter'].includes(shape))
      expect(type(answer)).not.toBe(type(usual));
    if (['preamble-and-epilogue', 'bare-parts', 'odd-part-headers', 'wrong-part-length'].includes(shape))
      expect(head(answer)).not.toBe(head(usual));
  });

  it('a retrieve by gzip is the same once it is unpacked', async () => {
    const server = await filled({ kind: 'multipart-shape', shape: 'gzip' });
    const answer = await server.retrieve(study);
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(holds({ ...answer, body: gunzipSync(answer.body) }, files)).toBe(3);
  });
});

describe('faults of storing', () => {
  const report = dicomFile({
    instance: '1.2.3.2.1',
    series: '1.2.3.2',
    sopClass: '1.2.840.10008.5.1.4.1.1.88.34',
  });
  const inSeries = async (server: Awaited<ReturnType<typeof filled>>) =>
    json(await server.search('/studies/1.2.3/instances')).length;

  it('refuses SOP Classes with 0122, others not', async () => {
    const server = await filled({
      kind: 'refuse-sop-class',
      sopClassUids: ['1.2.840.10008.5.1.4.1.1.88.34'],
    });
    const answer = await server.store([report]);
    expect(answer.status).toBe(409);
    expect(answer.body.toString()).toContain('"00081197":{"vr":"US","Value":[290]}');
    expect((await server.store([dicomFile({ instance: '1.2.3.1.9', sopClass: CT })])).status).toBe(200);
  });

  it('says stored and stores nothing; stores and answers nothing; stores and says nothing of it', async () => {
    const server = await filled({ kind: 'stow-nothing-stored', count: 1 });
    const answer = await server.store([report]);
    expect([answer.status, await inSeries(server)]).toEqual([200, 3]);
    await server.control('PUT', '/faults', [{ kind: 'stow-lost-answer' }]);
    await expect(server.store([report])).rejects.toThrow('socket hang up');
    expect(await inSeries(server)).toBe(4);
    await server.control('PUT', '/faults', [{ kind: 'stow-empty-body' }]);
    const empty = await server.store([dicomFile({ instance: '1.2.3.1.8' })]);
    expect([empty.status, empty.body.length, await inSeries(server)]).toEqual([202, 0, 5]);
  });

  it('files under another patient, and shows late what it stored', async () => {
    const server = await filled({ kind: 'stow-misfile', changes: { PatientID: 'WRONG' } });
    await server.store([report]);
    const found = json(
      await server.search('/studies/1.2.3/instances?SOPInstanceUID=1.2.3.2.1&includefield=PatientID'),
    );
    expect(found[0]?.['00100020']?.Value).toEqual(['WRONG']);
    await server.control('PUT', '/faults', [{ kind: 'visibility-delay', seconds: 3600 }]);
    expect((await server.store([dicomFile({ instance: '1.2.3.1.7' })])).status).toBe(200);
    expect(await inSeries(server)).toBe(4);
  });
});

describe('changes of the patient', () => {
  it('rewrites the headers of a study and leaves its pixels', async () => {
    const server = await filled();
    const changes = { PatientID: 'P2', IssuerOfPatientID: 'SITE', AccessionNumber: null };
    const answer = await server.control('POST', '/patient', { study: '1.2.3', changes });
    expect(json<{ changed: number }>(answer).changed).toBe(3);
    expect(await patientOf(server)).toEqual(['P2']);
    const body = (await server.retrieve(study)).body;
    expect(body.includes(Buffer.alloc(200_000, 2))).toBe(true);
    const [metadata] = json(await ask(`${server.roots.wado}${study}/metadata`));
    expect(metadata?.['00100021']?.Value).toEqual(['SITE']);
    expect(metadata?.['00080050']).toBeUndefined();
  });

  it('changes after a request, or after a time', async () => {
    const server = await filled({
      kind: 'change-patient',
      match: { service: 'wado' },
      count: 1,
      changes: { PatientID: 'P3' },
    });
    expect(holds(await server.retrieve(study), files)).toBe(3);
    await untilPatient(server, 'P3');
    await server.control('POST', '/patient', {
      study: '1.2.3',
      changes: { PatientID: 'P4' },
      afterSeconds: 0.05,
    });
    await untilPatient(server, 'P4');
    expect(await patientOf(server)).toEqual(['P4']);
  });

  it('removes what was stored', async () => {
    const server = await filled();
    await server.control('DELETE', '/instances/1.2.3.1.1');
    expect(json<unknown[]>(await server.control('GET', '/instances'))).toHaveLength(2);
    await server.control('DELETE', '/studies/1.2.3');
    expect((await server.retrieve(study)).status).toBe(404);
  });
});

async function untilPatient(server: Awaited<ReturnType<typeof filled>>, id: string): Promise<void> {
  for (;;) {
    const [found] = (await patientOf(server)) ?? [];
    if (found === id) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a control request that is wrong', () => {
  it.each([
    [{}, 'expected a list'],
    [[{ kind: 'nothing' }], '[0].kind'],
    [[{ kind: 'hang', count: 'two' }], '[0].count: a number'],
    [[{ kind: 'hang', counts: 2 }], '[0].counts is unknown'],
    [[{ kind: 'hang', match: { service: 'dimse' } }], '[0].match.service'],
    [[{ kind: 'qido-shape', shape: 'round' }], '[0].shape: one of lower-case-tags'],
    [[{ kind: 'hang', shape: 'gzip' }], '[0].shape'],
    [[{ kind: 'stow-misfile', changes: { NoSuchAttribute: '1' } }], '[0].changes.NoSuchAttribute'],
  ])('is refused with its place: %j', async (faults, place) => {
    const server = await pacs();
    const answer = await server.control('PUT', '/faults', faults);
    expect(answer.status).toBe(400);
    expect(json<{ error: string; message: string }>(answer)).toMatchObject({
      error: 'simulator.fault-invalid',
      message: expect.stringContaining(place),
    });
  });
});
