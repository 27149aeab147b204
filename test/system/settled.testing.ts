import type { StudyStory } from '@prelector/ledger';

const over = new Set(['done', 'dead', 'held', 'cancelled']);
const open = new Set(['pending', 'attempted', 'stored']);

/** True when nothing more happens to a study by itself: held, given up, or decided on to its last delivery. */
export function isSettled(story: StudyStory): boolean {
  const dead = story.openSteps.some((step) => step.state === 'dead');
  if (story.openSteps.some((step) => step.state !== 'dead')) return false;
  if (story.study.state !== 'complete') return story.study.state !== 'watching' || dead;
  const decided = story.entries.some((entry) => entry.kind === 'verdict');
  return (
    (decided || dead) &&
    story.runs.every((run) => over.has(run.state)) &&
    story.deliveries.every((delivery) => !open.has(delivery.state))
  );
}
