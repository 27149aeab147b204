import type { FindingsRow, RunRow, StudyRow } from '@prelector/ledger';
import type { ArchiveView, SiteNode } from '@prelector/pipeline';

/** What one encoding works on. */
export interface EncodingWork {
  readonly run: RunRow;
  readonly study: StudyRow;
  readonly findings: FindingsRow;
  readonly view: ArchiveView;
  readonly destinations: readonly SiteNode[];
}
