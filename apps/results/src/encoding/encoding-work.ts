import type { Presentation } from '@prelector/findings';
import type { FindingsRow, RunRow, StudyRow } from '@prelector/ledger';
import type { ArchiveView, SiteNode } from '@prelector/pipeline';

/** What one encoding works on. */
export interface EncodingWork {
  readonly run: RunRow;
  readonly study: StudyRow;
  readonly findings: FindingsRow;
  readonly view: ArchiveView;
}

/** One presentation of it, for the nodes that get it so. */
export interface Encoding {
  readonly work: EncodingWork;
  readonly presentation: Presentation;
  readonly timeZone: string;
  readonly nodes: readonly SiteNode[];
}
