import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Interleaving } from '../system/interleaving.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

describe.each([
  { what: 'no instance at all', keep: 0 },
  { what: 'half of the instances', keep: 0.5 },
])('a server whose metadata describe $what at first', ({ keep }) => {
  it('is asked again, and nothing is measured of a part', async () => {
    let answers = 0;
    play.pacs.gate.disturb(({ path }) => {
      if (!/\/series\/[^/]+\/metadata$/u.test(path) || (answers += 1) > 2) return undefined;
      return {
        changeAnswer: (body) => {
          const whole = JSON.parse(body.toString()) as unknown[];
          return Buffer.from(JSON.stringify(whole.slice(0, Math.floor(whole.length * keep))));
        },
      };
    });
    const { studyInstanceUid } = await play.announced();
    await play.installation.storyWhen(studyInstanceUid, 'the cause is told', ({ openSteps }) =>
      openSteps.some(({ reason }) => /its metadata are not whole yet, or cut short/u.test(reason ?? '')),
    );
    const story = await play.hastenedUntil(studyInstanceUid, 'all of it is measured', ({ runs }) =>
      runs.some(({ outcome }) => outcome === 'measured'),
    );
    expect(story.runs).toHaveLength(1);
    expect(answers).toBeGreaterThan(2);
  }, 120_000);
});
