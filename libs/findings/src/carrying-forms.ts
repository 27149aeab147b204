import { findingKinds, type FindingKind } from './finding-kinds.js';
import type { DeliveryState } from './states.js';

/** One form of the evidence of a run on its way to a node. */
export interface FormDelivery {
  /** `measurement-report`, `text-report`, ... */
  readonly kind: string;
  readonly state: DeliveryState;
  /** The kinds of finding that it states whole; all of them when absent. */
  readonly carries?: readonly FindingKind[] | undefined;
}

const standing: ReadonlySet<DeliveryState> = new Set([
  'verified',
  'stored-with-coercion',
  'accepted-unverifiable',
]);
const onTheWay: ReadonlySet<DeliveryState> = new Set(['pending', 'attempted', 'stored']);
/** Nothing carries the findings, and nobody hears of it by that delivery itself. */
const silent: ReadonlySet<DeliveryState> = new Set([
  'refused',
  'superseded',
  'withdrawn',
  'removed-at-destination',
]);

/** True for a form that stands at its node, proven or as the node says. */
export const stands = (state: DeliveryState): boolean => standing.has(state);

/** True for a form that may come to stand at its node without anybody's doing. */
export const isOnTheWay = (state: DeliveryState): boolean => onTheWay.has(state);

/** What becomes of the findings at a node that refused one form, by what the other forms came to. */
export interface Carrying {
  /** Forms that carry all of the findings between them stand there, proven or as the node says. */
  readonly carried: boolean;
  /** Of some of the findings nothing stands there, nothing is on its way, and no other form tells a person so. */
  readonly lost: boolean;
  readonly words: string;
}

/**
 * Which of the other forms carry the findings that one form, refused by its node, does not.
 *
 * @param findings the kinds of finding that it would have carried
 */
export function whatCarries(
  others: readonly FormDelivery[],
  findings: readonly FindingKind[] = findingKinds,
): Carrying {
  const holding = (each: FindingKind) => others.filter(({ carries }) => carries?.includes(each) ?? true);
  const carried = findings.every((each) => holding(each).some(({ state }) => stands(state)));
  const lost = findings.some((each) => holding(each).every(({ state }) => silent.has(state)));
  const helping = others.filter(({ carries }) => findings.some((each) => carries?.includes(each) ?? true));
  const those = helping.filter(({ state }) => stands(state));
  const all = carried ? 'the findings' : 'a part of the findings only';
  if (those.length > 0) {
    const words = those.length === 1 ? `${namesOf(those)} alone carries` : `${namesOf(those)} carry`;
    return { carried, lost, words: `${words} ${all}${carried ? '' : told(helping)}` };
  }
  const coming = helping.some(({ state }) => isOnTheWay(state)) ? ' yet' : '';
  return { carried, lost, words: `nothing carries the findings${coming}${told(helping)}` };
}

/** What comes still, else how those stand that do not. */
function told(forms: readonly FormDelivery[]): string {
  const open = forms.filter(({ state }) => !stands(state));
  const coming = open.filter(({ state }) => isOnTheWay(state));
  if (coming.length > 0) return `; on its way: ${coming.map(nameOf).join(', ')}`;
  return open.length === 0 ? '' : ` (${open.map((each) => `${nameOf(each)}: ${each.state}`).join(', ')})`;
}

const list = new Intl.ListFormat('en-GB');

/** Forms of evidence by their kinds, within a sentence: `the text report`, `the a, the b and the c`. */
export const namesOf = (forms: Iterable<Pick<FormDelivery, 'kind'>>): string =>
  list.format(Array.from(forms, nameOf));

const nameOf = ({ kind }: Pick<FormDelivery, 'kind'>) => `the ${kind.replaceAll('-', ' ')}`;
