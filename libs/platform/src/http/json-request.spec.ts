import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { freePort } from '../free-port.js';
import { jsonRequest } from './json-request.js';

let server: Server;

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const answer = z.object({ echo: z.unknown() });

describe('a JSON request', () => {
  it('sends JSON and reads what was expected', async () => {
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => response.end(`{"echo":${Buffer.concat(chunks).toString()}}`));
    });
    expect(await jsonRequest(url, { method: 'POST', body: { a: 'ä' }, answer })).toEqual({
      echo: { a: 'ä' },
    });
    expect(await jsonRequest(url, { method: 'POST', body: 1 })).toBeUndefined();
  });

  it.each([
    ['an error', 503, 'secret', 'http.status'],
    ['a redirect', 302, '', 'http.status'],
    ['no JSON', 200, '<html>', 'http.bad-answer'],
    ['other JSON', 200, '[]', 'http.bad-answer'],
    ['nothing', 200, '', 'http.bad-answer'],
    ['too much', 200, `{"echo":"${'x'.repeat(2000)}"}`, 'http.bad-answer'],
  ])('says what is wrong when the answer is %s', async (_what, status, body, code) => {
    const url = await serve((_request, response) => {
      response.writeHead(status, { location: 'http://elsewhere.invalid/' }).end(body);
    });
    const asked = jsonRequest(url, { answer, mostBytes: 1000 });
    await expect(asked).rejects.toMatchObject({ code });
    await expect(asked).rejects.not.toThrow(/secret/u);
  });

  it('gives up on a service that does not answer, or stops half way', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/half') response.writeHead(200).write('{');
    });
    for (const path of ['', 'half'])
      await expect(jsonRequest(`${url}${path}`, { answer, timeoutMs: 50 })).rejects.toMatchObject({
        code: 'http.timeout',
      });
  });

  it('says when nothing is there', async () => {
    await serve(() => undefined);
    const port = await freePort();
    await expect(jsonRequest(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'http.unreachable',
      recovery: 'transient',
    });
  });
});
