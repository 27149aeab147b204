import type { Log } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import type { Claim, Ledger } from '@prelector/ledger';

/** A lease that is renewed until `end`. */
export interface KeptLease {
  /** Given when the ledger says that another holds the step, or that it is over. */
  readonly lost: AbortSignal;
  /** Given then, too, and when the lease was not renewed before its end: whoever asks may have the step from then on. */
  readonly over: AbortSignal;
  end(): void;
}

/**
 * Renews the lease of a claim every third of its time.
 *
 * @param asked when the claim was asked for, by the clock that nobody sets (`performance.now`, ms): the lease began no
 * earlier, so that it is over here before it is over in the ledger
 */
export function keepLease(
  claim: Claim,
  { ledger, log, leaseSeconds, asked }: { ledger: Ledger; log: Log; leaseSeconds: number; asked: number },
): KeptLease {
  const leaseMs = leaseSeconds * 1000;
  const lost = new AbortController();
  const late = new AbortController();
  const lateAfter = (from: number) =>
    setTimeout(() => late.abort(), Math.max(0, from + leaseMs - performance.now()));
  let deadline = lateAfter(asked);
  const renew = async () => {
    const from = performance.now();
    if (!(await ledger.pool.steps.renewLease(claim, leaseSeconds))) return lost.abort();
    clearTimeout(deadline);
    if (!ended) deadline = lateAfter(from);
  };
  let ended = false;
  const renewal = setInterval(() => {
    renew().catch((thrown: unknown) =>
      log.warn('lease not renewed', { step: claim.step, code: asPrelectorError(thrown).code }),
    );
  }, leaseMs / 3);
  const end = () => {
    ended = true;
    clearInterval(renewal);
    clearTimeout(deadline);
  };
  return { lost: lost.signal, over: AbortSignal.any([lost.signal, late.signal]), end };
}
