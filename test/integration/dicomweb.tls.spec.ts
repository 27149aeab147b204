import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DicomWebClient, type TlsOptions } from '@prelector/dicomweb';
import { silentLog } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import { certificateAuthority } from './hl7-certificates.testing.js';

describe('a PACS behind TLS with certificates of its own', () => {
  const authority = certificateAuthority('Hospital CA');
  const stranger = certificateAuthority('Another CA');
  const ours = authority.issue('prelector');
  const clients: DicomWebClient[] = [];
  let server: Server;
  let base: string;
  let requests = 0;

  beforeAll(async () => {
    const identity = authority.issue('pacs');
    server = createServer({ ...identity, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
    server.on('request', (_request, response) => {
      requests += 1;
      response.writeHead(200, { 'content-type': 'application/dicom+json' }).end('[]');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function search(tls: TlsOptions | undefined): Promise<unknown> {
    const client = new DicomWebClient({
      profile: loadProfile('generic-strict', { retry: { attempts: 1 } }),
      roots: { base },
      allowHttp: false,
      ...(tls ? { tls } : {}),
      mayStore: false,
      log: silentLog,
    });
    clients.push(client);
    return client.searchForSeries('1.2.3');
  }

  it('is spoken to with the CA and our certificate', async () => {
    expect(await search({ ca: authority.cert, ...ours })).toEqual([]);
    expect(await search({ ca: [stranger.cert, authority.cert], ...ours })).toEqual([]);
    expect(requests).toBe(2);
  });

  it.each([
    ['an unknown CA', undefined],
    ['another CA', { ca: stranger.cert, ...ours }],
    ['another host name', { ca: authority.cert, ...ours, servername: 'elsewhere.example' }],
  ])('is refused for %s', async (_why, tls) => {
    await expect(search(tls)).rejects.toMatchObject({ code: 'dicomweb.tls', recovery: 'permanent' });
  });

  it('refuses us without a certificate, and that is an error of ours to read', async () => {
    await expect(search({ ca: authority.cert })).rejects.toMatchObject({
      code: expect.stringMatching(/^dicomweb\.(tls|unreachable)$/u),
    });
  });
});
