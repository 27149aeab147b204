import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { buildDataset, encodePart10 } from '@prelector/dicom';
import { limits } from '@prelector/kernel';
import { collect } from './collect.js';
import {
  failureOf,
  file,
  instanceUid,
  multipart,
  MULTIPART,
  SERIES,
  STUDY,
  TestNode,
  testNodes,
  type Handler,
} from './test-node.testing.js';

const serve = testNodes();

const MiB = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/dicom+json' };
const text =
  (body: string | Buffer, headers: Record<string, string> = {}): Handler =>
  (_seen, response) => {
    response.writeHead(200, { ...JSON_TYPE, ...headers }).end(body);
  };
const zipped = (body: string | Buffer, headers: Record<string, string> = {}) =>
  text(gzipSync(body), { 'content-encoding': 'gzip', ...headers });
const study = (index: number, date = '20260101') =>
  `{"0020000D":{"vr":"UI","Value":["1.${index}"]},"00080020":{"vr":"DA","Value":["${date}"]}}`;
const instance = (index: number) => `{"00080018":{"vr":"UI","Value":["1.${index}"]}}`;
const listOf = (count: number, one: (index: number) => string, first = 0) =>
  `[${Array.from({ length: count }, (_, index) => one(first + index)).join(',')}]`;
const DAY = { studyDate: '20260101' };

describe('a packed answer', () => {
  it.each<[string, string]>([
    ['empty data sets', `[${'{},'.repeat(17_000_000)}{}]`],
    ['blanks', ' '.repeat(40 * MiB)],
  ])('of %s that unpacks to far more than was sent is not unpacked', async (_what, body) => {
    const node = await serve(zipped(body));
    const error = await failureOf(collect(node.client().searchForStudies(DAY)));
    expect(error.code).toBe('dicomweb.too-large');
    expect(error.message).toContain('packed too tightly');
  });

  it('of instances is not unpacked either', async () => {
    const bomb = Buffer.concat([multipart([], ''), Buffer.from('--b\r\n\r\n'), Buffer.alloc(40 * MiB)]);
    const node = await serve(zipped(bomb, { 'content-type': MULTIPART }));
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error.message).toContain('packed too tightly');
  });

  it('is read where it is as real answers are', async () => {
    const body = listOf(1000, (index) => study(index));
    const node = await serve((seen, response, turn) =>
      (turn === 1 ? zipped(body) : text('[]'))(seen, response, turn),
    );
    expect(await collect(node.client().searchForStudies(DAY))).toHaveLength(1000);
  });

  it('that breaks off is told from a complete one', async () => {
    const body = gzipSync(listOf(50, (index) => study(index)));
    const node = await serve(text(body.subarray(0, body.length - 20), { 'content-encoding': 'gzip' }));
    const error = await failureOf(collect(node.client().searchForStudies(DAY)));
    expect(error.code).toBe('dicomweb.malformed-answer');
  });
});

describe('a page of matches', () => {
  it('has at most 32 MiB', async () => {
    const node = await serve(text(`[${study(1)}${' '.repeat(limits.qidoPageBytes)}]`));
    const client = node.client();
    expect((await failureOf(collect(client.searchForStudies(DAY)))).code).toBe('dicomweb.too-large');
    expect((await failureOf(client.searchForInstances(STUDY))).code).toBe('dicomweb.too-large');
  });

  it('has at most 1000 studies, or twice what was asked for', async () => {
    const node = await serve(text(listOf(1001, (index) => study(index))));
    const error = await failureOf(collect(node.client().searchForStudies(DAY)));
    expect(error.code).toBe('dicomweb.too-many-matches');
    expect(error.message).toContain('more than 1000');
    const found = node.client({ qido: { paging: { pageSize: 501 } } }).searchForStudies(DAY);
    expect(await collect(found)).toHaveLength(1001);
  });

  it('that holds more makes the range of dates narrower', async () => {
    const handler: Handler = ({ url }, response) => {
      const [from, to] = (url.searchParams.get('00080020') ?? '').split('-');
      const offset = Number(url.searchParams.get('offset'));
      const days = ['20260101', '20260102'].filter((day) => day >= (from ?? '') && day <= (to ?? ''));
      const matches = days.flatMap((day) =>
        Array.from({ length: 600 }, (_, index) => study(Number(day) * 1000 + index, day)),
      );
      response.writeHead(200, JSON_TYPE).end(offset === 0 ? `[${matches.join(',')}]` : '[]');
    };
    const node = await serve(handler);
    const studyDate = { from: '20260101', to: '20260102' };
    expect(await collect(node.client().searchForStudies({ studyDate }))).toHaveLength(1200);
  });

  it('may hold all instances of a study, where a server ignores the limit, and no more than a study may have', async () => {
    const node = await serve((seen, response, turn) =>
      text(turn === 1 ? listOf(3000, instance) : '[]')(seen, response, turn),
    );
    expect(await node.client().searchForInstances(STUDY)).toHaveLength(3000);
    const most = limits.instancesPerStudy;
    const endless = await serve(({ url }, response) => {
      const offset = Number(url.searchParams.get('offset'));
      response.writeHead(200, JSON_TYPE).end(listOf(offset === 0 ? most : 1, instance, offset));
    });
    const error = await failureOf(endless.client().searchForInstances(STUDY));
    expect(error.code).toBe('dicomweb.too-large');
    expect(error.message).toContain(`more than ${most}`);
  });
});

