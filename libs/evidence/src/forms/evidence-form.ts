import type { Dataset } from '@prelector/dicom';
import type { FindingKind } from '@prelector/findings';

import type { Place, PredecessorReference, ResultInput } from '../evidence-input.js';
import type { Problem } from '../problem.js';

/** What one object is written from. */
export interface FormInput extends ResultInput {
  readonly place: Place;
  /** By kind: the objects of the same result that this one may refer to, as far as there are any. */
  readonly referred: Readonly<Partial<Record<string, PredecessorReference>>>;
}

/** The series of a form within the ten numbers that a model has, and the word by which its description tells it. */
export interface FormSeries {
  /** 1 to 9, each taken once: viewers list series by their number. */
  readonly place: number;
  readonly word: string;
}

/**
 * One form that evidence can take: a kind of DICOM object, one SOP Instance for each result, in a series of its own.
 * Pure: no I/O, no clock. Whatever passes `contract.spec.ts` may stand in the registry.
 */
export interface EvidenceForm<Kind extends string = string, Referred extends string = string> {
  /** As the ledger keeps it, and as people read it with blanks for hyphens: it never changes. */
  readonly kind: Kind;
  readonly sopClassUid: string;
  /** Root template (PS3.16) in digits: `1500`; `none` where the IOD has none. */
  readonly templateId: string;
  readonly series: FormSeries;
  /** The kinds of finding that it states whole. A result that has none of them is not written in this form. */
  readonly carries: readonly FindingKind[];
  /** The forms that it may refer to: each is written, and stored at a node, before it. */
  readonly refersTo: readonly Referred[];
  /**
   * The object without its SOP Instance UID. The same input gives the same data set.
   *
   * @throws `evidence.identity-unwritable`, `evidence.time-zone-unknown`
   */
  write(input: FormInput): Dataset;
  /** True for a data set that says it is of this form, whoever wrote it and however well. */
  claims(dataset: Dataset): boolean;
  /** The rules of its IOD and templates that a data set breaks, beyond those of every object (`check-evidence.ts`). */
  check(dataset: Dataset): Problem[];
}
