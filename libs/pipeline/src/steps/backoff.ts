import type { Recovery } from '@prelector/kernel';
import { ExponentialBackoff } from 'cockatiel';

/** How often a step is tried and how long it waits between attempts. */
export interface RetryPolicy {
  readonly maximumAttempts: number;
  readonly initialDelayMs: number;
  readonly maximumDelayMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  maximumAttempts: 10,
  initialDelayMs: 4_000,
  maximumDelayMs: 600_000,
};

/**
 * When a step that failed may be tried next: exponential with decorrelated jitter; undefined when it must
 * not be, because the failure is permanent or the attempts are used up.
 *
 * @param attempt number of the attempt that failed, from 1
 */
export function nextAttemptAt(
  recovery: Recovery,
  attempt: number,
  policy: RetryPolicy,
  now: Date,
): Date | undefined {
  if (recovery === 'permanent' || attempt >= policy.maximumAttempts) return undefined;
  let backoff = new ExponentialBackoff({
    initialDelay: policy.initialDelayMs,
    maxDelay: policy.maximumDelayMs,
  }).next();
  for (let count = 1; count < attempt; count++) backoff = backoff.next(undefined);
  return new Date(now.getTime() + Math.round(backoff.duration));
}
