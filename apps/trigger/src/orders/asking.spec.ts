import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asksPerSecond, secondsUntilNextAsk } from './asking.js';

const waiting = { forSeconds: 0, everySeconds: 30, priority: 5, orders: 1 };

describe('when an order is asked for again', () => {
  it('is soon at first and ever later, and sooner where it is urgent', () => {
    expect(secondsUntilNextAsk(waiting)).toBe(30);
    expect(secondsUntilNextAsk({ ...waiting, forSeconds: 600 })).toBe(150);
    expect(secondsUntilNextAsk({ ...waiting, forSeconds: 86_400 })).toBe(900);
    expect(secondsUntilNextAsk({ ...waiting, forSeconds: 86_400, priority: 1 })).toBe(60);
  });

  it('leaves half of the questions of a second to orders that come, however many wait', () => {
    fc.assert(
      fc.property(
        fc.nat(400_000),
        fc.nat(100_000),
        fc.integer({ min: 1, max: 60 }),
        (orders, forSeconds, every) => {
          const seconds = secondsUntilNextAsk({ forSeconds, everySeconds: every, priority: 5, orders });
          expect(seconds).toBeGreaterThanOrEqual((2 * orders) / asksPerSecond);
        },
      ),
    );
  });
});
