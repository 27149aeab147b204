import { describe, expect, it } from '@jest/globals';
import { DatabaseClock } from './database-clock.js';

/** A database and a process by clocks that only this test moves. */
function clockAt(own: number) {
  const time = { ownMs: own, countedMs: 500, databaseMs: 1_000_000 };
  const pass = (ms: number) => {
    for (const name of ['ownMs', 'countedMs', 'databaseMs'] as const) time[name] += ms;
  };
  const clock = new DatabaseClock({ now: () => new Date(time.ownMs) }, () => time.countedMs);
  /** The database answers after half of the time that the whole question takes. */
  const measure = (took: number) =>
    clock.measure(async () => {
      pass(took / 2);
      const said = time.databaseMs;
      pass(took / 2);
      return said;
    });
  return { time, pass, clock, measure };
}

describe('DatabaseClock', () => {
  it.each([3_600_000, -3_600_000, 0])('tells the time of the database, %d ms from its own', async (skew) => {
    const { time, pass, clock, measure } = clockAt(1_000_000 + skew);
    await measure(10);
    pass(5_000);
    expect(clock.now().getTime()).toBe(time.databaseMs);
    expect(clock.skewMs).toBe(skew);
  });

  it('does not jump when somebody sets the clock of the process', async () => {
    const { time, pass, clock, measure } = clockAt(1_000_000);
    await measure(10);
    time.ownMs += 7_200_000;
    pass(1_000);
    expect(clock.now().getTime()).toBe(time.databaseMs);
    expect(clock.skewMs).toBe(7_200_000);
  });

  it('follows the database when its clock is set, or when the process stood still uncounted', async () => {
    const { time, clock, measure } = clockAt(1_000_000);
    await measure(10);
    time.databaseMs += 60_000;
    await measure(400);
    expect(clock.now().getTime()).toBe(time.databaseMs);
  });

  it('keeps what it knows when a slow answer tells no better', async () => {
    const { time, pass, clock, measure } = clockAt(2_000_000);
    await measure(10);
    const asked = time.countedMs;
    await clock.measure(async () => {
      pass(800);
      return time.databaseMs;
    });
    expect(time.countedMs - asked).toBe(800);
    expect(clock.now().getTime()).toBe(time.databaseMs);
  });
});
