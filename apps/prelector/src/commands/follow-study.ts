import type { Resources } from '@prelector/pipeline';
import type { StudyStory } from '@prelector/ledger';
import { PrelectorError } from '@prelector/kernel';
import { storyLine } from './story-lines.js';

const everyMs = 150;

/** Deliveries that are over, well or not. */
const settled = new Set([
  'verified',
  'stored-with-coercion',
  'accepted-unverifiable',
  'not-sent',
  'refused',
  'dead',
  'held',
  'misfiled',
  'superseded',
  'withdrawn',
  'removed-at-destination',
]);

/** True when nothing more will happen to a study by itself. */
export function isSettled(story: StudyStory): boolean {
  if (story.openSteps.some((step) => step.state !== 'dead')) return false;
  if (story.openSteps.length > 0) return true;
  if (story.study.state === 'held') return true;
  // One that stood in the archive before us is only noted, until somebody announces it.
  if (story.study.state === 'incomplete') return story.study.completeness?.kind === 'give-up';
  const runs = story.runs.filter((run) => run.state !== 'cancelled');
  if (story.study.state !== 'complete') return false;
  return (
    runs.every((run) => ['done', 'dead', 'held'].includes(run.state)) &&
    story.deliveries.every((delivery) => settled.has(delivery.state)) &&
    (runs.length === 0
      ? story.entries.some((entry) => entry.kind === 'verdict')
      : runs.some((run) => run.state !== 'done') || story.deliveries.length > 0)
  );
}

/**
 * Tells each thing as it happens to a study until nothing more will, by reading its story again and again.
 *
 * @throws `follow.too-long` after `limitSeconds`
 */
export async function followStudy(
  resources: Resources,
  studyInstanceUid: string,
  tell: (line: string) => void,
  limitSeconds: number,
  since: Date = new Date(0),
): Promise<StudyStory> {
  const told = new Set<string>();
  const deadline = Date.now() + limitSeconds * 1000;
  while (Date.now() < deadline) {
    const story = await resources.ledger.pool.stories.ofStudy(studyInstanceUid);
    if (!story) {
      await failOnHeldOrder(resources, studyInstanceUid);
    } else {
      for (const entry of story.entries) {
        const key = `${entry.kind} ${entry.subjectId} ${entry.what} ${entry.at.getTime()}`;
        if (told.has(key) || entry.at < since) continue;
        told.add(key);
        const line = storyLine(entry);
        if (line) tell(line);
      }
      if (isSettled(story)) return story;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new PrelectorError(
    'follow.too-long',
    'transient',
    `The study did not settle within ${limitSeconds} s; see: prelector study ${studyInstanceUid}`,
  );
}

async function failOnHeldOrder(resources: Resources, studyInstanceUid: string): Promise<void> {
  const orders = await resources.ledger.pool.orders.speakingOf({
    studyInstanceUid,
  });
  const stuck = orders.find((order) => order.state === 'held' || order.state === 'never-arrived');
  if (stuck)
    throw new PrelectorError('follow.order-stuck', 'permanent', stuck.stateReason ?? 'the order is held');
}

/** True when a study came to a good end: reports verified, or nothing to send for a reason of the rules. */
export function isWellSettled(story: StudyStory): boolean {
  return (
    story.study.state === 'complete' &&
    story.runs.every((run) => run.state === 'done') &&
    story.deliveries.every(
      (each) => each.carried && !each.inDoubtSince && !['dead', 'held', 'misfiled'].includes(each.state),
    )
  );
}
