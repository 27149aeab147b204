import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import { anonymous } from './authentication/none.js';
import { openAuthenticator } from './authentication/registry.js';
import { collect } from './collect.js';
import { DicomWebClient } from './dicomweb-client.js';
import { failureOf, sendJson, STUDY, TestNode, type Handler } from './test-node.testing.js';

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

const search = (client: DicomWebClient) => collect(client.searchForStudies({ studyInstanceUid: STUDY }));
const status = (code: number, headers: Record<string, string> = {}): Handler => {
  return (_seen, response) => response.writeHead(code, headers).end();
};

describe('credentials', () => {
  const auth = loadProfile('generic-strict').auth;
  const bearer = (secret: () => string, profile = auth) =>
    openAuthenticator({ kind: 'bearer', token: 'env:TOKEN' }, { secret, profile });

  it('go along as Basic', async () => {
    const node = await serve((_seen, response) => sendJson(response, []));
    const settings = { kind: 'basic', username: 'u', password: 'env:PASSWORD' } as const;
    const authenticator = openAuthenticator(settings, { secret: () => 'pä', profile: auth });
    await search(node.client({}, { authenticator }));
    expect(node.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:pä').toString('base64')}`);
  });

  it('are asked for anew once when the token is refused', async () => {
    const node = await serve((seen, response) => {
      if (seen.headers.authorization === 'Bearer new') sendJson(response, []);
      else response.writeHead(401).end();
    });
    const tokens = ['old', 'new'];
    const authenticator = bearer(() => tokens.shift() ?? 'none');
    expect(await search(node.client({}, { authenticator }))).toEqual([]);
    expect(tokens).toEqual([]);
  });

  it('that stay refused end in a permanent error after two requests', async () => {
    const node = await serve(status(401));
    const tokens = ['old', 'new'];
    const client = node.client({}, { authenticator: bearer(() => tokens.shift() ?? 'none') });
    const error = await failureOf(search(client));
    expect(error).toMatchObject({ code: 'dicomweb.unauthorised', recovery: 'permanent' });
    expect(node.seen).toHaveLength(2);
  });

  it('are renewed for the statuses that the profile names', async () => {
    const node = await serve((_seen, response, turn) => {
      if (turn > 1) sendJson(response, []);
      else response.writeHead(403).end();
    });
    const tokens = ['old', 'new'];
    const authenticator = bearer(() => tokens.shift() ?? 'none');
    expect(await search(node.client({ auth: { refreshOn: [401, 403] } }, { authenticator }))).toEqual([]);
  });

  it('are a bare key where the profile says so', async () => {
    const node = await serve((_seen, response) => sendJson(response, []));
    const authenticator = bearer(() => 'key', { ...auth, tokenScheme: 'raw' });
    await search(node.client({}, { authenticator }));
    expect(node.seen[0]?.headers.authorization).toBe('key');
  });

  it.each([
    ['a value', { authorization: 'a\r\nx: y' }],
    ['a name', { 'x-key: z\r\ny': 'a' }],
    ['nothing', { authorization: '' }],
  ])('that would break out of the header are not sent: %s', async (_what, signature) => {
    const node = await serve((_seen, response) => sendJson(response, []));
    const authenticator = { ...anonymous, sign: () => Promise.resolve(signature) };
    const client = node.client({}, { authenticator });
    expect(await failureOf(search(client))).toMatchObject({ code: 'dicomweb.configuration', scope: 'node' });
    expect(node.seen).toHaveLength(0);
  });
});

describe('a search that fails', () => {
  it.each([
    [400, 'dicomweb.refused', 'permanent', 1],
    [403, 'dicomweb.forbidden', 'permanent', 1],
    [404, 'dicomweb.not-found', 'transient', 1],
    [406, 'dicomweb.not-acceptable', 'permanent', 1],
    [429, 'dicomweb.busy', 'transient', 3],
    [500, 'dicomweb.server-error', 'transient', 3],
    [503, 'dicomweb.busy', 'transient', 3],
  ])('with %i is %s, %s, after %i requests', async (code, expected, recovery, requests) => {
    const node = await serve(status(code));
    expect(await failureOf(search(node.client()))).toMatchObject({ code: expected, recovery });
    expect(node.seen).toHaveLength(requests);
  });

  it('once is asked again', async () => {
    const node = await serve((_seen, response, turn) => {
      if (turn < 3) response.writeHead(503, { 'retry-after': '0' }).end('busy');
      else sendJson(response, []);
    });
    expect(await search(node.client())).toEqual([]);
  });

  it('and asks for a long pause leaves it to the ledger', async () => {
    for (const after of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const node = await serve(status(503, { 'retry-after': after }));
      expect((await failureOf(search(node.client()))).code).toBe('dicomweb.busy');
      expect(node.seen).toHaveLength(1);
    }
  });

  it('and names a time of its own clock is taken by that clock', async () => {
    const hourBehind = new Date(Date.now() - 3_600_000).toUTCString();
    const hourAhead = new Date(Date.now() + 3_600_000).toUTCString();
    for (const now of [hourBehind, hourAhead]) {
      const node = await serve((_seen, response, turn) => {
        if (turn === 1) response.writeHead(503, { date: now, 'retry-after': now }).end('busy');
        else sendJson(response, []);
      });
      expect(await search(node.client())).toEqual([]);
    }
  });

  it('because the connection was lost is asked again', async () => {
    const node = await serve((_seen, response, turn) => {
      if (turn === 1) response.destroy();
      else sendJson(response, []);
    });
    expect(await search(node.client())).toEqual([]);
    expect(node.seen).toHaveLength(2);
  });

  it('because nothing listens is unreachable', async () => {
    const node = await serve(status(200));
    const client = node.client();
    await node.stop();
    nodes = [];
    const again = new DicomWebClient({ ...options(node), roots: { base: node.root } });
    expect(await failureOf(search(again))).toMatchObject({
      code: 'dicomweb.unreachable',
      recovery: 'transient',
    });
    await again.close();
    expect((await failureOf(search(client))).code).toBe('dicomweb.aborted');
  });

  it('because no answer comes ends in time', async () => {
    const node = await serve(() => undefined);
    const client = node.client({}, { timeouts: { totalMs: 150 } });
    expect(await failureOf(search(client))).toMatchObject({
      code: 'dicomweb.timeout',
      recovery: 'transient',
    });
  });

  it('because its body stands still ends in time', async () => {
    const node = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('[');
    });
    const client = node.client({}, { timeouts: { totalMs: 150 } });
    expect((await failureOf(search(client))).code).toBe('dicomweb.timeout');
  });

  it.each<[string, { headersMs?: number; idleBodyMs?: number }, boolean]>([
    ['no header comes', { headersMs: 200 }, false],
    ['its body idles', { idleBodyMs: 200 }, true],
  ])('because %s ends by that limit', async (_what, timeouts, begins) => {
    const node = await serve((_seen, response) => {
      if (begins) response.writeHead(200, { 'content-type': 'application/json' }).write('[');
    });
    expect((await failureOf(search(node.client({}, { timeouts })))).code).toBe('dicomweb.timeout');
  });

  it('because we gave it up is said so', async () => {
    const node = await serve(() => undefined);
    const signal = AbortSignal.abort();
    const found = collect(node.client().searchForStudies({ studyInstanceUid: STUDY }, { signal }));
    expect((await failureOf(found)).code).toBe('dicomweb.aborted');
  });

  it('because the answer is no HTTP is malformed', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n')));
    sockets.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const node = await serve(status(200));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = node.client({}, { roots: { base } });
    expect((await failureOf(search(client))).code).toBe('dicomweb.malformed-answer');
  });
});

