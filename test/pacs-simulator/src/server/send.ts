import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../http/answer.js';
import { BodyCut } from '../wado/body-faults.js';

/** A reset throws away what the client has not read yet: without a while, its headers too. */
const resetAfterMs = 100;

/** Sends an answer, a stream at the speed of its reader. Returns how much of it went out, and whether to its end. */
export async function send(
  response: ServerResponse,
  answer: Answer,
): Promise<{ bytes: number; complete: boolean }> {
  const { status, headers = {}, body = '' } = answer;
  if (typeof body === 'string') {
    response.writeHead(status, {
      ...headers,
      ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
    });
    response.end(status === 204 ? undefined : body);
    return { bytes: Buffer.byteLength(body), complete: true };
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  let bytes = 0;
  try {
    for await (const chunk of body) {
      if (response.destroyed) return { bytes, complete: false };
      bytes += chunk.length;
      if (!response.write(chunk)) await writable(response);
    }
  } catch (thrown) {
    if (thrown instanceof BodyCut) await cut(response, thrown.how);
    else response.destroy();
    return { bytes, complete: false };
  }
  response.end();
  return { bytes, complete: true };
}

/** Waits until the reader has taken what was written, or is gone. */
async function writable(response: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const either = [once(response, 'drain', { signal }), once(response, 'close', { signal })];
  await Promise.race(either.map((each) => each.catch(() => undefined))).finally(() => waiting.abort());
}

async function cut(response: ServerResponse, how: BodyCut['how']): Promise<void> {
  if (how === 'reset') {
    await sleep(resetAfterMs);
    response.socket?.resetAndDestroy();
  } else await new Promise<void>((resolve) => response.socket?.end(() => resolve()) ?? resolve());
  response.destroy();
}
