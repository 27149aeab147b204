import { describe, expect, it } from '@jest/globals';
import { stringOf, tags, type Dataset } from '@prelector/dicom';
import { collect } from './collect.js';
import {
  failureOf,
  file,
  instanceUid,
  multipart,
  MULTIPART,
  sendJson,
  SERIES,
  STUDY,
  TestNode,
  testNodes,
  type Handler,
} from './test-node.testing.js';

const serve = testNodes();

const files = [1, 2, 3].map((index) => file(index));
const expected = [1, 2, 3].map(instanceUid);
const answer =
  (body: Buffer, contentType = MULTIPART, status = 200): Handler =>
  (_seen, response) => {
    response.writeHead(status, { 'content-type': contentType }).end(body);
  };
const bytesOf = (parts: { bytes: Uint8Array }[]) => parts.map((part) => Buffer.from(part.bytes));

describe('a series', () => {
  it('comes as the instances that were stored, with the Accept header of the profile', async () => {
    const node = await serve(answer(multipart(files)));
    const parts = await collect(node.client().retrieveSeries(STUDY, SERIES, { expected }));
    expect(bytesOf(parts)).toEqual(files);
    expect(parts.map((part) => part.sopInstanceUid)).toEqual(expected);
    expect(parts[0]?.transferSyntaxUid).toBe('1.2.840.10008.1.2.1');
    expect(node.seen[0]?.url.pathname).toBe(`/dicom-web/studies/${STUDY}/series/${SERIES}`);
    expect(node.seen[0]?.headers.accept).toBe(
      'multipart/related; type="application/dicom"; transfer-syntax=*',
    );
  });

  it('comes part by part: the first is there before the last was sent', async () => {
    let release: () => void = () => undefined;
    const node = await serve((_seen, response) => {
      const body = multipart(files);
      const cut = body.indexOf(file(2)) + 10;
      response.writeHead(200, { 'content-type': MULTIPART }).write(body.subarray(0, cut));
      release = () => response.end(body.subarray(cut));
    });
    const parts: Buffer[] = [];
    for await (const part of node.client().retrieveSeries(STUDY, SERIES, { expected })) {
      parts.push(Buffer.from(part.bytes));
      release();
    }
    expect(parts).toEqual(files);
  });

  it('is asked for in another transfer syntax on request', async () => {
    const node = await serve(answer(multipart(files)));
    const transferSyntax = '1.2.840.10008.1.2.1';
    await collect(node.client().retrieveSeries(STUDY, SERIES, { expected, transferSyntax }));
    expect(node.seen[0]?.headers.accept).toBe(
      'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1',
    );
  });

  it('is asked for with the next Accept header when one is refused, and the good one is kept', async () => {
    const node = await serve((seen, response, turn) => {
      const takes = seen.headers.accept === 'multipart/related; type="application/dicom"';
      if (takes) answer(multipart(files))(seen, response, turn);
      else response.writeHead(400).end();
    });
    const client = node.client();
    await collect(client.retrieveSeries(STUDY, SERIES, { expected }));
    expect(node.seen).toHaveLength(3);
    await collect(client.retrieveSeries(STUDY, SERIES, { expected }));
    expect(node.seen).toHaveLength(4);
  });

  it('is fetched one instance at a time where the server knows no other way', async () => {
    const node = await serve(({ url }, response) => {
      const index = Number(url.pathname.split('.').at(-1));
      if (url.searchParams.has('limit')) {
        const all = expected.map((uid) => ({ '00080018': { vr: 'UI', Value: [uid] } }));
        return sendJson(response, url.searchParams.get('offset') === '0' ? all : []);
      }
      response.writeHead(200, { 'content-type': 'application/dicom; transfer-syntax=1.2' }).end(file(index));
    });
    const client = node.client({ wado: { levels: ['instance'] } });
    expect(bytesOf(await collect(client.retrieveSeries(STUDY, SERIES)))).toEqual(files);
    expect(bytesOf(await collect(client.retrieveSeries(STUDY, SERIES, { expected })))).toEqual(files);
  });
});

