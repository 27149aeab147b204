import { describe, expect, it } from '@jest/globals';
import type { CountedOrder } from './cancelled-orders.js';
import { areAllCancelled } from './cancelled-orders.js';

type Numbers = `${string}:${string}`;

/** An order as `p1 f1 of A, placed at 1, cancelled at 2`; `p1@RIS` is within a namespace. */
function order(
  words: string,
  { placed, cancelled, authority = 'RIS' }: { placed?: number; cancelled?: number; authority?: string } = {},
): CountedOrder {
  const [numbers = '', accession = ''] = words.split(':') as [string?, string?];
  return {
    numbers: numbers
      .split(' ')
      .filter(Boolean)
      .map((each) => {
        const [number = '', namespace = ''] = each.split('@');
        return { kind: each.startsWith('f') ? 'filler' : 'placer', authority, number, namespace };
      }),
    accessions: accession.split(' ').filter(Boolean),
    placedAt: placed === undefined ? null : new Date(placed),
    cancelledAt: cancelled === undefined ? null : new Date(cancelled),
  };
}
const orders = (...all: [Numbers, Parameters<typeof order>[1]?][]) => all.map((each) => order(...each));

describe('all that was ordered of a study is cancelled', () => {
  it.each<[string, CountedOrder[], boolean]>([
    ['nothing', [], false],
    ['the only order', orders(['p1 f1:A', { placed: 1, cancelled: 2 }]), true],
    ['one of two', orders(['p1 f1:A', { placed: 1, cancelled: 2 }], ['p2 f2:A', { placed: 1 }]), false],
    [
      'what shares its placer number with what was cancelled',
      orders(['p1:A', { placed: 1 }], ['p1 f1:A', { placed: 2, cancelled: 3 }]),
      true,
    ],
    [
      'what was placed anew since',
      orders(['p1:A', { placed: 4 }], ['p1 f1:A', { placed: 2, cancelled: 3 }]),
      false,
    ],
    [
      'what no message placed, where it may be the placed one',
      orders(['p1:A', { placed: 1, cancelled: 2 }], ['f1:A']),
      true,
    ],
    [
      'the same, where their numbers say that they are two',
      orders(['p1 f1:A', { placed: 1, cancelled: 2 }], ['f2:A']),
      false,
    ],
    [
      'the only placed one, by its other number',
      orders(['p1:A', { placed: 1 }], ['f1:A', { cancelled: 2 }]),
      true,
    ],
    ['the same before it was placed', orders(['p1:A', { placed: 3 }], ['f1:A', { cancelled: 2 }]), false],
    [
      'the same of another accession number',
      orders(['p1:A', { placed: 1 }], ['f2:B', { cancelled: 2 }]),
      false,
    ],
    [
      'the same under a former accession number',
      orders(['p1:B A', { placed: 1 }], ['f1:A', { cancelled: 2 }]),
      true,
    ],
    [
      'one of two placed, by a number of neither',
      orders(['p1:A', { placed: 1 }], ['p2:A', { placed: 1 }], ['f1:A', { cancelled: 2 }]),
      false,
    ],
    [
      'each by its own numbers, of two, beside what a modality told',
      orders(
        ['p1:A', { placed: 1 }],
        ['p1 f1:A', { cancelled: 3 }],
        ['p2 f2:A', { placed: 2, cancelled: 4 }],
      ),
      true,
    ],
    [
      'what another authority numbers otherwise',
      [order('p1 f1:A', { placed: 1, cancelled: 3 }), order('f9:A', { authority: 'MOD' })],
      true,
    ],
    [
      'one of two procedures under one order number',
      orders(['p1 f1:A', { placed: 1, cancelled: 2 }], ['p1 f1:B', { placed: 1 }]),
      false,
    ],
    [
      'the same, of which a modality told one',
      orders(['p1 f1:A', { placed: 1, cancelled: 2 }], ['p1 f1:B']),
      false,
    ],
    [
      'the only placed one, by its order numbers under another number of the study',
      orders(['p1 f1:A', { placed: 1 }], ['p1 f1:B', { cancelled: 2 }]),
      true,
    ],
    [
      'one of two filler numbers under one placer number',
      orders(['p1 f1:A', { placed: 1 }], ['p1 f2:A', { placed: 1, cancelled: 2 }]),
      false,
    ],
    [
      'the same, which nobody placed',
      orders(['p1 f1:A', { placed: 1 }], ['p1 f2:B', { cancelled: 2 }]),
      false,
    ],
    [
      'by a number whose namespace is stated more fully',
      orders(['p1@RIS:A', { placed: 1 }], ['p1@RIS^1.2.3 f1:A', { cancelled: 2 }]),
      true,
    ],
    [
      'by a number of another namespace',
      orders(['p1@RIS:A', { placed: 1 }], ['p1@LAB f1:B', { cancelled: 2 }]),
      false,
    ],
    ['what nobody placed', orders(['p1:A'], ['p1 f1:A', { cancelled: 1 }]), true],
    ['two of which nobody placed one', orders(['f1:A'], ['f2:A', { cancelled: 1 }]), false],
  ])('%s', (_name, all, expected) => {
    expect(areAllCancelled(all)).toBe(expected);
    expect(areAllCancelled(all.toReversed())).toBe(expected);
  });
});

describe('of several that were ordered under one accession number', () => {
  /** Of the accession number A, a placer number that an issuer gave out. */
  const issued = (namespace: string, times: { placed: number; cancelled?: number }): CountedOrder => {
    const bare = order('p7:A', times);
    return { ...bare, numbers: bare.numbers.map((each) => ({ ...each, namespace })) };
  };

  it.each<[string, CountedOrder[], boolean]>([
    [
      'one is not cancelled by what may be of the other, which is',
      orders(['p1:A', { placed: 1 }], ['p2:A', { placed: 1, cancelled: 2 }], ['f1:A', { cancelled: 2 }]),
      false,
    ],
    [
      'one is not cancelled by the cancellation of that to which another issuer gave the same number',
      [issued('SYSA', { placed: 1, cancelled: 2 }), issued('SYSB', { placed: 1 })],
      false,
    ],
    [
      'one is cancelled where the issuer of its number is left out',
      [issued('SYSA', { placed: 1, cancelled: 2 }), issued('', { placed: 1 })],
      true,
    ],
  ])('%s', (_name, all, expected) => {
    expect(areAllCancelled(all)).toBe(expected);
    expect(areAllCancelled(all.toReversed())).toBe(expected);
  });
});
