import { PrelectorError } from '@prelector/kernel';
import type { StudyQuery, ToldStudies } from '@prelector/ledger';
import type { FoundStudies, Resources } from '@prelector/pipeline';
import { findStudies } from '@prelector/pipeline';
import { orderLines } from './orders.js';
import { studyLines } from './study-lines.js';
import type { ToldStory } from './study.js';
import { storyOf } from './study.js';

/** The story of the only study that bears the numbers; else the studies, or orders, that do. */
export type StudyAnswer =
  | { readonly kind: 'story'; readonly story: ToldStory }
  | { readonly kind: 'several'; readonly words: string; readonly told: ToldStudies }
  | { readonly kind: 'ordered'; readonly words: string; readonly orders: FoundStudies['orders'] };

/**
 * Looks for a study by numbers; `words` names them without their values.
 *
 * @throws `study.none-found` when neither a study nor an order is known to bear them
 */
export async function findStudy(
  resources: Resources,
  query: StudyQuery,
  words: string,
): Promise<StudyAnswer> {
  const { orders, ...told } = await findStudies(resources.ledger, query);
  const [only] = told.studies;
  if (only && told.studies.length === 1 && !told.more)
    return { kind: 'story', story: await storyOf(resources, only.studyInstanceUid) };
  if (only) return { kind: 'several', words, told };
  if (orders.length > 0) return { kind: 'ordered', words, orders };
  throw new PrelectorError(
    'study.none-found',
    'permanent',
    `Neither a study nor an order is known to bear ${words}; of what nobody has looked at yet, or was purged, that is not known. Try the number without its issuer, or: prelector messages.`,
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
  const { told, words } = answer;
  const { length } = told.studies;
  return [
    `${told.more ? `More than ${length}` : length} studies bear ${words}; the story of one: prelector study <uid>`,
    ...studyLines(told),
  ];
}