describe('a series that does not come whole', () => {
  const fetched = (node: TestNode, options: { expected?: string[] } = { expected }) =>
    failureOf(collect(node.client().retrieveSeries(STUDY, SERIES, options)));

  it('because instances are missing names them', async () => {
    const node = await serve(answer(multipart(files.slice(0, 1))));
    const error = await fetched(node);
    expect(error).toMatchObject({ code: 'dicomweb.instances-missing', recovery: 'transient' });
    expect(error.message).toContain(`1 came, 2 missing: ${instanceUid(2)}, ${instanceUid(3)}`);
  });

  it('because nothing came at all is no success', async () => {
    for (const body of [multipart([]), Buffer.alloc(0)]) {
      const node = await serve(answer(body));
      expect((await fetched(node, {})).code).toBe('dicomweb.instances-missing');
    }
  });

  it('because the server itself says partial is no success unless all expected came', async () => {
    const node = await serve(answer(multipart(files), MULTIPART, 206));
    expect((await fetched(node, {})).code).toBe('dicomweb.instances-missing');
    expect(await collect(node.client().retrieveSeries(STUDY, SERIES, { expected }))).toHaveLength(3);
  });

  it.each([1, 2, 3])('because the connection broke in part %i names what is missing', async (broken) => {
    const node = await serve((_seen, response) => {
      const body = multipart(files);
      const cut = body.indexOf(file(broken)) + 100;
      response.writeHead(200, { 'content-type': MULTIPART, 'content-length': body.length });
      response.write(body.subarray(0, cut), () => response.destroy());
    });
    const error = await fetched(node);
    expect(error).toMatchObject({ code: 'dicomweb.cut-off', recovery: 'transient' });
    expect(error.message).toContain(`${broken - 1} came, ${4 - broken} missing`);
  });

  it.each(['close', 'keep-alive'])(
    'because a chunked body broke off on connection: %s',
    async (connection) => {
      const node = await serve((_seen, response) => {
        const body = multipart(files);
        response.writeHead(200, { 'content-type': MULTIPART, connection });
        response.write(body.subarray(0, body.indexOf(file(2)) + 100), () => response.destroy());
      });
      expect(await fetched(node)).toMatchObject({ code: 'dicomweb.cut-off', recovery: 'transient' });
    },
  );

  it('because a chunked body ended early with status 200', async () => {
    const body = multipart(files);
    const node = await serve(answer(body.subarray(0, body.length - 300)));
    expect((await fetched(node)).message).toContain('2 came, 1 missing');
  });

  it('because only the closing delimiter is missing', async () => {
    const node = await serve(answer(multipart(files, '')));
    expect((await fetched(node)).code).toBe('dicomweb.cut-off');
    const lenient = node.client({ wado: { multipart: { missingClosing: 'when-complete' } } });
    expect(await collect(lenient.retrieveSeries(STUDY, SERIES, { expected }))).toHaveLength(3);
  });
});

describe('instances that do not belong', () => {
  it.each([
    ['another study', { StudyInstanceUID: '1.2.9' }, 'dicomweb.foreign-instance'],
    ['another series', { SeriesInstanceUID: '1.2.9' }, 'dicomweb.foreign-instance'],
    ['twice the same', { SOPInstanceUID: instanceUid(1) }, 'dicomweb.duplicate-instance'],
  ])('of %s are refused', async (_what, over, code) => {
    const node = await serve(answer(multipart([file(1), file(2, over)])));
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error).toMatchObject({ code, recovery: 'transient', scope: 'study' });
  });

  it('that are no DICOM are refused', async () => {
    const node = await serve(answer(multipart([Buffer.from('hello')])));
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error.code).toBe('dicomweb.malformed-answer');
  });
});

describe('an answer that is not DICOM', () => {
  it.each([
    ['text/html', 'dicomweb.login-page'],
    ['application/dicom+json', 'dicomweb.malformed-answer'],
    ['multipart/related; type="application/dicom+xml"; boundary=b', 'dicomweb.malformed-answer'],
    ['multipart/related', 'dicomweb.malformed-answer'],
  ])('%s is %s', async (contentType, code) => {
    const node = await serve(answer(Buffer.from('<x/>'), contentType));
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error.code).toBe(code);
  });

  it.each([
    [204, 'dicomweb.not-found'],
    [404, 'dicomweb.not-found'],
    [410, 'dicomweb.gone'],
    [406, 'dicomweb.not-acceptable'],
  ])('but the status %i is %s', async (status, code) => {
    const node = await serve((_seen, response) => response.writeHead(status).end());
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error.code).toBe(code);
  });
});

describe('a consumer that stops', () => {
  it('ends the transfer', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const node = await serve((_seen, response) => {
      closed = new Promise((resolve) => response.on('close', resolve));
      response.writeHead(200, { 'content-type': MULTIPART }).write(multipart(files, ''));
    });
    for await (const part of node.client().retrieveSeries(STUDY, SERIES)) {
      expect(part.sopInstanceUid).toBe(instanceUid(1));
      break;
    }
    await closed;
  });

  it('by its signal gets the error at once', async () => {
    const stop = new AbortController();
    const node = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': MULTIPART }).write(multipart(files, ''));
    });
    const parts = node.client().retrieveSeries(STUDY, SERIES, { signal: stop.signal });
    const reading = failureOf(
      (async () => {
        for await (const part of parts) if (part.sopInstanceUid === instanceUid(2)) stop.abort();
      })(),
    );
    expect((await reading).code).toBe('dicomweb.aborted');
  });
});

describe('a single instance', () => {
  it.each([
    ['a multipart answer', multipart([file(2)]), MULTIPART],
    ['a plain one', file(2), 'application/dicom'],
    ['a generic one', file(2), 'application/octet-stream'],
  ])('is taken from %s', async (_what, body, contentType) => {
    const node = await serve(answer(body, contentType));
    const bytes = await node.client().retrieveInstance(STUDY, SERIES, instanceUid(2));
    expect(Buffer.from(bytes)).toEqual(file(2));
  });

  it('that is another one is refused', async () => {
    const node = await serve(answer(multipart([file(3)])));
    const error = await failureOf(node.client().retrieveInstance(STUDY, SERIES, instanceUid(2)));
    expect(error.code).toBe('dicomweb.foreign-instance');
  });
});

