import type { StudyIdentity } from '@prelector/findings';
import type { OrderMeaning, OrderPriority } from './feed-mapping.js';
import type { UnusableNote } from './order-notes.js';
import type { AccessionNumber } from './order-numbers.js';

/** What one order of a message says. Holds identity: never logged. */
export interface MappedOrder {
  /** Among the orders of the message, from 1, those that mean nothing to the mapping included. */
  readonly position: number;
  readonly identity: StudyIdentity;
  readonly studyInstanceUids: readonly string[];
  /** The one that the order states as such. */
  readonly accessionNumber?: string;
  readonly issuerOfAccessionNumber?: string;
  /** The stated one first, then order numbers that may be one. */
  readonly accessions: readonly AccessionNumber[];
  readonly placerOrderNumber?: string;
  readonly placerNamespace?: string;
  readonly fillerOrderNumber?: string;
  readonly fillerNamespace?: string;
  readonly requestedProcedureId?: string;
  /**
   * It states an accession number, and none that can be used: which of several orders of its numbers is meant is not
   * known.
   */
  readonly isAccessionUnread?: boolean;
  /** With that: another order of its numbers, in this message, states one that can be used. */
  readonly isBesideUsable?: boolean;
  /** What it states and what does not count: a person may look for the order by it. */
  readonly setAside: SetAside;
  /** Whether it gives anything that an archive could be asked for: a Study Instance UID or an accession number. */
  readonly askable: boolean;
  /** Why not, where that is an identifier that was set aside; as half a sentence. */
  readonly unaskable?: string;
  readonly modality?: string;
  readonly procedureCode?: { readonly value: string; readonly scheme: string; readonly meaning: string };
  readonly priority: OrderPriority;
  readonly meaning: OrderMeaning;
  /** The message places the order, and does not merely go on with one that was placed. */
  readonly isPlacing?: boolean;
  /** The message changes an order that was placed, and speaks of no second one of its numbers. */
  readonly isChange?: boolean;
  /** With `isChange`: it states that the order has no accession number. */
  readonly deletesAccession?: boolean;
}

/** Identifiers as a message states them, by which nothing is asked or joined. */
export interface SetAside {
  readonly accessions: readonly string[];
  readonly studyInstanceUids: readonly string[];
}

/**
 * An order of which an identifier that is needed cannot be used. `order` is what is left of it: never more than the
 * order numbers by which a later message may correct it, and its patient, so that it neither asks nor joins.
 */
export interface UnusableOrder extends UnusableNote {
  readonly order: MappedOrder;
}
