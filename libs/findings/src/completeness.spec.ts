import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CompletenessPolicy, Observation } from './completeness.js';
import { isSourceSeries, judgeCompleteness } from './completeness.js';

const policy: CompletenessPolicy = {
  settleSeconds: 60,
  settleSecondsAfterAcquisition: 20,
  minimumInstances: 2,
  maximumWaitSeconds: 600,
};
const start = new Date('2026-01-01T10:00:00Z');
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const seen = (second: number, instances: number): Observation => ({
  at: at(second),
  series: [{ seriesInstanceUid: '1.2', modality: 'CT', instances }],
});
const none = { acquisitionEnded: false };
const judge = (
  observations: Observation[],
  now: number,
  expectation: Parameters<typeof judgeCompleteness>[2] = none,
) => judgeCompleteness(observations, policy, expectation, start, at(now));

describe('judgeCompleteness', () => {
  it('waits out the settle time from the last change', () => {
    expect(judge([seen(0, 10), seen(30, 20)], 30)).toMatchObject({ kind: 'wait', until: at(90) });
    expect(judge([seen(0, 10), seen(30, 20), seen(90, 20)], 90)).toMatchObject({
      kind: 'complete',
      forced: false,
      imagesAsOf: at(90),
      reason: 'no change for 60 s (settle time 60 s): 20 instances in 1 series',
    });
  });

  it('settles sooner once an order said that acquisition has ended', () => {
    expect(judge([seen(0, 20), seen(20, 20)], 20, { acquisitionEnded: true }).kind).toBe('complete');
  });

  it('needs no settle time when every expected instance is there, and waits while some are not', () => {
    expect(judge([seen(0, 20)], 0, { acquisitionEnded: false, instances: 20 }).kind).toBe('complete');
    expect(judge([seen(0, 19), seen(90, 19)], 90, { acquisitionEnded: false, instances: 20 }).kind).toBe(
      'wait',
    );
  });

  it('goes on with what is there when the maximum wait is over, and says that it was forced', () => {
    const growing = [seen(0, 5), seen(300, 6), seen(600, 7)];
    expect(judge(growing, 600)).toMatchObject({ kind: 'complete', forced: true });
  });

  it('gives up when too little arrived', () => {
    expect(judge([seen(0, 0), seen(600, 0)], 600)).toMatchObject({ kind: 'give-up' });
    expect(judge([seen(0, 1), seen(600, 1)], 600)).toMatchObject({ kind: 'give-up' });
  });

  it('starts to settle anew when a count goes back', () => {
    expect(judge([seen(0, 20), seen(59, 19), seen(60, 19)], 60).kind).toBe('wait');
  });

  it('always either decides or names a later moment no further off than the maximum wait', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 30 })), {
          maxLength: 12,
        }),
        fc.integer({ min: 0, max: 900 }),
        (points, now) => {
          const observations = points
            .filter(([second]) => second <= now)
            .sort(([a], [b]) => a - b)
            .map(([second, count]) => seen(second, count));
          const verdict = judge(observations, now);
          if (verdict.kind === 'wait') {
            expect(now).toBeLessThan(policy.maximumWaitSeconds);
            expect(verdict.until.getTime()).toBeGreaterThan(at(now).getTime());
            expect(verdict.until.getTime()).toBeLessThanOrEqual(at(policy.maximumWaitSeconds + 1).getTime());
          } else {
            expect(verdict.reason).not.toBe('');
          }
        },
      ),
    );
  });
});

describe('isSourceSeries', () => {
  it('leaves out derived objects and our own evidence', () => {
    expect(isSourceSeries({ modality: 'CT', seriesInstanceUid: '1' }, new Set())).toBe(true);
    expect(isSourceSeries({ modality: 'SR', seriesInstanceUid: '1' }, new Set())).toBe(false);
    expect(isSourceSeries({ modality: 'CT', seriesInstanceUid: '1' }, new Set(['1']))).toBe(false);
  });
});
