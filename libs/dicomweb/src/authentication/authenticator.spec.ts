import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  failureOf,
  file,
  instanceUid,
  sendJson,
  STUDY,
  testNodes,
  type Handler,
} from '../test-node.testing.js';
import type { Authenticator } from './authenticator.js';

const serve = testNodes();

const hashOf = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const stored = { '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: [instanceUid(1)] } }] } };
const answer: Handler = (seen, response) => sendJson(response, seen.method === 'POST' ? stored : []);
const instance = { sopClassUid: '1.2.840.10008.5.1.4.1.1.7', sopInstanceUid: instanceUid(1), bytes: file(1) };

describe('an authenticator', () => {
  it('may sign method, address, headers and body of each request', async () => {
    const sealOf = (parts: readonly string[]) =>
      createHmac('sha256', 'key').update(parts.join('\n')).digest('hex');
    const signing: Authenticator = {
      sign: async ({ method, url, headers, bodySha256 }) => ({
        'x-seal': sealOf([
          method,
          `${url.pathname}${url.search}`,
          headers['accept'] ?? '',
          headers['x-site'] ?? '',
          bodySha256(),
        ]),
      }),
      refused: async () => 'wrong-credential',
    };
    const node = await serve((seen, response, turn) => {
      const { method, url, headers, body } = seen;
      const said = [
        method,
        `${url.pathname}${url.search}`,
        `${headers.accept}`,
        String(headers['x-site']),
        hashOf(body),
      ];
      if (headers['x-seal'] === sealOf(said)) answer(seen, response, turn);
      else response.writeHead(401).end();
    });
    const client = node.client({ http: { extraHeaders: { 'X-Site': 'here' } } }, { authenticator: signing });
    expect(await client.searchForSeries(STUDY)).toEqual([]);
    const { instances } = await client.storeInstances(STUDY, [instance]);
    expect(instances.get(instanceUid(1))).toEqual({ state: 'stored' });
    expect(node.seen).toHaveLength(2);
  });

  it('that covers the body asks nobody whether it may leave before it leaves', async () => {
    const order: string[] = [];
    const signing: Authenticator = {
      sign: async ({ bodySha256 }) => ({ 'x-body': (order.push('signed'), bodySha256()) }),
      refused: async () => 'wrong-credential',
    };
    const node = await serve((seen, response, turn) => {
      expect(seen.headers['x-body']).toBe(hashOf(seen.body));
      answer(seen, response, turn);
    });
    const leave = async () => void order.push('left');
    await node.client({}, { authenticator: signing }).storeInstances(STUDY, [instance], { leave });
    expect(order).toEqual(['signed', 'left']);
  });

  it('is handed the challenge, and may answer it', async () => {
    let nonce: string | undefined;
    const answering: Authenticator = {
      sign: async ({ method, url }) =>
        nonce === undefined
          ? {}
          : { authorization: `Proof ${hashOf(`secret:${nonce}:${method}:${url.pathname}`)}` },
      refused: async ({ status, challenge, signature }) => {
        const given = /^Proof nonce="(\w+)"$/u.exec(challenge ?? '')?.[1];
        if (status !== 401 || given === undefined || 'authorization' in signature) return 'wrong-credential';
        nonce = given;
        return 'renewed';
      },
    };
    const node = await serve((seen, response, turn) => {
      const proof = `Proof ${hashOf(`secret:n0nce:${seen.method}:${seen.url.pathname}`)}`;
      if (seen.headers.authorization === proof) answer(seen, response, turn);
      else response.writeHead(401, { 'www-authenticate': 'Proof nonce="n0nce"' }).end();
    });
    const client = node.client({}, { authenticator: answering });
    const { instances } = await client.storeInstances(STUDY, [instance]);
    expect(instances.get(instanceUid(1))).toEqual({ state: 'stored' });
    expect(node.seen.map(({ body }) => body.includes(instance.bytes))).toEqual([true, true]);
  });

  it('that cannot sign leaves no doubt about a store', async () => {
    const node = await serve(answer);
    const failing: Authenticator = {
      sign: () => Promise.reject(Object.assign(new Error('no token'), { code: 'ECONNRESET' })),
      refused: async () => 'wrong-credential',
    };
    const client = node.client({}, { authenticator: failing });
    const error = await failureOf(client.storeInstances(STUDY, [instance]));
    expect(error.code).toBe('dicomweb.unreachable');
    expect(node.seen).toEqual([]);
  });
});
