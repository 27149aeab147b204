import { PrelectorError } from '@prelector/kernel';
import type { StudyStory } from '@prelector/ledger';
import { studyStory } from '@prelector/ledger';
import type { Resources } from '@prelector/pipeline';
import { storyLine } from './story-lines.js';

/** The whole story of a study; throws `study.unknown` when we never heard of it. */
export async function storyOf(resources: Resources, studyInstanceUid: string): Promise<StudyStory> {
  const story = await studyStory(resources.ledger.pool, studyInstanceUid);
  if (story) return story;
  throw new PrelectorError(
    'study.unknown',
    'permanent',
    'We never heard of that study: no message, poll or person has named it. To analyse it: prelector analyse <node> <uid>.',
  );
}

/** The story as lines for a person: where the study stands, what is open, and what happened when and why. */
export function storyLines(story: StudyStory): string[] {
  const { study } = story;
  return [
    `Study ${study.studyInstanceUid}`,
    `  ${study.state}${study.stateReason ? `: ${study.stateReason}` : ''}`,
    `  reading: ${study.readingState}${study.readingReason ? ` (${study.readingReason})` : ''}`,
    ...story.copies.map(
      (copy) => `  on ${copy.node}: ${copy.instances ?? '?'} instances in ${copy.series ?? '?'} series`,
    ),
    ...story.runs.map(
      (run) =>
        `  run of ${run.packageId} ${run.packageVersion}: ${run.outcome ?? run.state}${run.stateReason ? ` (${run.stateReason})` : ''}`,
    ),
    ...story.deliveries.map(
      (each) =>
        `  ${each.kind} to ${each.node}: ${each.state}${each.stateReason ? ` (${each.stateReason})` : ''}`,
    ),
    ...story.openSteps.map(
      (step) =>
        `  open: ${step.step}, ${step.state}, ${step.failures} failures${step.reason ? `: ${step.reason}` : ''}`,
    ),
    '',
    ...story.entries.flatMap((entry) => storyLine(entry) ?? []),
  ];
}
