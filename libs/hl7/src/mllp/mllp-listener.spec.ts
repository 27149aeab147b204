import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '@prelector/kernel';
import { acknowledgementsFor } from '../message/acknowledgements-for.js';
import { readAck } from '../message/acknowledgement.js';
import { parseMessage } from '../message/message.js';
import { orderMessage } from '../message/order-message.js';
import { MllpListener, type MllpListenerOptions } from './mllp-listener.js';
import { sendMessage } from './send-message.js';

const now = new Date('2026-03-07T14:25:01Z');
const open: MllpListener[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function listen(options: Partial<MllpListenerOptions> = {}): Promise<number> {
  const listener = new MllpListener({
    host: '127.0.0.1',
    port: 0,
    allowedPeers: [],
    onMessage: accept,
    log: silentLog,
    ...options,
  });
  open.push(listener);
  return (await listener.listen()).port;
}

async function accept(bytes: Uint8Array): Promise<Uint8Array[]> {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) throw new Error(parsed.error.text);
  const own = { application: 'PRELECTOR', facility: 'X', nextControlId: () => 'ACK-1', now };
  return acknowledgementsFor(parsed.value, { kind: 'accepted' }, own);
}

const order = orderMessage({
  form: 'ORM^O01',
  controlId: 'MSG-1',
  now,
  identity: { studyInstanceUid: '1.2.3' },
});

describe('MllpListener', () => {
  it('answers a message with the acknowledgement of its handler', async () => {
    const port = await listen();
    const answer = await sendMessage({ host: '127.0.0.1', port, timeoutSeconds: 5 }, order);
    expect(readAck(answer)).toEqual({ ok: true, value: { code: 'AA', controlId: 'MSG-1', text: '' } });
  });

  it('answers AE when its handler throws', async () => {
    const port = await listen({ onMessage: () => Promise.reject(new Error('database down')) });
    const answer = readAck(await sendMessage({ host: '127.0.0.1', port, timeoutSeconds: 5 }, order));
    expect(answer.ok && answer.value.code).toBe('AE');
  });
});