describe('a search', () => {
  const PAGE = 50_000;
  const paging = { qido: { paging: { pageSize: PAGE } } };
  const endless =
    (date: string): Handler =>
    ({ url }, response) => {
      const offset = Number(url.searchParams.get('offset'));
      const count = Math.min(PAGE, Number(url.searchParams.get('limit')));
      response.writeHead(200, JSON_TYPE).end(listOf(count, (index) => study(index, date), offset));
    };
  const range = { studyDate: { from: '20260101', to: '20260131' } };

  it('ends at 100,000 studies and says what to narrow', async () => {
    const node = await serve(endless('20260101'));
    const error = await failureOf(collect(node.client(paging).searchForStudies(range)));
    expect(error.code).toBe('dicomweb.too-many-matches');
    expect(error.message).toContain('narrow the study date or set a limit');
    expect(node.seen).toHaveLength(3);
  }, 60_000);

  it('goes on where its caller set another limit', async () => {
    const node = await serve(endless('20260101'));
    let count = 0;
    for await (const found of node.client(paging).searchForStudies({ ...range, limit: 100_010 })) {
      count += Object.keys(found).length > 0 ? 1 : 0;
    }
    expect(count).toBe(100_010);
  }, 60_000);

  it('ends also where a server gives without end what was not asked for', async () => {
    const node = await serve(endless('20250101'));
    const error = await failureOf(collect(node.client(paging).searchForStudies(range)));
    expect(error.code).toBe('dicomweb.too-many-matches');
    expect(node.seen).toHaveLength(3);
  }, 60_000);
});

describe('metadata', () => {
  it('hold at most the instances that a study may have', async () => {
    const node = await serve(text(listOf(limits.instancesPerStudy + 1, instance)));
    const error = await failureOf(node.client().retrieveSeriesMetadata(STUDY, SERIES));
    expect(error.code).toBe('dicomweb.too-large');
  });

  it.each([
    ['data sets', '{}'],
    ['lists', '[[]]'],
  ])('of hardly anything but empty %s are not parsed', async (_what, one) => {
    const body = `[{"00081115":{"vr":"SQ","Value":[${`${one},`.repeat(500_000)}${one}]}}]`;
    const node = await serve(text(body));
    const error = await failureOf(node.client().retrieveSeriesMetadata(STUDY, SERIES));
    expect(error.code).toBe('dicomweb.too-large');
    expect(error.message).toContain('brackets');
  });

  const named = (index: number) => `"00080018":{"vr":"UI","Value":["${instanceUid(index)}"]}`;

  it('of many short attributes are read', async () => {
    const attributes = Array.from(
      { length: 200 },
      (_, index) => `"0009${(0x1000 + index).toString(16)}":{"vr":"CS"}`,
    ).join(',');
    const node = await serve(text(listOf(500, (index) => `{${named(index)},${attributes}}`)));
    expect(await node.client().retrieveSeriesMetadata(STUDY, SERIES)).toHaveLength(500);
  });

  it('of members that are no attributes are read in time', async () => {
    const node = await serve(
      text(`[{${named(1)},${Array.from({ length: 500_000 }, (_, index) => `"k${index}":1`).join(',')}}]`),
    );
    expect(await node.client().retrieveSeriesMetadata(STUDY, SERIES)).toMatchObject([
      { '00080018': { Value: [instanceUid(1)] } },
    ]);
  });
});

