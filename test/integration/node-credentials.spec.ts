import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asPrelectorError, silentLog } from '@prelector/kernel';
import type { Ledger } from '@prelector/ledger';
import { NodeCircuits, NodeClients, SiteView } from '@prelector/pipeline';
import { resolveSecret } from '@prelector/platform';
import { certificateAuthority } from './hl7-certificates.testing.js';
import { by, some, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
let folder: string;
beforeAll(async () => {
  ({ ledger, close } = await testLedger());
  folder = await mkdtemp(join(tmpdir(), 'prelector-secrets-'));
});
afterAll(async () => {
  await close?.();
  await rm(folder, { recursive: true, force: true });
});

const authority = certificateAuthority('Hospital CA');
const ours = authority.issue('prelector');
const basic = (password: string) => `Basic ${Buffer.from(`ai:${password}`).toString('base64')}`;

describe('a secret that is written anew in its file', () => {
  const file = () => join(folder, 'secret');
  const keep = (secret: string) => writeFile(file(), secret);
  /** Authorization headers as they came; undefined where there was none. */
  let seen: (string | undefined)[];
  let servers: Server[];
  let clients: NodeClients | undefined;

  beforeEach(() => {
    seen = [];
    servers = [];
  });
  afterEach(async () => {
    await clients?.close();
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });

  /** A server that lets in whoever sends this header. */
  async function listen(accepted: string | undefined | (() => string), tls = false): Promise<string> {
    const answer: RequestListener = (request, response) => {
      seen.push(request.headers.authorization);
      const wanted = typeof accepted === 'function' ? accepted() : accepted;
      const isAccepted = request.headers.authorization === wanted;
      response
        .writeHead(isAccepted ? 200 : 401, { 'content-type': 'application/dicom+json', connection: 'close' })
        .end(isAccepted ? '[]' : '');
    };
    const identity = { ...authority.issue('pacs'), ca: authority.cert, requestCert: true };
    const server = tls ? createTlsServer(identity, answer) : createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web`;
  }

  /** The clients of one node of these settings, and a search by them: its error's code, or `found`. */
  async function nodeWith(base: string, settings: object) {
    const body = { name: 'pacs', profile: 'generic-strict', roots: { base }, allowHttp: true, ...settings };
    await ledger.transaction((tx) => tx.configurationChanges.apply({ nodes: [{ name: 'pacs', body }] }, by));
    const site = new SiteView(ledger, silentLog);
    await site.refresh();
    const { id } = some([...site.current.nodes.values()][0]);
    const secrets = (reference: string) => resolveSecret(reference, {});
    const made = new NodeClients(site, new NodeCircuits(), secrets, silentLog, true);
    clients = made;
    const search = (purpose: 'read' | 'store' = 'read') =>
      made[purpose](id, (client) => client.searchForSeries('1.2.3')).then(
        () => 'found',
        (thrown: unknown) => asPrelectorError(thrown).code,
      );
    return { id, made, search };
  }

  const secret = () => `file:${file()}`;
  const kinds = {
    basic: { auth: () => ({ kind: 'basic', username: 'ai', password: secret() }), sent: basic },
    bearer: { auth: () => ({ kind: 'bearer', token: secret() }), sent: (token: string) => `Bearer ${token}` },
  };

  it.each(['basic', 'bearer'] as const)(
    'is used at once for %s, and the old one never again',
    async (kind) => {
      const { auth, sent } = kinds[kind];
      await keep('old');
      const { search } = await nodeWith(await listen(sent('new')), { auth: auth() });
      expect(await search()).toBe('dicomweb.unauthorised');
      expect(await search()).toBe('node.account-refused');
      const before = seen.length;
      expect(new Set(seen)).toEqual(new Set([sent('old')]));
      await keep('new\n');
      expect(await search()).toBe('found');
      expect(new Set(seen.slice(before))).toEqual(new Set([sent('new')]));
    },
  );

  it.each(['basic', 'bearer'] as const)('counts as refused by itself alone: %s', async (kind) => {
    const { auth, sent } = kinds[kind];
    await keep('right');
    const { search } = await nodeWith(await listen(sent('right')), { auth: auth() });
    expect(await search()).toBe('found');
    await keep('wrong');
    expect(await search()).toBe('dicomweb.unauthorised');
    expect(await search()).toBe('node.account-refused');
    await keep('right');
    expect(await search()).toBe('found');
    expect(await search()).toBe('found');
  });

  it('is used for storing where that has an account of its own', async () => {
    await keep('old');
    const base = await listen(basic('new'));
    const { search } = await nodeWith(base, { storeAuth: kinds.basic.auth() });
    expect(await search('store')).toBe('dicomweb.unauthorised');
    await keep('new');
    expect(await search('store')).toBe('found');
  });

  it('is given to a runner as it was when the node was found to be open to it', async () => {
    await keep('old');
    const base = await listen(basic('new'));
    const { id, made } = await nodeWith(base, { auth: kinds.basic.auth() });
    const request = {
      method: 'GET',
      url: new URL('studies', base),
      headers: {},
      bodySha256: () => '',
    } as const;
    const signature = () => made.guard(id, ({ authenticator }) => authenticator.sign(request));
    await expect(signature()).rejects.toMatchObject({ code: 'dicomweb.unauthorised' });
    await keep('new');
    expect(await signature()).toEqual({ authorization: basic('new') });
  });

  it('is used for TLS, too', async () => {
    const [other] = [authority.issue('another')];
    await keep(other.key);
    const tls = { ca: authority.cert, cert: ours.cert, key: secret() };
    const { search } = await nodeWith(await listen(undefined, true), { tls });
    expect(await search()).not.toBe('found');
    await keep(ours.key);
    expect(await search()).toBe('found');
  });

  it('may be the authority of the server and our certificate, too', async () => {
    const another = certificateAuthority('Another CA');
    const [ca, cert] = [join(folder, 'ca'), join(folder, 'cert')];
    await Promise.all([keep(ours.key), writeFile(ca, another.cert), writeFile(cert, ours.cert)]);
    const tls = { ca: `file:${ca}`, cert: `file:${cert}`, key: secret() };
    const { search } = await nodeWith(await listen(undefined, true), { tls });
    expect(await search()).toBe('dicomweb.tls');
    await writeFile(ca, authority.cert);
    expect(await search()).toBe('found');
    const next = authority.issue('prelector');
    await writeFile(cert, next.cert);
    expect(await search()).toBe('dicomweb.tls');
    await keep(next.key);
    expect(await search()).toBe('found');
  });

  it('is taken by a call that is under way when the server refuses the old one, once for all its requests', async () => {
    await keep('old');
    let accepted = 'old';
    const base = await listen(() => basic(accepted));
    const { id, made, search } = await nodeWith(base, { auth: kinds.basic.auth() });
    expect(await search()).toBe('found');
    seen = [];
    const found = await made.read(id, async (client) => {
      await client.searchForSeries('1.2.3');
      accepted = 'new';
      await keep('new');
      return Promise.all(['1.2.3', '1.2.4', '1.2.5'].map((study) => client.searchForSeries(study)));
    });
    expect(found).toEqual([[], [], []]);
    expect(seen.filter((sent) => sent === basic('new'))).toHaveLength(3);
    expect(await search()).toBe('found');
    expect(seen.filter((sent) => sent === basic('old'))).toHaveLength(4);
  });

  it('lets what is under way with the old one come to its end', async () => {
    await keep('right');
    const { id, made, search } = await nodeWith(await listen(basic('right')), { auth: kinds.basic.auth() });
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const long = made.read(id, async (client) => {
      begun.resolve();
      await go.promise;
      return client.searchForSeries('1.2.3');
    });
    await begun.promise;
    await keep('another');
    expect(await search()).toBe('dicomweb.unauthorised');
    go.resolve();
    expect(await long).toEqual([]);
  });

  it('holds the node up and no study while it is not there', async () => {
    await keep('');
    const { id, made, search } = await nodeWith(await listen(basic('right')), { auth: kinds.basic.auth() });
    await expect(made.read(id, async () => 'called')).rejects.toMatchObject({
      code: 'secret.missing',
      recovery: 'transient',
      scope: 'node',
    });
    expect(seen).toEqual([]);
    await keep('right');
    expect(await search()).toBe('found');
  });
});