describe('an answer', () => {
  it('that is a web page is called one', async () => {
    const node = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in</html>');
    });
    expect((await failureOf(search(node.client()))).code).toBe('dicomweb.login-page');
  });

  it('that is no JSON is malformed, and its text is not repeated', async () => {
    const node = await serve((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"00100010": DOE^JANE');
    });
    const error = await failureOf(search(node.client()));
    expect(error.code).toBe('dicomweb.malformed-answer');
    expect(`${error.message}${String(error.cause)}`).not.toContain('DOE');
  });

  it('that was compressed unasked is read', async () => {
    const node = await serve((_seen, response, turn) => {
      const body = turn === 1 ? [{ '0020000D': { vr: 'UI', Value: [STUDY] } }] : [];
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      response.writeHead(200, headers).end(gzipSync(JSON.stringify(body)));
    });
    expect(await search(node.client())).toHaveLength(1);
  });
});

describe('a redirect', () => {
  it('is refused unless the profile allows it', async () => {
    const node = await serve(status(302, { location: '/elsewhere' }));
    expect(await failureOf(search(node.client()))).toMatchObject({
      code: 'dicomweb.redirect-off',
      scope: 'node',
    });
    expect(node.seen).toHaveLength(1);
  });

  it('to a foreign origin is refused always, and no request goes there', async () => {
    const foreign = await serve((_seen, response) => sendJson(response, []));
    const node = await serve(status(307, { location: `${foreign.root}/studies` }));
    const client = node.client({ http: { redirects: 'configured-origins' } });
    expect((await failureOf(search(client))).code).toBe('dicomweb.redirect-refused');
    expect(foreign.seen).toHaveLength(0);
  });

  it('to another configured root is followed without the credentials', async () => {
    const other = await serve((_seen, response) => sendJson(response, []));
    const node = await serve(status(307, { location: `${other.root}/studies` }));
    const client = node.client(
      { http: { redirects: 'configured-origins' } },
      {
        roots: { base: node.root, wado: other.root },
        authenticator: { ...anonymous, sign: () => Promise.resolve({ authorization: 'Bearer t' }) },
      },
    );
    expect(await search(client)).toEqual([]);
    expect(node.seen[0]?.headers.authorization).toBeDefined();
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('in a circle ends', async () => {
    const node = await serve(status(302, { location: '/dicom-web/studies' }));
    const client = node.client({ http: { redirects: 'configured-origins' } });
    expect((await failureOf(search(client))).code).toBe('dicomweb.redirect-refused');
  });
});

describe('an address', () => {
  it.each([
    ['no-url', true],
    ['ftp://host/x', true],
    ['http://host/x', false],
    ['https://u:p@host/x', false],
    ['https://host/x?y=1', false],
  ])('%s is refused (plain http allowed: %p)', (base, allowHttp) => {
    expect(() => new DicomWebClient({ ...options(undefined), roots: { base }, allowHttp })).toThrow(
      expect.objectContaining({ code: 'dicomweb.configuration' }),
    );
  });

  it('may end in a slash, and each service may have its own', async () => {
    const node = await serve((_seen, response) => sendJson(response, []));
    await search(node.client({}, { roots: { base: node.root, qido: `${node.origin}/q/` } }));
    expect(node.seen[0]?.url.pathname).toBe('/q/studies');
  });
});

function options(node: TestNode | undefined) {
  return {
    profile: loadProfile('generic-strict'),
    roots: { base: node?.root ?? 'https://127.0.0.1/' },
    allowHttp: true,
    mayStore: false,
    log: silentLog,
  };
}
