import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { anonymous } from './authentication/none.js';
import { collect } from './collect.js';
import { readMultipart } from './read-multipart.js';
import type { InstanceToStore } from './store.js';
import {
  failureOf,
  file,
  instanceUid,
  sendJson,
  STUDY,
  TestNode,
  type Handler,
} from './test-node.testing.js';

let nodes: TestNode[] = [];
let sockets: Server[] = [];

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  for (const server of sockets) server.close();
  nodes = [];
  sockets = [];
});

async function serve(handler: Handler): Promise<TestNode> {
  const node = await TestNode.start(handler);
  nodes.push(node);
  return node;
}

const toStore = (index: number, bytes: Buffer = file(index)): InstanceToStore => ({
  sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
  sopInstanceUid: instanceUid(index),
  bytes,
});
const stored = (...indexes: number[]) => ({
  '00081199': {
    vr: 'SQ',
    Value: indexes.map((index) => ({ '00081155': { vr: 'UI', Value: [instanceUid(index)] } })),
  },
});
const plain = (status: number, text = ''): Handler => {
  return (_seen, response) => response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
};

/** Another credential is there whenever one is refused. */
const renewing = { ...anonymous, refused: async () => 'renewed' as const };

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function contentsOf(node: TestNode, turn = 0): Promise<Buffer[]> {
  const seen = node.seen[turn];
  if (!seen) throw new Error('no such request');
  const body = (async function* () {
    yield new Uint8Array(seen.body);
  })();
  const parts = await collect(readMultipart(body, seen.headers['content-type']));
  return parts.map((part) => Buffer.from(part.bytes));
}

describe('a store request', () => {
  it('carries the files as they are, its length said beforehand', async () => {
    const node = await serve((_seen, response) => sendJson(response, stored(1, 2)));
    const client = node.client({ stow: { maxInstances: 10 } });
    const response = await client.storeInstances(STUDY, [toStore(1), toStore(2)]);
    expect([...response.instances]).toEqual([
      [instanceUid(1), { state: 'stored' }],
      [instanceUid(2), { state: 'stored' }],
    ]);
    const [seen] = node.seen;
    expect(seen?.method).toBe('POST');
    expect(seen?.url.pathname).toBe('/dicom-web/studies/1.2.3');
    expect(seen?.url.search).toBe('');
    expect(seen?.headers).toMatchObject({
      accept: 'application/dicom+json',
      'content-length': `${seen?.body.length}`,
    });
    expect(seen?.headers['content-type']).toMatch(
      /^multipart\/related; type="application\/dicom"; boundary=[\w-]+$/u,
    );
    expect(seen?.headers['transfer-encoding']).toBeUndefined();
    expect(await contentsOf(node)).toEqual([file(1), file(2)]);
  });

  it('takes the form that the profile gives', async () => {
    const node = await serve((_seen, response) => sendJson(response, stored(1)));
    const stow = { path: 'base', quoteType: false, quoteBoundary: true, transfer: 'chunked' } as const;
    await node.client({ stow }).storeInstances(STUDY, [toStore(1)]);
    const [seen] = node.seen;
    expect(seen?.url.pathname).toBe('/dicom-web/studies');
    expect(seen?.headers['content-type']).toMatch(/type=application\/dicom; boundary="[\w-]+"$/u);
    expect(seen?.headers['transfer-encoding']).toBe('chunked');
    expect(await contentsOf(node)).toEqual([file(1)]);
  });

  it('names no study when none was given', async () => {
    const node = await serve((_seen, response) => sendJson(response, stored(1)));
    await node.client().storeInstances(undefined, [toStore(1)]);
    expect(node.seen[0]?.url.pathname).toBe('/dicom-web/studies');
  });

  it('holds no more instances and bytes than the profile allows', async () => {
    const node = await serve((_seen, response, turn) =>
      sendJson(response, stored(turn), turn === 2 ? 202 : 200),
    );
    const response = await node.client().storeInstances(STUDY, [toStore(1), toStore(2), toStore(3)]);
    expect(node.seen).toHaveLength(3);
    expect(response.status).toBe(202);
    expect(response.instances.size).toBe(3);
    const small = node.client({ stow: { maxInstances: 10, maxBytes: file(1).length * 2 } });
    await small.storeInstances(STUDY, [toStore(1), toStore(2), toStore(3)]);
    expect(node.seen).toHaveLength(5);
    const tiny = node.client({ stow: { maxBytes: 10 } });
    expect((await failureOf(tiny.storeInstances(STUDY, [toStore(1)]))).code).toBe('dicomweb.too-large');
  });

  it('is sent again whole after a refused token', async () => {
    const node = await serve((_seen, response, turn) => {
      if (turn === 1) response.writeHead(401).end();
      else sendJson(response, stored(1));
    });
    await node.client({}, { authenticator: renewing }).storeInstances(STUDY, [toStore(1)]);
    expect(await contentsOf(node, 1)).toEqual([file(1)]);
  });

  it('asks for leave when its connection stands, anew for each time it is sent, and sends nothing without', async () => {
    const node = await serve((_seen, response, turn) => {
      if (turn === 1) response.writeHead(401).end();
      else sendJson(response, stored(1));
    });
    const seen: number[] = [];
    const leave = async () => void seen.push(node.seen.length);
    await node.client({}, { authenticator: renewing }).storeInstances(STUDY, [toStore(1)], { leave });
    expect(seen).toEqual([0, 1]);
    const refusal = new Error('not now');
    const refuse = () => Promise.reject(refusal);
    const client = node.client();
    await expect(client.storeInstances(STUDY, [toStore(1)], { leave: refuse })).rejects.toBe(refusal);
    expect(node.seen).toHaveLength(2);
  });

  it('asks for leave only when a connection is free for it', async () => {
    const answers: (() => void)[] = [];
    const node = await serve((_seen, response) => answers.push(() => sendJson(response, stored(1))));
    const client = node.client({ http: { maxConcurrent: 1 } });
    const asked: number[] = [];
    const store = (index: number) =>
      client.storeInstances(STUDY, [toStore(index)], { leave: async () => void asked.push(index) });
    const first = store(1);
    const second = store(2);
    await until(() => answers.length === 1);
    expect(asked).toEqual([1]);
    answers[0]?.();
    await until(() => answers.length === 2);
    expect(asked).toEqual([1, 2]);
    answers[1]?.();
    await Promise.all([first, second]);
  });

  it('is not made by whoever must not store, nor to a server that takes none', async () => {
    const node = await serve((_seen, response) => sendJson(response, stored(1)));
    for (const client of [node.client({}, { mayStore: false }), node.client({ stow: { enabled: false } })]) {
      expect((await failureOf(client.storeInstances(STUDY, [toStore(1)]))).code).toBe(
        'dicomweb.store-not-allowed',
      );
    }
    expect(node.seen).toHaveLength(0);
  });
});

