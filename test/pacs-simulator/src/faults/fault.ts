/** What can go wrong, by the control API's `kind`. The README has an example of each. */
export const faultKinds = [
  'cut-off',
  'reset',
  'slow-drip',
  'hang',
  'status',
  'login-page',
  'redirect',
  'wrong-study-instance',
  'duplicate-instance',
  'missing-instances',
  'zero-parts',
  'missing-closing-boundary',
  'changed-instance',
  'stow-nothing-stored',
  'stow-lost-answer',
  'stow-misfile',
  'stow-empty-body',
  'refuse-sop-class',
  'visibility-delay',
  'ignore-filters',
  'page-drift',
  'page-cap',
  'qido-shape',
  'multipart-shape',
  'change-patient',
] as const;

/** Other forms of a search answer that servers are known for. */
export const qidoShapes = [
  'lower-case-tags',
  'joined-modalities',
  'null-values',
  'numbers-as-strings',
  'names-as-strings',
  'without-vr',
  'single-object',
  'empty-body',
  'no-content',
  'not-found',
  'text-json',
  'xml',
] as const;

/** Other forms of a retrieve answer that servers are known for; all hold the same instances. */
export const multipartShapes = [
  'no-type',
  'quoted-boundary',
  'no-boundary-parameter',
  'boundary-with-spaces',
  'preamble-and-epilogue',
  'bare-parts',
  'odd-part-headers',
  'wrong-part-length',
  'no-inner-line-ends',
  'no-last-line-end',
  'tiny-chunks',
  'partial-content',
  'gzip',
] as const;

export type QidoShape = (typeof qidoShapes)[number];
export type MultipartShape = (typeof multipartShapes)[number];
export type FaultKind = (typeof faultKinds)[number];
export type Service = 'qido' | 'wado' | 'metadata' | 'stow';

/** Which requests a fault meets. Everything that is not said matches. */
export interface FaultMatch {
  readonly method?: string;
  readonly service?: Service;
  /** Path below the DICOMweb root; `*` is one segment or a part of one, `**` any number. */
  readonly path?: string;
}

/** One fault as the control API takes it; which members a kind reads, the README says. */
export interface Fault {
  readonly kind: FaultKind;
  readonly match?: FaultMatch;
  /** Meets so many matching requests, then no more; without it, all. */
  readonly count?: number;
  /** Lets so many matching requests pass first. */
  readonly skip?: number;
  readonly afterBytes?: number;
  readonly afterParts?: number;
  /** How a body is cut: connection closed, reset, or the answer ended as if whole. */
  readonly how?: 'close' | 'reset' | 'end';
  readonly bytesPerSecond?: number;
  readonly seconds?: number;
  readonly status?: number;
  /** Value of Retry-After: seconds or an HTTP date, as is. */
  readonly retryAfter?: string | number;
  readonly body?: string;
  readonly contentType?: string;
  readonly location?: string;
  /** How many parts are left out, by how many matches a page drifts (below zero: gaps), or how many it holds. */
  readonly by?: number;
  readonly changes?: Readonly<Record<string, string | null>>;
  readonly sopClassUids?: readonly string[];
  readonly failureReason?: number;
  readonly shape?: QidoShape | MultipartShape;
}
