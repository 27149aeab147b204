import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@prelector/kernel';
import type { Profile } from '@prelector/profiles';

/**
 * How long Retry-After (RFC 9110 section 10.2.3) asks to wait, in milliseconds; undefined when it says nothing.
 * A time of day is the server's: it is held against the answer's own Date, where there is one.
 */
export function retryAfterMs(
  answer: { header(name: string): string | undefined },
  clock: Clock,
): number | undefined {
  const header = answer.header('retry-after');
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/u.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  if (Number.isNaN(at)) return undefined;
  const date = Date.parse(answer.header('date') ?? '');
  return Math.max(0, at - (Number.isNaN(date) ? clock.now().getTime() : date));
}

/**
 * The pause before try number `attempt` + 1: exponential with full jitter, never shorter than what the server
 * asked for. Undefined when the server asked for more than the cap: the ledger waits so long, not a call.
 */
export function pauseMs(
  retry: Profile['retry'],
  attempt: number,
  askedMs: number | undefined,
): number | undefined {
  if (askedMs !== undefined && askedMs > retry.capMs) return undefined;
  const ceiling = Math.min(retry.capMs, retry.baseMs * 2 ** (attempt - 1));
  return Math.max(askedMs ?? 0, Math.ceil(Math.random() * ceiling));
}

/** Waits, or rejects as soon as the signal is given. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal });
}
