import { describe, expect, it } from '@jest/globals';
import { orderSentences } from './order-notes.js';

describe('orderSentences', () => {
  const notes = (positions: readonly number[], text = 'why') =>
    positions.map((position) => ({ position, text }));

  it.each([
    [[1], 1, 'The order cannot be used: why.'],
    [[2], 3, 'Order 2 of 3 cannot be used: why.'],
    [[2, 3], 3, 'Orders 2, 3 of 3 cannot be used: why.'],
    [[1, 2], 2, 'All 2 orders cannot be used: why.'],
    [[1, 2, 3, 4, 5, 6, 7], 200, 'Orders 1, 2, 3, 4, 5 and 2 more of 200 cannot be used: why.'],
  ])('say which orders are meant: %j of %i', (positions, count, sentence) => {
    expect(orderSentences(notes(positions), count, 'cannot be used')).toEqual([sentence]);
  });

  it('say what is true of several orders once', () => {
    const all = [...notes([1], 'a'), ...notes([2], 'b'), ...notes([3], 'a')];
    expect(orderSentences(all, 4, 'cannot be used')).toEqual([
      'Orders 1, 3 of 4 cannot be used: a.',
      'Order 2 of 4 cannot be used: b.',
    ]);
  });
});
