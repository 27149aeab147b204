import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestInstallation } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import type { RawElement } from '../system/renamed-study.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

let pacs: TestPacs;
let installation: TestInstallation;
beforeAll(async () => {
  pacs = await TestPacs.start();
  installation = await TestInstallation.start();
  await installation.configure({ pacs, poll: true });
  await installation.polled();
}, 60_000);
afterAll(async () => {
  await installation?.stop();
  await pacs?.stop();
}, 60_000);

const text = (value: string) => Buffer.from(value, 'latin1');

/** Orthanc leaves a number that it cannot read out of its metadata, so that it looks as if it were absent. */
describe('a number that the server cannot read', () => {
  it.each<[string, RawElement, string]>([
    [
      'an intercept with a comma',
      ['00281052', 'DS', text('-1024,0')],
      'Rescale Intercept (0028,1052) cannot be read as a number: `-1024,0`',
    ],
    [
      'a slope with its unit',
      ['00281053', 'DS', text('1 HU')],
      'Rescale Slope (0028,1053) cannot be read as a number: text of 4 characters',
    ],
    [
      'spacings with commas',
      ['00280030', 'DS', text('0,7\\0,7')],
      'Pixel Spacing (0028,0030) cannot be read as numbers: `0,7\\0,7`',
    ],
  ])(
    'is refused by what stands in the file: %s',
    async (_what, element, reason) => {
      const study = withRawElements(await makePhantom(), [element]);
      await pacs.push(study);
      const story = await installation.storyWhen(
        study.studyInstanceUid,
        'a rule has decided',
        ({ entries }) => entries.some(({ what }) => what.startsWith('skip')),
      );
      expect(story.entries.find(({ what }) => what.startsWith('skip'))?.why).toContain(reason);
      expect(story.runs).toEqual([]);
      expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
    },
    120_000,
  );

  it('is called empty where it is empty in the file', async () => {
    const study = withRawElements(await makePhantom(), [['00281052', 'DS', text('')]]);
    await pacs.push(study);
    const story = await installation.storyWhen(study.studyInstanceUid, 'a rule has decided', ({ entries }) =>
      entries.some(({ what }) => what.startsWith('skip')),
    );
    expect(story.entries.find(({ what }) => what.startsWith('skip'))?.why).toContain(
      'Rescale Intercept (0028,1052) is empty',
    );
  }, 120_000);
});
