import { beforeEach, describe, expect, it } from '@jest/globals';
import { PrelectorError, silentLog, type Log } from '@prelector/kernel';
import { loadProfile, type ProfileOverrides } from '@prelector/profiles';
import type { DicomWebClient } from '../dicomweb-client.js';
import type { DicomWebClientOptions } from '../options.js';
import {
  failureOf,
  file,
  instanceUid,
  sendJson,
  SERIES,
  STUDY,
  TestNode,
  testNodes,
  type Handler,
} from '../test-node.testing.js';
import type { Judge } from './judge.testing.js';
import { judges } from './judges.testing.js';
import { lent } from './lent.js';
import { authentications, openAuthenticator, secretsOf, type AuthenticationSettings } from './registry.js';

const cases = Object.keys(authentications).map((kind) => {
  const judge = judges[kind as keyof typeof judges] as Judge<AuthenticationSettings>;
  return { kind, judge, hasSecret: secretsOf(judge.settings).length > 0 };
});
const secretive = cases.filter(({ hasSecret }) => hasSecret);
const old = 'canary-Of-Yesterday+/0';
const fresh = 'canary-Of-Today+/1';

const serve = testNodes();
/** What the references stand for at this moment; undefined: nothing. */
let secret: string | undefined;
let lookups: number;

beforeEach(() => {
  secret = old;
  lookups = 0;
});

/** A PACS that lets in whom the judge accepts, by the secret that the PACS knows at the moment. */
async function pacs(
  judge: Judge<AuthenticationSettings>,
  known: () => string,
  then?: Handler,
): Promise<TestNode> {
  return serve((seen, response, turn) => {
    if (!judge.accepts(seen, known()))
      response.writeHead(401, { 'www-authenticate': judge.challenge }).end('go away');
    else if (then) then(seen, response, turn);
    else if (seen.method === 'POST') sendJson(response, stored(seen.body));
    else sendJson(response, []);
  });
}

function stored(body: Buffer) {
  expect(body.includes(file(1))).toBe(true);
  const item = {
    '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
    '00081155': { vr: 'UI', Value: [instanceUid(1)] },
  };
  return { '00081199': { vr: 'SQ', Value: [item] } };
}

function open({ settings }: Judge<AuthenticationSettings>) {
  return openAuthenticator(settings, {
    profile: loadProfile('generic-strict').auth,
    secret: (reference) => {
      expect(reference).toBe('env:SECRET');
      lookups += 1;
      if (secret === undefined)
        throw new PrelectorError('secret.missing', 'transient', 'It is not there.', { scope: 'node' });
      return secret;
    },
  });
}

function clientOf(
  node: TestNode,
  judge: Judge<AuthenticationSettings>,
  options: Partial<DicomWebClientOptions> = {},
  overrides: ProfileOverrides = {},
): DicomWebClient {
  return node.client(overrides, { authenticator: open(judge), ...options });
}

const search = (client: DicomWebClient) => client.searchForSeries(STUDY);
const store = (client: DicomWebClient) =>
  client.storeInstances(STUDY, [
    { sopClassUid: '1.2.840.10008.5.1.4.1.1.7', sopInstanceUid: instanceUid(1), bytes: file(1) },
  ]);
const calls = [
  ['a search', search],
  ['metadata', (client: DicomWebClient) => client.retrieveSeriesMetadata(STUDY, SERIES)],
  ['a store', store],
] as const;

