import type { StoredInstance } from '../archive/stored-instance.js';
import type { JsonAttribute, JsonDataset } from '../dicom/dataset.js';
import type { Answer } from '../http/answer.js';
import type { MediaType } from '../http/media-types.js';

export type Level = 'study' | 'series' | 'instance';

/** How a server's QIDO-RS behaves (PS3.18 10.6), as far as servers differ. */
export interface QidoBehaviour {
  readonly accepts: (ranges: readonly MediaType[]) => boolean;
  readonly contentType: string;
  /** Refuses a query for reasons of its own. */
  readonly refuse?: (search: URLSearchParams) => Answer | undefined;
  /** Tags that can be matched at a level; without it, all. */
  readonly keys?: Readonly<Record<Level, readonly string[]>>;
  /** Compares keys as they stand in the URL, percent-encoding and all; else they are decoded. */
  readonly undecodedKeys?: true;
  readonly unknownKey: 'ignore' | 'reject';
  readonly dateRange: 'open' | 'closed' | 'ignored';
  readonly wildcard: boolean;
  readonly uidList: boolean;
  /** What becomes of a key given twice. */
  readonly repeatedKey: 'any' | 'last' | 'reject';
  /** Whether `CT,MR` asks for either. */
  readonly commaList: boolean;
  readonly paging: {
    /** Where the client names no limit. */
    readonly fallback?: Readonly<Record<Level, number>>;
    readonly maximum?: number;
    readonly above: 'clamp' | 'reject';
    readonly offsetMaximum?: number;
    readonly zero: 'empty' | 'reject';
    readonly notANumber: 'ignore' | 'reject';
    /** More matches than this are never shown, on whatever page. */
    readonly total?: number;
  };
  /** Headers by which it says that there is more. */
  readonly more: (page: {
    total: number;
    offset: number;
    returned: number;
    limited: boolean;
  }) => Record<string, string>;
  readonly empty: 'array' | 'no-content' | 'nothing';
  readonly order: (a: Match, b: Match) => number;
  /** Tags answered unasked, per level; without it, those of the standard. */
  readonly defaults?: Partial<Readonly<Record<Level, readonly string[]>>>;
  readonly never: readonly string[];
  readonly includefield: 'comma' | 'repeat' | 'ignored';
  /** `includefield=all` has an effect. */
  readonly includeAll: boolean;
  /** A key that is in includefield as well is not matched. */
  readonly includefieldDropsKey: boolean;
  readonly shape: (found: JsonDataset, level: Level) => Record<string, JsonAttribute>;
  /** Above so many matches it answers 413. */
  readonly tooMany?: number;
}

/** A match as servers order it. */
export interface Match {
  readonly newest: number;
  readonly patientName: string;
}

/** How a server's WADO-RS behaves (PS3.18 10.4). */
export interface WadoBehaviour {
  readonly levels: readonly Level[];
  /** What it answers with, or the status by which it refuses. */
  readonly choose: (ranges: readonly MediaType[], level: Level) => 'multipart' | 'single' | number;
  /** Status where the transfer syntax that was asked for cannot be had. */
  readonly transferSyntaxRefused: number | 'ignored';
  readonly boundary: () => string;
  readonly contentType: (boundary: string) => string;
  readonly partHeaders: (instance: StoredInstance) => readonly string[];
  /** What stands before the first delimiter. */
  readonly preamble: string;
  /** What stands between a part and the next delimiter; the standard's is CRLF. */
  readonly beforeDelimiter: string;
  readonly beforeClosing: string;
  readonly afterClosing: string;
  readonly missing: Answer;
  readonly metadata: boolean;
  readonly omitted: (attribute: JsonAttribute, tag: string) => boolean;
}

/** What came of one part of a store request. */
export interface PartOutcome {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyUid: string;
  readonly failureReason?: number;
  readonly warningReason?: number;
  /** The part was no DICOM file. */
  readonly unreadable?: true;
  /** More attributes of its item in the answer. */
  readonly detail?: JsonDataset;
}

export interface StoreContext {
  /** Study of the URL. */
  readonly study: string | undefined;
  readonly accept: readonly MediaType[];
  readonly url: string;
}

/** What a server does with an instance that it has. */
export type DuplicateDecision =
  'keep-old' | 'overwrite' | 'hide-new' | { readonly failureReason: number; readonly detail?: JsonDataset };

/** How a server's STOW-RS behaves (PS3.18 10.5). */
export interface StowBehaviour {
  /** Refuses a request by its headers. */
  readonly refuse: (request: {
    contentType: MediaType;
    accept: readonly MediaType[];
    contentLength: number | undefined;
    study: string | undefined;
  }) => Answer | undefined;
  readonly maximumParts?: { readonly parts: number; readonly answer: Answer };
  readonly maximumBytes?: { readonly bytes: number; readonly answer: Answer };
  readonly duplicate: (known: StoredInstance, digest: string) => DuplicateDecision;
  readonly requiresPatientId?: number;
  readonly studyMismatch: number;
  readonly unreadable: number;
  /** Parts of another Content-Type are passed over without a word. */
  readonly onlyDicomParts: boolean;
  /** Attributes that it writes over in what it stores. */
  readonly coerce: (
    study: readonly StoredInstance[],
    query: URLSearchParams,
  ) => Readonly<Record<string, string>>;
  /** Nothing is stored but into a study that is there. */
  readonly onlyKnownStudies: boolean;
  /** What its reading of a part does to the bytes. */
  readonly mangle: (part: Buffer) => Buffer;
  readonly visibleAfterMs: number;
  readonly respond: (outcomes: readonly PartOutcome[], context: StoreContext) => Answer;
}

/** One server's ways. */
export interface Personality {
  readonly id: string;
  readonly title: string;
  readonly roots: { readonly qido: string; readonly wado: string; readonly stow: string };
  readonly unauthorised: Answer;
  readonly qido: QidoBehaviour;
  readonly wado: WadoBehaviour;
  /** Without it, nothing can be stored by HTTP. */
  readonly stow: StowBehaviour | undefined;
}

/** A personality as it differs from another one. */
export interface Differences {
  readonly id: string;
  readonly title: string;
  readonly roots?: Personality['roots'];
  readonly unauthorised?: Answer;
  readonly qido?: Partial<QidoBehaviour>;
  readonly wado?: Partial<WadoBehaviour>;
  readonly stow?: Partial<StowBehaviour> | 'none';
}

export function personalityFrom(base: Personality, { qido, wado, stow, ...rest }: Differences): Personality {
  const storing = base.stow && stow !== 'none' ? { ...base.stow, ...stow } : undefined;
  return {
    ...base,
    ...rest,
    qido: { ...base.qido, ...qido },
    wado: { ...base.wado, ...wado },
    stow: storing,
  };
}
