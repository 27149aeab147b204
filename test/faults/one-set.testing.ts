import { expect } from '@jest/globals';
import type { StudyStory } from '@prelector/ledger';
import type { PhantomStudy } from '../system/phantom.testing.js';
import type { TestInstallation } from './installation.testing.js';

const good = new Set(['verified', 'stored-with-coercion']);

/** True when all evidence of a study is verified and nothing is open. */
export function isVerified(story: StudyStory): boolean {
  return (
    story.openSteps.length === 0 &&
    story.deliveries.length > 0 &&
    story.deliveries.every((each) => good.has(each.state))
  );
}

/**
 * Waits until a study has come to its end, and holds the installation to what must be true after any fault:
 * one run, one verified piece of evidence per form, the same and no more in the PACS, and nothing dead.
 */
export async function expectOneVerifiedSet(
  installation: TestInstallation,
  { studyInstanceUid }: PhantomStudy,
): Promise<StudyStory> {
  const story = await installation.storyWhen(studyInstanceUid, 'all evidence is verified', isVerified);
  expect(story.study.state).toBe('complete');
  expect(story.runs.map(({ state, outcome }) => ({ state, outcome }))).toEqual([
    { state: 'done', outcome: 'measured' },
  ]);
  const sent = story.deliveries.map(({ sopInstanceUid }) => sopInstanceUid).sort();
  const reports = await installation.archive.reports(studyInstanceUid);
  expect(reports.map(({ sopInstanceUid }) => sopInstanceUid).sort()).toEqual(sent);
  expect(new Set(reports.map(({ seriesInstanceUid }) => seriesInstanceUid)).size).toBe(reports.length);
  expect(new Set(story.deliveries.map(({ kind }) => kind)).size).toBe(2);

  return story;
}
