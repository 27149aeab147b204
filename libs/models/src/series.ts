import type { Dataset } from '@prelector/dicom';

/** A series of the study by the metadata of all its instances. */
export interface SeriesCandidate {
  readonly seriesInstanceUid: string;
  readonly instances: readonly Dataset[];
  /** How many the server says it has of the series, where it says so. */
  readonly announcedInstances?: number | undefined;
}

/** A series that fits, before one is chosen. */
export interface FittingSeries {
  readonly candidate: SeriesCandidate;
  /** The images used, one data set per image or frame, in slice order. */
  readonly images: readonly Dataset[];
  readonly notes: readonly string[];
}

/** Why a model does not read a series. */
export interface Refusal {
  readonly why: string;
  /** `incomplete`: the right kind of series, and images of it may be missing. */
  readonly kind: 'other' | 'incomplete';
}

export const refused = (why: string): Refusal => ({ why, kind: 'other' });