describe('one instance', () => {
  const bytes = file(1);
  const retrieve = (node: TestNode, maxBytes: number) =>
    node.client().retrieveInstance(STUDY, SERIES, instanceUid(1), { maxBytes });
  const bare = { 'content-type': 'application/dicom' };

  it.each<[string, Handler]>([
    ['multipart', text(multipart([bytes]), { 'content-type': MULTIPART })],
    ['a single part', text(bytes, bare)],
    ['packed', zipped(bytes, bare)],
  ])('comes whole or not at all by the caller’s bound: %s', async (_what, handler) => {
    const node = await serve(handler);
    expect(Buffer.from(await retrieve(node, bytes.length))).toEqual(bytes);
    expect((await failureOf(retrieve(node, bytes.length - 1))).code).toBe('dicomweb.too-large');
    const expecting = (known: Uint8Array) =>
      node.client().retrieveInstance(STUDY, SERIES, instanceUid(1), { known, maxBytes: bytes.length });
    expect(await expecting(bytes)).toBe(bytes);
    expect(Buffer.from(await expecting(bytes.subarray(0, 200)))).toEqual(bytes);
    expect(Buffer.from(await expecting(Buffer.alloc(bytes.length)))).toEqual(bytes);
  });

  it('that is too large is given up while it arrives', async () => {
    let sent = 0;
    const node = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': MULTIPART }).write('--b\r\n\r\n');
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(MiB))) sent += MiB;
        sent += MiB;
      };
      response.on('drain', more);
      more();
    });
    expect((await failureOf(retrieve(node, 2 * MiB))).code).toBe('dicomweb.too-large');
    expect(sent).toBeLessThan(64 * MiB);
  });
});

describe('a series of countless empty parts', () => {
  it('ends at the first of them', async () => {
    const node = await serve(
      text(Buffer.from('--b\r\n\r\n\r\n'.repeat(100_000)), { 'content-type': MULTIPART }),
    );
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error.message).toContain('a part is no DICOM file');
  });
});

describe('an error', () => {
  it.each(['DOE^JOHN', '1.2\u001b[2J', '1..2'])('names no UID that is none: %j', async (uid) => {
    const dataset = buildDataset({ SOPClassUID: '1.2', StudyInstanceUID: STUDY, SeriesInstanceUID: SERIES });
    const shaped = Buffer.from(
      encodePart10({ ...dataset, ...buildDataset({ SOPInstanceUID: '1.234567890' }) }),
    );
    // The writer refuses such a UID, so it is put in the place of another.
    const place = Buffer.from('1.234567890\0');
    const value = Buffer.alloc(place.length);
    value.write(uid, 'latin1');
    const at = shaped.lastIndexOf(place);
    value.copy(shaped, at);
    const node = await serve(text(multipart([shaped, shaped]), { 'content-type': MULTIPART }));
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error.code).toBe('dicomweb.duplicate-instance');
    expect(error.message).toMatch(/\(unreadable\)$/u);
    const foreign = await failureOf(node.client().retrieveInstance(STUDY, SERIES, '1.9'));
    expect(foreign.message).toMatch(/\(unreadable\)$/u);
    const expected = ['1.5', uid];
    const none = await serve(text('--b--\r\n', { 'content-type': MULTIPART }));
    const missing = await failureOf(collect(none.client().retrieveSeries(STUDY, SERIES, { expected })));
    expect(missing.message).toContain('2 missing: 1.5, unreadable');
  });

  it('names no media type that is none', async () => {
    const node = await serve(text('x', { 'content-type': 'doe^john/19700101' }));
    const error = await failureOf(collect(node.client().retrieveSeries(STUDY, SERIES)));
    expect(error.message).toContain('media type unreadable');
  });

  it('keeps nothing of an answer that is no HTTP', async () => {
    const node = await serve((_seen, response) => {
      response.socket?.end('HTTP/1.1 2000 DOE^JOHN\r\n\r\n');
    });
    const error = await failureOf(collect(node.client().searchForStudies(DAY)));
    expect(error.code).toBe('dicomweb.malformed-answer');
    expect(JSON.stringify(error.cause, Object.getOwnPropertyNames(error.cause))).not.toContain('DOE');
  });
});
