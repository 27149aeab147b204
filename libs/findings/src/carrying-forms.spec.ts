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

  it('speaks of one form, of three and of seven', () => {
    expect(of().words).toBe('nothing carries the findings');
    expect(of('verified').words).toBe('the form 0 alone carries the findings');
    expect(of('verified', 'verified', 'accepted-unverifiable').words).toBe(
      'the form 0, the form 1 and the form 2 carry the findings',
    );
    const seven = of(...Array<DeliveryState>(6).fill('refused'), 'pending');
    expect(seven.words).toBe('nothing carries the findings yet; on its way: the form 6');
  });
});

describe('forms that carry a part of the findings each', () => {
  const text = { kind: 'text-report', carries: ['outcome', 'measurement'] as const };
  const numbers = { kind: 'number-table', carries: ['measurement'] as const };
  const words = { kind: 'letter', carries: ['outcome'] as const };
  const verified = 'verified' as const;
  const refused = 'refused' as const;

  it('carry them where all of it stands between them', () => {
    const both = whatCarries([
      { ...numbers, state: verified },
      { ...words, state: verified },
    ]);
    expect(both).toMatchObject({ carried: true, lost: false });
    expect(both.words).toBe('the number table and the letter carry the findings');
  });

  it('do not where a part stands only: that part alone is lost', () => {
    const part = whatCarries([
      { ...numbers, state: verified },
      { ...words, state: refused },
    ]);
    expect(part).toMatchObject({ carried: false, lost: true });
    expect(part.words).toBe(
      'the number table alone carries a part of the findings only (the letter: refused)',
    );
    const coming = whatCarries([
      { ...numbers, state: verified },
      { ...words, state: 'pending' },
    ]);
    expect(coming).toMatchObject({ carried: false, lost: false });
    expect(coming.words).toMatch(/a part of the findings only; on its way: the letter$/u);
  });

  it('are asked for what the refused one would have carried, and for no more', () => {
    expect(whatCarries([{ ...words, state: verified }], numbers.carries)).toMatchObject({
      carried: false,
      lost: true,
      words: 'nothing carries the findings',
    });
    expect(whatCarries([{ ...text, state: verified }], numbers.carries).words).toBe(
      'the text report alone carries the findings',
    );
  });
});