describe('the header of an instance', () => {
  const large = file(1, { PatientName: 'Иванов^Иван', PixelData: new Uint8Array(3 * 1024 * 1024) });
  const nameIn = (dataset: Dataset) => stringOf(dataset, tags.PatientName);

  it('comes with the text as its own file states it', async () => {
    const node = await serve(answer(multipart([file(1, { PatientName: '=山田^太郎' })])));
    const header = await node.client().retrieveInstanceHeader(STUDY, SERIES, instanceUid(1));
    expect(header[tags.PatientName]?.Value).toEqual([{ Ideographic: '山田^太郎' }]);
    expect(header[tags.PixelData]).toBeUndefined();
    expect(node.seen.map(({ url }) => url.pathname)).toEqual([
      '/dicom-web/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.1',
    ]);
  });

  it.each(['multipart', 'single'])(
    'of a large %s answer is read without waiting for its end',
    async (form) => {
      let closed: Promise<void> | undefined;
      const node = await serve((_seen, response) => {
        closed = new Promise((resolve) => response.on('close', resolve));
        const type = form === 'single' ? 'application/dicom' : MULTIPART;
        response.writeHead(200, { 'content-type': type });
        const body = form === 'single' ? large : multipart([large]);
        response.write(body.subarray(0, 2 * 1024 * 1024));
      });
      const header = await node.client().retrieveInstanceHeader(STUDY, SERIES, instanceUid(1));
      expect(nameIn(header)).toBe('Иванов^Иван');
      await closed;
    },
  );

  it('of another study is refused', async () => {
    const node = await serve(answer(multipart([file(1, { StudyInstanceUID: '9.9' })])));
    const error = await failureOf(node.client().retrieveInstanceHeader(STUDY, SERIES, instanceUid(1)));
    expect(error.code).toBe('dicomweb.foreign-instance');
  });

  it('that breaks off before the pixel data is an error', async () => {
    const node = await serve(answer(multipart([large]).subarray(0, 300)));
    const error = await failureOf(node.client().retrieveInstanceHeader(STUDY, SERIES, instanceUid(1)));
    expect(error.code).toBe('dicomweb.cut-off');
  });
});

describe('metadata', () => {
  const metadata = (study: string) => [
    { '0020000d': { vr: 'UI', Value: [study] }, '00080018': { vr: 'UI', Value: [instanceUid(1)] } },
  ];

  it('is read from beside the resource', async () => {
    const node = await serve((_seen, response) => sendJson(response, metadata(STUDY)));
    const client = node.client();
    expect(await client.retrieveStudyMetadata(STUDY)).toHaveLength(1);
    expect(await client.retrieveSeriesMetadata(STUDY, SERIES)).toHaveLength(1);
    const one = await client.retrieveInstanceMetadata(STUDY, SERIES, instanceUid(1));
    expect(stringOf(one, tags.StudyInstanceUID)).toBe(STUDY);
    expect(node.seen.map(({ url }) => url.pathname)).toEqual([
      '/dicom-web/studies/1.2.3/metadata',
      '/dicom-web/studies/1.2.3/series/1.2.3.4/metadata',
      '/dicom-web/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.1/metadata',
    ]);
  });

  it('that describes an instance twice gives it once', async () => {
    const node = await serve((_seen, response) =>
      sendJson(response, [...metadata(STUDY), ...metadata(STUDY)]),
    );
    expect(await node.client().retrieveSeriesMetadata(STUDY, SERIES)).toHaveLength(1);
  });

  it('that describes an instance in two ways is refused', async () => {
    const [one] = metadata(STUDY);
    const other = { ...one, '00200013': { vr: 'IS', Value: ['7'] } };
    const node = await serve((_seen, response) => sendJson(response, [one, other]));
    const error = await failureOf(node.client().retrieveSeriesMetadata(STUDY, SERIES));
    expect(error.code).toBe('dicomweb.duplicate-instance');
  });

  it.each([{ error: 'database down' }, [null], { results: [] }])(
    'is not an answer that says of no instance which it is: %j',
    async (body) => {
      const node = await serve((_seen, response) => sendJson(response, body));
      const error = await failureOf(node.client().retrieveSeriesMetadata(STUDY, SERIES));
      expect(error.code).toBe('dicomweb.malformed-answer');
    },
  );

  it('of another study is refused', async () => {
    const node = await serve((_seen, response) => sendJson(response, metadata('9.9')));
    const error = await failureOf(node.client().retrieveSeriesMetadata(STUDY, SERIES));
    expect(error.code).toBe('dicomweb.foreign-instance');
  });

  it('is said to be missing where the profile knows, without asking', async () => {
    const node = await serve((_seen, response) => sendJson(response, []));
    const client = node.client({ wado: { metadata: 'missing' } });
    expect((await failureOf(client.retrieveStudyMetadata(STUDY))).code).toBe('dicomweb.metadata-unsupported');
    expect(node.seen).toHaveLength(0);
  });
});
