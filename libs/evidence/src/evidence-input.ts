import type { Dataset } from '@prelector/dicom';
import type { Findings, ModelIdentity, Presentation } from '@prelector/findings';

/** The forms that evidence can take. Each form has a series of its own. */
export const evidenceKinds = ['measurement-report', 'text-report'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** Where a form of evidence stands, fixed in the ledger at first use and repeated in every later instance. */
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

/** The software that writes the evidence (General Equipment Module). All are LO: at most 64 characters. */
export interface Installation {
  /** Stable id of this installation: Device Serial Number. */
  readonly id: string;
  readonly manufacturer: string;
  readonly modelName: string;
  readonly softwareVersions: string;
  readonly institution?: string;
}

/** All that evidence is made of. The same input gives the same bytes, on every machine. */
export interface EvidenceInput {
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
  readonly placements: Readonly<Record<EvidenceKind, SeriesPlacement>>;
  readonly instanceNumbers: Readonly<Record<EvidenceKind, number>>;
  readonly predecessors?: Readonly<Partial<Record<EvidenceKind, PredecessorReference>>>;
}

/** One DICOM object made from findings. */
export interface EncodedEvidence {
  readonly kind: EvidenceKind;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Root template (PS3.16), `1500` or `2000`. */
  readonly templateId: string;
  readonly dataset: Dataset;
  /** The part-10 file, Explicit VR Little Endian. */
  readonly bytes: Uint8Array;
}
