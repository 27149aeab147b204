import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUid } from '@prelector/dicom';
import { readAck, sendMessage } from '@prelector/hl7';
import { readStatus, statusLines } from '../../apps/prelector/src/commands/status.js';
import { storyOf } from '../../apps/prelector/src/commands/study.js';
import { TestInstallation } from '../system/installation.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { certificateAuthority } from './hl7-certificates.testing.js';
import { RawPeer } from './hl7-peer.testing.js';
import { until } from '../system/until.testing.js';

jest.setTimeout(60_000);

/** What RIS send, over a socket into a whole installation: the answer, and what was kept. */
describe('messages of a feed', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;
  let peer: RawPeer | undefined;

  beforeAll(async () => {
    pacs = await TestPacs.startSimulator();
    installation = await TestInstallation.start();
  }, 60_000);

  afterEach(() => void peer?.socket.destroy());

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  interface Kept {
    readonly control_id: string;
    readonly disposition: string;
    readonly ack: string;
    readonly reason: string | null;
  }

  const kept = (ids: readonly string[]): Promise<Kept[]> =>
    installation.rows<Kept>(
      `SELECT control_id, disposition, ack, reason FROM notice WHERE kind = 'hl7' AND control_id = ANY($1)
       ORDER BY received_at, control_id`,
      [ids],
    );

  /** Sends one frame to a feed of these settings; the answers, each without its frame. */
  async function answersTo(
    frame: Uint8Array,
    feed: Record<string, unknown> = {},
    count = 1,
  ): Promise<string[]> {
    await installation.configure({ pacs, feed: { sendingApplication: 'RIS', ...feed } });
    const port = installation.hl7Port;
    peer = await until('the feed listens', () => RawPeer.open(port).catch(() => undefined));
    await peer.write(Buffer.concat([Buffer.from('\x0b'), frame, Buffer.from('\x1c\r')]));
    await peer.answered(count);
    return peer.answers;
  }

  const order = (id: string, { header = '|P|2.3.1', accession = `A${id}`, patient = 'P9' } = {}): string =>
    `MSH|^~\\&|RIS|HOSP|PRE|AI|20261127||ORM^O01|${id}${header}\r` +
    `PID|1||${patient}^^^HOSP||Müller^Jörg||19600101|F\r` +
    `ORC|NW|PL${id}|FI${id}\rOBR|1|PL${id}|FI${id}|CT^CT^L${'|'.repeat(14)}${accession}\r`;

  const said = (answer: string | undefined): string | undefined =>
    /MSA\|(?<said>[^\r]*)/u.exec(answer ?? '')?.groups?.['said'];

  it('takes UTF-8 under the name UNICODE, and answers in it', async () => {
    const [answer] = await answersTo(Buffer.from(order('U1', { header: '|P|2.3.1||||||UNICODE' })));
    expect(said(answer)).toBe('AA|U1');
    expect(await kept(['U1'])).toEqual([{ control_id: 'U1', disposition: 'used', ack: 'AA', reason: null }]);
  });

  it('keeps that a message was too large, and tells its sender what to do', async () => {
    const document = `OBX|1|ED|PDF||^^^Base64^${'A'.repeat(5 * 1024 ** 2)}\r`;
    const [answer] = await answersTo(Buffer.from(order('BIG1') + document));
    expect(said(answer)).toMatch(/^AR\|BIG1/u);
    const reason = expect.stringMatching(/larger than this feed allows/u) as unknown;
    expect(await kept(['BIG1'])).toEqual([{ control_id: 'BIG1', disposition: 'refused', ack: 'AR', reason }]);
  });

  it('refuses an unknown character set to the one who sent it, unless the feed says what it means', async () => {
    const bytes = Buffer.from(order('K1', { header: '|P|2.3.1||||||KLINGON' }), 'latin1');
    const [refusal] = await answersTo(bytes);
    expect(said(refusal)).toMatch(/^AR\|K1\|.*character set/u);
    const [answer] = await answersTo(
      Buffer.from(order('K2', { header: '|P|2.3.1||||||KLINGON' }), 'latin1'),
      {
        characterSet: '8859/1',
      },
    );
    expect(said(answer)).toBe('AA|K2');
    expect((await kept(['K1', 'K2'])).map(({ disposition }) => disposition)).toEqual(['refused', 'used']);
  });

  it.each([
    ['M1', '|P|2.3.1|||Y|Y', 'AA|M1'],
    ['M2', '|P|2.5|||XX', 'AA|M2'],
    ['M3', '|P|2.5|||AL|?', 'CA|M3'],
  ])('answers %s whose acknowledgement modes are %s', async (id, header, expected) => {
    const [answer] = await answersTo(Buffer.from(order(id, { header })));
    expect(said(answer)).toBe(expected);
  });

  it.each([
    ['E1', {}, 'AA|E1', 'used', [false]],
    ['E2', { emptyProcessingId: 'T' }, 'AA|E2', 'used', [true]],
    ['E3', { emptyProcessingId: 'refuse' }, /^AR\|E3\|.*MSH-11/u, 'refused', []],
  ])('takes an empty MSH-11 as the feed says: %s %j', async (id, feed, expected, disposition, testOnly) => {
    const [answer] = await answersTo(Buffer.from(order(id, { header: '||2.3.1' })), feed);
    expect(said(answer)).toMatch(expected);
    expect((await kept([id])).map((each) => each.disposition)).toEqual([disposition]);
    const orders = await installation.rows<{ test_only: boolean }>(
      `SELECT o.test_only FROM study_order o JOIN notice_subject s ON s.subject_id = o.id
       JOIN notice n ON n.id = s.notice_id WHERE n.control_id = $1`,
      [id],
    );
    expect(orders.map((each) => each.test_only)).toEqual(testOnly);
  });

  const ordersOf = (id: string) =>
    installation.rows(
      `SELECT 1 FROM notice_subject s JOIN notice n ON n.id = s.notice_id
       WHERE s.kind = 'order' AND n.control_id = $1`,
      [id],
    );
  const named = Buffer.from(order('R4', { header: '|P|2.3.1||||||KLINGON' }), 'latin1');

  it.each([
    ['R1', order('R1'), { sendingApplication: 'OTHER' }, {}, 'AR'],
    ['R2', order('R2', { header: '||2.3.1' }), { emptyProcessingId: 'refuse' }, {}, 'AR'],
    ['R3', order('R3'), { mapping: { messages: [{ type: 'ORM', rules: [] }] } }, {}, 'AA'],
    ['R4', named, {}, { characterSet: '8859/1' }, 'AR'],
  ])(
    'takes %s when it is sent again after its feed was mended, and then once',
    async (id, message, wrong, mended, before) => {
      const bytes = Buffer.from(message);
      const [first] = await answersTo(bytes, wrong);
      expect(said(first)?.slice(0, 5)).toBe(`${before}|${id}`);
      const [again] = await answersTo(bytes, wrong);
      expect(said(again)?.slice(0, 5)).toBe(`${before}|${id}`);
      expect(await ordersOf(id)).toHaveLength(0);
      const [taken] = await answersTo(bytes, mended);
      expect(said(taken)).toBe(`AA|${id}`);
      expect(await kept([id])).toMatchObject([{ disposition: 'used', ack: 'AA', reason: null }]);
      const [repeated] = await answersTo(bytes, wrong);
      expect(said(repeated)).toBe(`AA|${id}`);
      expect(await ordersOf(id)).toHaveLength(1);
      expect(await kept([id])).toMatchObject([{ disposition: 'used' }]);
    },
  );

  it('comes over TLS with the certificate that stands in its file now', async () => {
    const old = certificateAuthority('Hospital CA');
    const renewed = certificateAuthority('Hospital CA of next year');
    const cert = join(installation.folder, 'feed.crt');
    const key = join(installation.folder, 'feed.key');
    const keep = async (authority: typeof old) => {
      const issued = authority.issue('prelector');
      await writeFile(cert, issued.cert);
      await writeFile(key, issued.key);
    };
    const send = (authority: typeof old, id: string) => {
      const port = installation.hl7Port;
      const to = { host: '127.0.0.1', port, tls: { ca: authority.cert }, timeoutSeconds: 20 };
      return sendMessage(to, Buffer.from(order(id))).then(
        (answer) => readAck(answer),
        () => undefined,
      );
    };
    await keep(old);
    await installation.configure({ pacs, feed: { tls: { cert, key: `file:${key}` } } });
    await until('the feed listens', () => send(old, 'T1'));
    expect(await send(renewed, 'T2')).toBeUndefined();
    await keep(renewed);
    await until('the feed shows the other certificate', () => send(renewed, 'T3'));
    expect(await send(old, 'T4')).toBeUndefined();
    expect((await kept(['T1', 'T2', 'T3', 'T4'])).map((each) => each.control_id)).toEqual(['T1', 'T3']);
  });

  it('tells a stranger so, keeps what was sent, and shows it in the status', async () => {
    const [answer] = await answersTo(Buffer.from(order('X1')), { sendingApplication: 'OTHER' });
    expect(said(answer)).toMatch(/^AR\|X1\|The sending application/u);
    expect(await kept(['X1'])).toMatchObject([{ disposition: 'refused', ack: 'AR' }]);
    const status = statusLines(await readStatus(installation.resources)).join('\n');
    expect(status).toMatch(
      /feed +ris: .*, last heard 2.*Z; in 24 h \d+ used, \d+ ignored, [1-9]\d* refused/u,
    );
    expect(status).toMatch(/REFUSED +at 2.*Z: The sending application or facility is not the one/u);
  });

  it.each([
    ['N1', {}, /^AA\|N1\|The order cannot be used: it states neither/u, 'used', ['unusable']],
    ['N2', { unusable: 'AR' }, /^AR\|N2\|The order cannot be used/u, 'refused', ['unusable']],
  ])(
    'says that nothing can be asked for an order, by the policy of the feed: %s %j',
    async (id, feed, expected, disposition, states) => {
      const bytes = Buffer.from(
        `MSH|^~\\&|RIS|HOSP|PRE|AI|20261127||ORM^O01|${id}|P|2.3.1\r` +
          `PID|1||P${id}^^^HOSP||Case^Test||19600101|F\rORC|XO|PL${id}|||CM\rOBR|1|PL${id}||CT^CT^L\r`,
      );
      const [answer] = await answersTo(bytes, feed);
      expect(said(answer)).toMatch(expected);
      expect(await kept([id])).toMatchObject([
        { disposition, reason: expect.stringContaining('cannot be used') },
      ]);
      const orders = await installation.rows<{ state: string }>(
        `SELECT o.state FROM study_order o JOIN notice_subject s ON s.subject_id = o.id
       JOIN notice n ON n.id = s.notice_id WHERE n.control_id = $1`,
        [id],
      );
      expect(orders.map(({ state }) => state)).toEqual(states);
      peer?.socket.destroy();
      const [again] = await answersTo(bytes, feed);
      expect(said(again)).toMatch(expected);
    },
  );

  it('lets a study that only a message has named be found by its UID, with the message', async () => {
    const uid = randomUid();
    await answersTo(Buffer.from(`${order('S36')}ZDS|${uid}^100^Application^DICOM\r`));
    await expect(storyOf(installation.resources, uid)).rejects.toMatchObject({
      code: 'study.only-named',
      message: expect.stringMatching(/ORM\^O01 S36 of feed ris at .*; its order is announced/u),
    });
    await expect(storyOf(installation.resources, randomUid())).rejects.toMatchObject({
      code: 'study.unknown',
    });
  });

  it('says of a report that no study which is known bears its numbers', async () => {
    const uid = randomUid();
    const bytes = Buffer.from(
      order('Q1').replace('ORM^O01', 'ORU^R01').replace('ORC|NW', 'ORC|RE') +
        `OBX|1|UI|Study Instance UID||${uid}||||||F\r`,
    );
    const words = 'The report is kept: no study that is known bears its numbers yet.';
    const [answer] = await answersTo(bytes);
    expect(said(answer)).toBe(`AA|Q1|${words}`);
    expect(await kept(['Q1'])).toEqual([{ control_id: 'Q1', disposition: 'used', ack: 'AA', reason: words }]);
    await expect(storyOf(installation.resources, uid)).rejects.toMatchObject({
      message: expect.stringMatching(/its order is announced, reading final, no study yet/u),
    });
    peer?.socket.destroy();
    const [again] = await answersTo(bytes);
    expect(said(again)).toBe(`AA|Q1|${words}`);
  });

  describe('in a batch', () => {
    const file = (ids: readonly string[], count = ids.length): Buffer =>
      Buffer.from(
        `FHS|^~\\&|RIS|HOSP\rBHS|^~\\&|RIS|HOSP|||||||B7\r` +
          ids.map((id) => order(id, id.endsWith('!') ? { patient: '*' } : {})).join('') +
          `BTS|${count}\rFTS|1\r`,
      );
    const msa = (answer: string | undefined): string[] =>
      [...(answer ?? '').matchAll(/MSA\|(?<code>..\|[^|\r]*)/gu)].map(
        (match) => match.groups?.['code'] ?? '',
      );

    it('are answered by a batch, a bad one among them by its own refusal', async () => {
      const [answer] = await answersTo(file(['B1', 'B2!', 'B3']), { unusable: 'AR' });
      expect(msa(answer)).toEqual(['AA|B1', 'AR|B2!', 'AA|B3']);
      expect(answer).toMatch(/^FHS\|.*\rBHS\|[^\r]*\|B7\rMSH/u);
      expect(answer).toMatch(/\rBTS\|3\rFTS\|1\r$/u);
      expect((await kept(['B1', 'B2!', 'B3'])).map(({ disposition }) => disposition)).toEqual([
        'used',
        'refused',
        'used',
      ]);
    });

    it('are answered one by one where the feed says so', async () => {
      const answers = await answersTo(file(['C1', 'C2']), { batches: 'each' }, 2);
      expect(answers.map(said)).toEqual(['AA|C1', 'AA|C2']);
    });

    it('are refused where the feed says so', async () => {
      const [answer] = await answersTo(file(['D1']), { batches: 'refuse' });
      expect(said(answer)).toMatch(/^AR\|\|/u);
      expect(await kept(['D1'])).toEqual([]);
    });

    it('that lacks messages is taken as far as it came, and that is said', async () => {
      const [answer] = await answersTo(file(['F1'], 3));
      expect(msa(answer)).toEqual(['AA|F1']);
      expect(answer).toMatch(/\rBTS\|1\|The batch states another number/u);
      const refused = await installation.rows<Kept>(
        `SELECT disposition, reason FROM notice WHERE reason LIKE 'The batch states another%'`,
      );
      expect(refused).toMatchObject([{ disposition: 'refused' }]);
    });

    it('of none is answered', async () => {
      const [answer] = await answersTo(file([]));
      expect(answer).toMatch(/\rBTS\|0\rFTS\|1\r$/u);
    });
  });
});