describe.each(cases)('the authenticator $kind', ({ kind, judge, hasSecret }) => {
  it('stands under its own name, and its settings are what a site may state', () => {
    const entry = authentications[kind as keyof typeof authentications];
    expect(entry.settings.parse(judge.settings)).toEqual(judge.settings);
    expect(() => entry.settings.parse({ ...judge.settings, another: 1 })).toThrow();
    expect(judge.settings.kind).toBe(kind);
  });

  it.each(calls)('lets %s in', async (_what, call) => {
    const node = await pacs(judge, () => old);
    await call(clientOf(node, judge));
    expect(node.seen).toHaveLength(1);
  });

  it.each(calls)('tries %s with a wrong credential once', async (_what, call) => {
    const node = await serve((_seen, response) =>
      response.writeHead(401, { 'www-authenticate': judge.challenge }).end(),
    );
    const error = await failureOf(call(clientOf(node, judge)));
    expect(error).toMatchObject({ code: 'dicomweb.unauthorised', scope: 'node' });
    expect(node.seen).toHaveLength(1);
  });

  it('is shown to no other origin: one of the node, where a redirect leads', async () => {
    const other = await serve((_seen, response) => sendJson(response, []));
    const node = await pacs(
      judge,
      () => old,
      (_seen, response) =>
        response.writeHead(307, { location: `${other.root}/studies/${STUDY}/series` }).end(),
    );
    const roots = { base: node.root, wado: other.root };
    const redirects = { http: { redirects: 'configured-origins' } } as const;
    expect(await search(clientOf(node, judge, { roots }, redirects))).toEqual([]);
    expect(other.seen).toHaveLength(1);
    const heard = other.seen.map(
      ({ url, headers, body }) => `${url.href} ${JSON.stringify(headers)} ${body.toString('latin1')}`,
    );
    for (const trace of judge.traces(old)) expect(heard.join()).not.toContain(trace);
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is asked nothing by an origin that refuses what was not shown to it', async () => {
    const other = await serve((_seen, response) => response.writeHead(401).end());
    const node = await pacs(
      judge,
      () => old,
      (_seen, response) => response.writeHead(307, { location: `${other.root}/studies` }).end(),
    );
    const roots = { base: node.root, wado: other.root };
    const redirects = { http: { redirects: 'configured-origins' } } as const;
    const client = clientOf(node, judge, { roots }, redirects);
    secret = fresh;
    expect((await failureOf(search(client))).code).toBe('dicomweb.unauthorised');
    expect([node.seen.length, other.seen.length]).toEqual([1, 1]);
  });

  it.each(['never', 'configured-origins'] as const)(
    'is shown to no foreign origin, with redirects %s',
    async (redirects) => {
      const foreign = await serve((_seen, response) => sendJson(response, []));
      const node = await pacs(
        judge,
        () => old,
        (_seen, response) => response.writeHead(302, { location: `${foreign.root}/studies` }).end(),
      );
      for (const call of [search, store])
        await failureOf(call(clientOf(node, judge, {}, { http: { redirects } })));
      expect(foreign.seen).toEqual([]);
    },
  );

  it('is signed anew for each address at its own origin', async () => {
    const node = await pacs(
      judge,
      () => old,
      (seen, response) => {
        if (seen.url.pathname.startsWith('/there')) sendJson(response, []);
        else response.writeHead(308, { location: '/there' }).end();
      },
    );
    const redirects = { http: { redirects: 'configured-origins' } } as const;
    expect(await search(clientOf(node, judge, {}, redirects))).toEqual([]);
    expect(node.seen).toHaveLength(2);
  });

  it('signs, where it is lent, what reads at the addresses of the node alone', async () => {
    const roots = { base: 'https://pacs.example/dicom-web', wado: 'https://images.example:8443/' };
    const loan = lent(open(judge), roots);
    const signs = (method: 'GET' | 'POST', url: string) =>
      loan.sign({ method, url: new URL(url), headers: {}, bodySha256: () => '' });
    const seen = async (url: string) => ({
      method: 'GET',
      url: new URL(url),
      headers: { ...(await signs('GET', url)) },
      body: Buffer.alloc(0),
    });
    for (const url of ['https://pacs.example/dicom-web/studies', 'https://images.example:8443/x'])
      expect(judge.accepts(await seen(url), old)).toBe(true);
    for (const url of [
      'https://pacs.example:444/dicom-web/studies',
      'http://pacs.example/dicom-web/studies',
      'https://pacs.example.evil.example/dicom-web',
      'https://images.example/x',
    ])
      await expect(signs('GET', url)).rejects.toMatchObject({ code: 'dicomweb.not-signed' });
    await expect(signs('POST', `${roots.base}/studies`)).rejects.toMatchObject({
      code: 'dicomweb.not-signed',
    });
  });

  it('stands in no error and no log line', async () => {
    const lines: string[] = [];
    const note = (message: string, fields?: object) =>
      void lines.push(`${message} ${JSON.stringify(fields)}`);
    const log: Log = { ...silentLog, debug: note, info: note, warn: note, error: note, child: () => log };
    const echo: Handler = (seen, response) =>
      response
        .writeHead(401, { 'www-authenticate': String(seen.headers.authorization) })
        .end(seen.headers.authorization);
    const node = await serve(echo);
    for (const call of [search, store]) {
      const error = await failureOf(call(clientOf(node, judge, { log })));
      lines.push(`${error.stack} ${String(error.cause)}`);
    }
    for (const trace of judge.traces(old)) expect(lines.join('\n')).not.toContain(trace);
  });

  if (!hasSecret) it('looks nothing up', () => expect((open(judge), lookups)).toBe(0));
});

describe.each(secretive)('the authenticator $kind, whose secret changes', ({ judge }) => {
  it.each(calls)('is renewed for %s that is refused, and tries it once more', async (_what, call) => {
    const node = await pacs(judge, () => fresh);
    const client = clientOf(node, judge);
    secret = fresh;
    await call(client);
    expect(node.seen).toHaveLength(2);
    await call(client);
    expect(node.seen).toHaveLength(3);
  });

  it.each(calls)('gives %s up when the new one is refused, too', async (_what, call) => {
    const node = await pacs(judge, () => 'neither of them');
    const client = clientOf(node, judge);
    secret = fresh;
    expect((await failureOf(call(client))).code).toBe('dicomweb.unauthorised');
    expect(node.seen).toHaveLength(2);
  });

  it('keeps what it has until a server refuses it', async () => {
    const node = await pacs(judge, () => old);
    const client = clientOf(node, judge);
    secret = fresh;
    await search(client);
    expect(node.seen).toHaveLength(1);
  });

  it('is renewed once for all requests that are under way', async () => {
    const refused: (() => void)[] = [];
    const node = await serve((seen, response) => {
      if (judge.accepts(seen, fresh)) {
        sendJson(response, []);
        return;
      }
      refused.push(() => response.writeHead(401, { 'www-authenticate': judge.challenge }).end());
      if (refused.length === 8) for (const refuse of refused) refuse();
    });
    const client = clientOf(node, judge, {}, { http: { maxConcurrent: 8 } });
    secret = fresh;
    const before = lookups;
    await Promise.all(Array.from({ length: 8 }, () => search(client)));
    expect(lookups - before).toBe(1);
    expect(node.seen).toHaveLength(16);
  });

  it.each([
    ['a search', search],
    ['a store', store],
  ])('that is not there when it is needed again leaves no doubt about %s', async (_what, call) => {
    const node = await pacs(judge, () => fresh);
    const client = clientOf(node, judge);
    secret = undefined;
    expect(await failureOf(call(client))).toMatchObject({ code: 'secret.missing', scope: 'node' });
    secret = fresh;
    await call(client);
    expect(node.seen).toHaveLength(3);
  });
});
