import type { JoiningKey, ReadingState } from '@prelector/findings';
import { readingTransitions } from '@prelector/findings';
import type { KeptIdentity } from '../identities/identities.js';
import type { OrderRow } from './order.entity.js';

/** Identifiers as a message states them, by which nothing is asked or joined. */
export interface SetAsideNumbers {
  readonly accessions: readonly string[];
  readonly studyInstanceUids: readonly string[];
}

/** What a message says of one order. What it leaves out stays as it was. */
export interface NewOrder {
  readonly feedId?: string | undefined;
  /** Within which order numbers are unique: the feed's assigning authority, else the feed's name. */
  readonly authority: string;
  /** Its `accessions`, where given, are all the accession numbers of the order; else there is at most one. */
  readonly identity: KeptIdentity;
  readonly studyInstanceUids?: readonly string[] | undefined;
  /** What the message states and what does not count. */
  readonly setAside?: SetAsideNumbers | undefined;
  /** It states an accession number that cannot be used, and so not which of several orders of its numbers it means. */
  readonly isAccessionUnread?: boolean | undefined;
  /** With that: another order of its numbers, in this message, states one that can be used. */
  readonly isBesideUsable?: boolean | undefined;
  /** Smaller goes first. */
  readonly priority?: number | undefined;
  readonly modality?: string | undefined;
  readonly procedureCode?: OrderRow['procedureCode'] | undefined;
  readonly expectedInstances?: number | undefined;
  readonly acquisitionEnded?: boolean | undefined;
  readonly readingState?: ReadingState | undefined;
  /** The report was withdrawn: the order is unread again. */
  readonly withdrawn?: boolean | undefined;
  /** The message cancels the order. */
  readonly isCancelling?: boolean | undefined;
  /** The message places an order or tells of images, so that it may take a number anew for another one. */
  readonly opens?: boolean | undefined;
  /** The message places the order, and does not merely go on with one that was placed. */
  readonly isPlacing?: boolean | undefined;
  /** The message changes an order that was placed: it may correct the accession number. */
  readonly isChange?: boolean | undefined;
  /** With `isChange`: the order has no accession number. */
  readonly deletesAccession?: boolean | undefined;
  readonly testOnly?: boolean | undefined;
  /** It speaks of these orders alone; of any where left out. */
  readonly among?: ReadonlySet<string> | undefined;
  readonly giveUpAt?: Date | undefined;
  /** For the event. */
  readonly who: string;
  readonly why?: string | undefined;
}

/** Whether a message places an order, or changes one that was placed: what is changed was placed, heard of or not. */
export const isPlaced = ({
  isPlacing = false,
  isChange = false,
}: Pick<NewOrder, 'isPlacing' | 'isChange'>): boolean => isPlacing || isChange;

/** Whether a message that states these numbers may correct the accession number of the order that bears the others. */
export const mayCorrect = (
  { isChange = false, deletesAccession = false }: Pick<NewOrder, 'isChange' | 'deletesAccession'>,
  keys: readonly { readonly kind: JoiningKey }[],
): boolean =>
  isChange &&
  !deletesAccession &&
  (['accession', 'filler', 'placer'] as const).every((each) => keys.some(({ kind }) => kind === each));

/** The further of the reading state of an order and what a message says of it, which may be nothing. */
export const further = (from: ReadingState, to: ReadingState | undefined): ReadingState =>
  to !== undefined && readingTransitions[from].some((state) => state === to) ? to : from;

/** Whether there is a report, signed or not. */
export const isReported = (state: ReadingState): boolean => state === 'preliminary' || state === 'final';
