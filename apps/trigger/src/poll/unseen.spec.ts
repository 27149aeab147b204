import { describe, expect, it } from '@jest/globals';
import { isUnseenOf, mayLookAgain, unseenDigest } from './unseen.js';

const at = (second: number) => new Date(1_000_000 + second * 1000);

describe('a study of which no image can be looked at', () => {
  it('is looked at ever less often, an hour apart at most, as long as it is listed alike', () => {
    let kept = unseenDigest('d1', at(0));
    const looks: number[] = [];
    for (let second = 1; second <= 20_000; second += 1) {
      if (!mayLookAgain(kept, 'd1', at(second))) continue;
      looks.push(second);
      kept = unseenDigest('d1', at(second), kept);
    }
    expect(looks.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(looks.slice(-2)).toEqual([14_896, 18_496]);
  });

  it('is looked at whenever it is listed otherwise, and waits anew then', () => {
    const kept = unseenDigest('d1', at(900), unseenDigest('d1', at(0)));
    expect(mayLookAgain(kept, 'd1', at(901))).toBe(false);
    expect(mayLookAgain(kept, 'd2', at(901))).toBe(true);
    expect(isUnseenOf(kept, 'd1')).toBe(true);
    expect(isUnseenOf(kept, 'd2')).toBe(false);
    expect(mayLookAgain(unseenDigest('d2', at(901), kept), 'd2', at(902))).toBe(true);
  });

  it('is not what was seen as it is listed', () => {
    expect(mayLookAgain('d1', 'd1', at(0))).toBe(false);
    expect(mayLookAgain('d1', 'd2', at(0))).toBe(true);
    expect(isUnseenOf('d1', 'd1')).toBe(false);
  });
});