describe('the outcome of a store', () => {
  it.each([200, 202, 400, 409])('is unknown for an instance that a %i does not name', async (status) => {
    const node = await serve((_seen, response) => sendJson(response, stored(9), status));
    const { instances } = await node.client().storeInstances(STUDY, [toStore(1)]);
    expect([...instances]).toEqual([[instanceUid(1), { state: 'unknown' }]]);
  });

  it.each([200, 204, 400, 409])('is unknown after a %i without a body', async (status) => {
    const node = await serve(plain(status));
    const response = await node.client().storeInstances(STUDY, [toStore(1)]);
    expect(response).toMatchObject({ status, text: 'the answer has no body' });
    expect(response.instances.get(instanceUid(1))).toEqual({ state: 'unknown' });
  });

  it('names what the server says it stored without having been sent it, and where it stands', async () => {
    const at = { study: '1.2.9', series: '1.2.9.1', instance: instanceUid(1) };
    const url = `http://pacs.test/rs/studies/${at.study}/series/${at.series}/instances/${at.instance}`;
    const node = await serve((_seen, response) => {
      const answer = stored(1, 9);
      Object.assign(answer['00081199'].Value[0] as object, { '00081190': { vr: 'UR', Value: [url] } });
      sendJson(response, answer);
    });
    const { instances, others } = await node.client().storeInstances(STUDY, [toStore(1)]);
    expect([...instances]).toEqual([[instanceUid(1), { state: 'stored', at }]]);
    expect(others).toEqual([instanceUid(9)]);
  });

  it('is read from a failing status when its body names instances', async () => {
    const node = await serve((_seen, response) => sendJson(response, stored(1), 503));
    const { instances } = await node.client().storeInstances(STUDY, [toStore(1)]);
    expect(instances.get(instanceUid(1))).toEqual({ state: 'stored' });
  });

  it.each([
    [401, 'dicomweb.unauthorised', 'permanent'],
    [403, 'dicomweb.forbidden', 'permanent'],
    [413, 'dicomweb.too-large', 'permanent'],
    [415, 'dicomweb.media-type-refused', 'permanent'],
    [429, 'dicomweb.busy', 'transient'],
    [503, 'dicomweb.busy', 'transient'],
    [500, 'dicomweb.store-unconfirmed', 'ambiguous'],
    [504, 'dicomweb.store-unconfirmed', 'ambiguous'],
  ])('after a bare %i is %s, %s, after one request', async (status, code, recovery) => {
    const node = await serve(plain(status, 'oops'));
    const error = await failureOf(node.client().storeInstances(STUDY, [toStore(1)]));
    expect(error).toMatchObject({ code, recovery });
    expect(node.seen).toHaveLength(1);
  });

  it('is open when the connection is lost behind the request', async () => {
    const node = await serve((_seen, response) => response.destroy());
    const error = await failureOf(node.client().storeInstances(STUDY, [toStore(1)]));
    expect(error).toMatchObject({ code: 'dicomweb.store-unconfirmed', recovery: 'ambiguous' });
    expect(node.seen).toHaveLength(1);
  });

  it('is open when the connection is lost within the request, or the answer', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    sockets.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const node = await serve((_seen, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy());
    });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const client of [node.client({}, { roots: { base } }), node.client()]) {
      const error = await failureOf(client.storeInstances(STUDY, [toStore(1, Buffer.alloc(5_000_000))]));
      expect(error.code).toBe('dicomweb.store-unconfirmed');
    }
  });

  it('is open when no answer came in time', async () => {
    const node = await serve(() => undefined);
    const client = node.client({}, { timeouts: { totalMs: 150 } });
    const error = await failureOf(client.storeInstances(STUDY, [toStore(1)]));
    expect(error.code).toBe('dicomweb.store-unconfirmed');
  });

  it('is plain when nobody listens: nothing was sent', async () => {
    const node = await serve(plain(200));
    await node.stop();
    nodes = [];
    const client = node.client();
    const error = await failureOf(client.storeInstances(STUDY, [toStore(1)]));
    expect(error).toMatchObject({ code: 'dicomweb.unreachable', recovery: 'transient' });
    await client.close();
  });

  it('never follows a redirect', async () => {
    const node = await serve((_seen, response) =>
      response.writeHead(307, { location: '/dicom-web/other' }).end(),
    );
    const client = node.client({ http: { redirects: 'configured-origins' } });
    const error = await failureOf(client.storeInstances(STUDY, [toStore(1)]));
    expect(error.code).toBe('dicomweb.redirect-refused');
    expect(node.seen).toHaveLength(1);
  });
});
