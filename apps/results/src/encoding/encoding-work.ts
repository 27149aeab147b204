import type { FindingsRow, RunRow, StudyRow } from '@prelector/ledger';
import type { SiteNode, SiteRule } from '@prelector/pipeline';
import type { ArchiveView } from '../archive/archive-view.js';

/** What one encoding works on. */
export interface EncodingWork {
  readonly run: RunRow;
  readonly study: StudyRow;
  readonly findings: FindingsRow;
  readonly view: ArchiveView;
  readonly destinations: readonly SiteNode[];
  readonly rule: SiteRule | undefined;
}
