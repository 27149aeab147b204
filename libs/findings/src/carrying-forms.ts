import type { DeliveryState } from './states.js';

/** One form of the evidence of a run on its way to a node. */
export interface FormDelivery {
  /** `measurement-report`, `text-report`, ... */
  readonly kind: string;
  readonly state: DeliveryState;
}

const carrying: ReadonlySet<DeliveryState> = new Set([
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

/** What becomes of the findings at a node that refused one form, by what the other forms came to. */
export interface Carrying {
  /** A form stands there, proven or as the node says. */
  readonly carried: boolean;
  /** Nothing stands there, nothing is on its way, and no other form tells a person so. */
  readonly lost: boolean;
  readonly words: string;
}

/** Which of the other forms carry the findings that one form, refused by its node, does not. */
export function whatCarries(others: readonly FormDelivery[]): Carrying {
  const those = others.filter(({ state }) => carrying.has(state)).map(name);
  if (those.length > 0) {
    const words = those.length === 1 ? `${those[0]} alone carries` : `${those.join(' and ')} carry`;
    return { carried: true, lost: false, words: `${words} the findings` };
  }
  const coming = others.filter(({ state }) => onTheWay.has(state)).map(name);
  const stand = others.map((each) => `${name(each)}: ${each.state}`).join(', ');
  return {
    carried: false,
    lost: others.every(({ state }) => silent.has(state)),
    words:
      coming.length > 0
        ? `nothing carries the findings yet; on its way: ${coming.join(', ')}`
        : `nothing carries the findings${stand === '' ? '' : ` (${stand})`}`,
  };
}

const name = ({ kind }: FormDelivery) => `the ${kind.replaceAll('-', ' ')}`;
