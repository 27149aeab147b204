import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { orderMessage, sendMessage } from '@prelector/hl7';
import { readMessages } from '@prelector/pipeline';
import { messageLines } from '../../apps/prelector/src/commands/messages.js';
import { readStatus, statusLines } from '../../apps/prelector/src/commands/status.js';
import { TestInstallation } from '../system/installation.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';
import { certificateAuthority } from './hl7-certificates.testing.js';
import { RawPeer } from './hl7-peer.testing.js';

jest.setTimeout(60_000);

describe('a sender that a feed turns away before it can say anything', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;
  beforeAll(async () => {
    pacs = await TestPacs.startSimulator();
    installation = await TestInstallation.start();
  }, 60_000);
  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  /** The lines of the status about what was turned away, once one says this. */
  const told = (pattern: RegExp): Promise<string[]> =>
    until(`the status says ${pattern.source}`, async () => {
      const lines = statusLines(await readStatus(installation.resources));
      const about = lines.filter((line) => line.includes('TURNED AWAY'));
      return about.some((line) => pattern.test(line)) ? about : undefined;
    });

  it('by its address is counted in the status, with that address and the reason', async () => {
    await installation.configure({ pacs, feed: { allowedPeers: ['192.0.2.7'] } });
    for (let round = 0; round < 3; round += 1) {
      const peer = await until('the feed listens', () =>
        RawPeer.open(installation.hl7Port).catch(() => undefined),
      );
      await peer.closed;
    }
    const [line] = await told(/TURNED AWAY (?:[3-9]|\d\d+) connections/u);
    expect(line).toMatch(
      /^ {2}TURNED AWAY \d+ connections since 2\S+Z, the last at 2\S+Z from \S*127\.0\.0\.1: its address is not among allowedPeers$/u,
    );
    expect((await readStatus(installation.resources)).feeds[0]?.heard).toMatchObject({ lastHeardAt: null });
  });

  it('by its certificate is counted with what is wrong with that, and the right one is heard', async () => {
    const authority = certificateAuthority('Test Authority');
    const server = authority.issue('prelector');
    const file = async (name: string, text: string) => {
      const path = join(installation.folder, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    };
    const tls = {
      cert: await file('cert.pem', server.cert),
      key: `file:${await file('key.pem', server.key)}`,
      ca: await file('ca.pem', authority.cert),
      requestClientCertificate: true,
    };
    await installation.configure({ pacs, feed: { tls } });
    const send = (client: { cert?: string; key?: string }) =>
      sendMessage(
        {
          host: '127.0.0.1',
          port: installation.hl7Port,
          tls: { ca: authority.cert, ...client },
          timeoutSeconds: 20,
        },
        orderMessage({
          form: 'ORM^O01',
          controlId: 'T1',
          now: new Date(),
          identity: { accessionNumber: 'A1' },
        }),
      );
    await until('the feed listens', () => send(authority.issue('ris')).catch(() => undefined));
    await expect(send({})).rejects.toThrow(/connection/u);
    await expect(send(certificateAuthority('Other').issue('ris'))).rejects.toThrow(/connection/u);
    const lines = await told(/TLS: certificate refused/u);
    expect(lines.join('\n')).toMatch(
      /TURNED AWAY [1-9]\d* connections? .*: TLS: certificate refused, its authority is not in/u,
    );
    const plain = await RawPeer.open(installation.hl7Port);
    await plain.write(framed('MSH|^~\\&|RIS'));
    await plain.closed;
    const [words] = (await told(/speaks without TLS/u)).filter((line) => line.includes('without TLS'));
    expect(words).toMatch(/TLS: the peer speaks without TLS: have it send over TLS, .* \(ERR_SSL_/u);
    expect(lines.join('\n')).toMatch(/the peer sent no certificate: give it one|certificate refused/u);
    expect(lines.join('\n')).toMatch(/allowedPeers/u);
    const [feed] = (await readStatus(installation.resources)).feeds;
    expect(feed?.heard?.used).toBe(1);
  });

  const framed = (text: string) => `\x0b${text}\x1c\r`;

  it.each([
    ['HTTP', 'POST /hl7 HTTP/1.1\r\nHost: prelector\r\n\r\n', /it speaks HTTP, not MLLP: have HL7 v2 sent/u],
    [
      'TLS',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      /it speaks TLS and this feed does not: configure tls/u,
    ],
    ['DICOM', '\x01\x00\x00\x00\x00\xcd\x00\x01\x00\x00', /it speaks DICOM, not HL7/u],
    [
      'HL7 without frames',
      'MSH|^~\\&|RIS|H|PRE|H|2026||ORM^O01|1|P|2.3\r',
      /have it write VT \(0B\) before/u,
    ],
    ['something else', 'hello there', /it sent bytes without an MLLP frame/u],
    [
      'half a message',
      framed('MSH|^~\\&|RIS').slice(0, -2),
      /ended the connection in the middle of a message/u,
    ],
  ])(
    'because it speaks %s is counted, once for each connection, with what to do',
    async (_name, text, reason) => {
      await installation.configure({ pacs });
      const peer = await until('the feed listens', () =>
        RawPeer.open(installation.hl7Port).catch(() => undefined),
      );
      for (const piece of text.match(/[\s\S]{1,6}/gu) ?? []) await peer.write(Buffer.from(piece, 'latin1'));
      peer.socket.end();
      await peer.closed;
      const lines = (await told(reason)).filter((line) => reason.test(line));
      expect(lines).toEqual([expect.stringMatching(/^ {2}TURNED AWAY 1 connection since /u)]);
      const messages = messageLines(await readMessages(installation.resources.ledger, { limit: 1 }));
      expect(messages.filter((line) => reason.test(line))).toEqual(lines);
    },
  );

  it('is none that frames its messages, whatever stands between them', async () => {
    await installation.configure({ pacs });
    const before = (await readStatus(installation.resources)).feeds[0]?.turnedAway.length;
    const peer = await until('the feed listens', () =>
      RawPeer.open(installation.hl7Port).catch(() => undefined),
    );
    const message = framed('MSH|^~\\&|RIS|H|PRE|H|2026||ADT^A01|1|P|2.3\r');
    await peer.write(`\r\n${message}`, `MSH garbage\r\n${message}`);
    await peer.answered(2);
    peer.socket.end();
    await peer.closed;
    await installation.configure({ pacs, feed: { sendingFacility: 'H' } });
    expect((await readStatus(installation.resources)).feeds[0]?.turnedAway).toHaveLength(before ?? 0);
  });
});
