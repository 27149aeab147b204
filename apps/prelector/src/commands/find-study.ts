import { PrelectorError } from '@prelector/kernel';
import type { BearingStudy, SoughtNumbers } from '@prelector/ledger';
import { studiesToldAtMost } from '@prelector/ledger';
import type { FoundStudies, Resources } from '@prelector/pipeline';
import { findStudies } from '@prelector/pipeline';
import { orderLines } from './orders.js';
import type { ToldStory } from './study.js';
import { storyOf } from './study.js';

/** The story of the only study that bears the numbers; else the studies, or orders, that do. */
export type StudyAnswer =
  | { readonly kind: 'story'; readonly story: ToldStory }
  | { readonly kind: 'several'; readonly words: string; readonly studies: readonly BearingStudy[] }
  | { readonly kind: 'ordered'; readonly words: string; readonly orders: FoundStudies['orders'] };

/**
 * Looks for a study by numbers; `words` names them without their values.
 *
 * @throws `study.none-found` when neither a study nor an order bears them
 */
export async function findStudy(
  resources: Resources,
  numbers: SoughtNumbers,
  words: string,
): Promise<StudyAnswer> {
  const { studies, orders } = await findStudies(resources.ledger, numbers);
  const [only] = studies;
  if (only && studies.length === 1)
    return { kind: 'story', story: await storyOf(resources, only.studyInstanceUid) };
  if (studies.length > 0) return { kind: 'several', words, studies };
  if (orders.length > 0) return { kind: 'ordered', words, orders };
  throw new PrelectorError(
    'study.none-found',
    'permanent',
    `Neither a study nor an order bears ${words}. Try the number without its issuer, or: prelector messages.`,
  );
}

/** The same for a person, where it is no story. */
export function foundLines(answer: Exclude<StudyAnswer, { kind: 'story' }>): string[] {
  if (answer.kind === 'ordered') {
    return [
      `No study bears ${answer.words}; these orders do (prelector orders):`,
      ...orderLines({ orders: answer.orders, more: false }),
    ];
  }
  const { studies, words } = answer;
  return [
    `${studies.length < studiesToldAtMost ? studies.length : `At least ${studies.length}`} studies bear ${words}; the story of one: prelector study <uid>`,
    ...studies.map(
      (each) =>
        `${each.firstHeardAt.toISOString()} ${each.studyInstanceUid}: ${each.state}${each.stateReason ? `: ${each.stateReason}` : ''}`,
    ),
  ];
}
