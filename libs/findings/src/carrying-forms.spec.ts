import { describe, expect, it } from '@jest/globals';
import { whatCarries } from './carrying-forms.js';
import type { DeliveryState } from './states.js';
import { deliveryTransitions } from './states.js';

const of = (...states: DeliveryState[]) =>
  whatCarries(states.map((state, n) => ({ kind: `form-${n}`, state })));
const states = Object.keys(deliveryTransitions) as DeliveryState[];

describe('whatCarries', () => {
  it.each(states)('says that a form carries the findings only where one stands at the node: %s', (state) => {
    const stands = ['verified', 'stored-with-coercion', 'accepted-unverifiable'].includes(state);
    expect(of(state, 'refused').carried).toBe(stands);
    expect(of(state, 'refused').words.startsWith('nothing carries the findings')).toBe(!stands);
  });

  it('names each of several that stand, and no other', () => {
    expect(of('verified', 'dead', 'stored-with-coercion').words).toBe(
      'the form 0 and the form 2 carry the findings',
    );
    expect(of('refused', 'verified').words).toBe('the form 1 alone carries the findings');
  });

  it('says that one is on its way, and does not count on it', () => {
    expect(of('attempted', 'refused').words).toMatch(/yet; on its way: the form 0$/u);
  });

  it.each([[[]], [['refused']], [['refused', 'superseded', 'refused']]] as DeliveryState[][][])(
    'calls the findings lost when none of the others stands, comes, or tells a person: %s',
    (others) => expect(of(...others)).toMatchObject({ carried: false, lost: true }),
  );

  it.each(['pending', 'verified', 'dead', 'held', 'misfiled', 'not-sent'] as const)(
    'does not call them lost with another form %s among the refused',
    (state) => expect(of('refused', state, 'refused').lost).toBe(false),
  );
});
