import { formOfKind } from '@prelector/evidence';
import type { FormDelivery } from '@prelector/findings';
import type { Doubt, Sibling } from '@prelector/ledger';
import { isRefusal } from './denials.js';

/** So long a form is looked for that its server refused, before it counts as refused where no look was answered. */
const looksSeconds = 60;

/**
 * True for a store that the server refused by its own word, of which no look was answered since: it carries nothing
 * that anybody could count on. One that was cut, or never answered, may be there.
 *
 * @param code what came of the attempt that made the doubt
 */
export const countsAsRefused = ({ seconds, code }: Pick<Doubt, 'seconds' | 'code'>): boolean =>
  isRefusal(code ?? '') && seconds >= looksSeconds;

/** The other forms as they count for the question what carries the findings. */
export function asTheyCount(siblings: readonly Sibling[]): FormDelivery[] {
  return siblings.map(({ kind, state, doubt }) => ({
    kind,
    carries: formOfKind(kind)?.carries,
    state: state === 'attempted' && doubt && countsAsRefused(doubt) ? 'refused' : state,
  }));
}
