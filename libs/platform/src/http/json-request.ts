import { request } from 'undici';
import { PrelectorError } from '@prelector/kernel';
import { z } from 'zod';
import { platformError } from '../errors.js';

export interface JsonRequestOptions<T> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What the answer must be; without it the body is not read. */
  readonly answer?: z.ZodType<T>;
  /** For the whole exchange; 10 s by default. */
  readonly timeoutMs?: number;
  /** Largest answer read; 1 MiB by default. */
  readonly mostBytes?: number;
}

/**
 * One JSON request to a service that is no PACS (webhooks, our own console). No redirect is followed.
 * @throws http.timeout, http.unreachable, http.status, http.bad-answer
 */
export async function jsonRequest<T = undefined>(
  url: string,
  options: JsonRequestOptions<T> = {},
): Promise<T> {
  const { method = 'GET', headers, body, answer, timeoutMs = 10_000, mostBytes = 1024 * 1024 } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await request(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    const ok = response.statusCode >= 200 && response.statusCode < 300;
    if (!ok || !answer) await response.body.dump({ limit: 64 * 1024 });
    if (!ok) throw platformError('http.status', `status ${response.statusCode}`);
    return answer ? answer.parse(await readJson(response.body, mostBytes)) : (undefined as T);
  } catch (error) {
    throw asHttpError(error, signal, timeoutMs);
  }
}

async function readJson(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > mostBytes) throw platformError('http.bad-answer', `more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}

function asHttpError(error: unknown, signal: AbortSignal, timeoutMs: number): Error {
  if (error instanceof PrelectorError) return error;
  if (signal.aborted) return platformError('http.timeout', `after ${timeoutMs / 1000} s`, { cause: error });
  // Both may quote the answer, so they are not kept as the cause.
  if (error instanceof z.ZodError || error instanceof SyntaxError) return platformError('http.bad-answer');
  const { code } = error as NodeJS.ErrnoException;
  return platformError('http.unreachable', code, { cause: error });
}
