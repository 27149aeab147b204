import type { Outcome } from './findings.js';
import type { ActivationState, ReadingState } from './states.js';

/** What a rule says of results that come after the reading has gone on. */
export interface LatePolicy {
  readonly preliminary: 'send' | 'keep';
  readonly final: 'send' | 'keep';
  /** When every order of the study was cancelled. */
  readonly cancelled: 'send' | 'keep';
}

/** Everything that decides whether findings leave the house, read anew before each delivery. */
export interface SendingCircumstances {
  readonly activation: ActivationState;
  /** Digest of the package when it was turned on, and of the package that made the findings. */
  readonly activatedDigest: string | undefined;
  readonly packageDigest: string;
  readonly readingState: ReadingState;
  /** Every order that is joined with the study was cancelled, and there is one. */
  readonly cancelled: boolean;
  readonly late: LatePolicy;
  readonly outcome: Outcome;
  readonly reportedOutcomes: readonly Outcome[];
  /** A person asked for this run without sending. */
  readonly withheldByPerson: boolean;
}

export type SendingDecision = { readonly send: true } | { readonly send: false; readonly reason: string };

/** Whether a run's evidence is sent, with the reason in words when it is not. */
export function decideSending(now: SendingCircumstances): SendingDecision {
  const no = (reason: string): SendingDecision => ({ send: false, reason });
  if (now.withheldByPerson) return no('a person asked for the analysis without sending it');
  if (now.activation === 'off') return no('the rule is off');
  if (now.activation === 'shadow') return no('the rule is in shadow: findings are kept, nothing is sent');
  if (now.activatedDigest !== now.packageDigest) {
    return no(
      'the model package has changed since it was turned on, so it counts as off until turned on again',
    );
  }
  if (!now.reportedOutcomes.includes(now.outcome))
    return no(`the rule does not report the outcome "${now.outcome}"`);
  if (now.readingState === 'final' && now.late.final === 'keep') {
    return no('the report was signed before the result was ready');
  }
  if (now.cancelled && now.late.cancelled === 'keep') {
    return no('the order was cancelled before the result was ready');
  }
  if (now.readingState === 'preliminary' && now.late.preliminary === 'keep') {
    return no('a preliminary report was there before the result was ready');
  }
  return { send: true };
}
