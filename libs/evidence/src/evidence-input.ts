import type { Dataset } from '@prelector/dicom';
import type { Findings, ModelIdentity, Presentation } from '@prelector/findings';

/** The series of a form of evidence, fixed in the ledger at first use and repeated in every later instance. */
export interface SeriesPlacement {
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number;
  readonly seriesDescription: string;
  /** Series Date and Time. */
  readonly createdAt: Date;
}

/** The instance that new evidence replaces (Predecessor Documents Sequence, PS3.3 C.17.2). */
export interface PredecessorReference {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** Where one object of evidence stands. */
export interface Place {
  readonly series: SeriesPlacement;
  readonly instanceNumber: number;
  readonly predecessor?: PredecessorReference | undefined;
}

/** The software that writes the evidence (General Equipment Module). All are LO: at most 64 characters. */
export interface Installation {
  /** Stable id of this installation: Device Serial Number. */
  readonly id: string;
  readonly manufacturer: string;
  readonly modelName: string;
  readonly softwareVersions: string;
  readonly institution?: string;
}

/** All that evidence says, in whatever form. The same gives the same bytes, on every machine. */
export interface ResultInput {
  readonly runKey: string;
  readonly findings: Findings;
  readonly model: ModelIdentity;
  readonly presentation: Presentation;
  readonly installation: Installation;
  /** Patient and study attributes as the archive states them now; identity is copied from here. */
  readonly source: Dataset;
  /** Timezone Offset From UTC of the source, where it has one: `+0100`. */
  readonly sourceTimezoneOffset?: string;
  /** IANA time zone of the node, used where the source states no offset. */
  readonly timeZone: string;
  readonly analysisStartedAt: Date;
  readonly completedAt: Date;
  /** No image that arrived later was seen. */
  readonly imagesAsOf: Date;
  /** The study was taken as complete because the maximum wait ran out. */
  readonly forcedByMaximumWait: boolean;
}
