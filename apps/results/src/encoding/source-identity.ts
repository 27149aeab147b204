import type { Dataset } from '@prelector/dicom';
import { copyProblems } from '@prelector/evidence';
import { compareOrderWithArchive } from '@prelector/findings';
import type { RunRow, StudyRow, Tx } from '@prelector/ledger';
import type { ArchiveView, SiteNode } from '@prelector/pipeline';

const who = 'results';

/**
 * Why no report can be made that bears the whole identity of its source; undefined when one can. A guess at
 * characters counts once a person has released the study.
 */
export function whyNoReport(source: Dataset, released: boolean): string | undefined {
  const { unwritable, guessed } = copyProblems(source);
  const reasons = (each: typeof unwritable) => each.map(({ reason }) => reason).join('; ');
  if (unwritable.length > 0) {
    return `no report can bear what the images state (${reasons(unwritable)}): correct it in the archive, then release the study`;
  }
  if (guessed.length === 0 || released) return undefined;
  return `what the images state may read otherwise (${reasons(guessed)}): correct their character set, or release the study to have it written as it reads: as UTF-8, else Shift-JIS beside ISO IR 13, else Latin-1`;
}

/** Keeps what the source does not share with a report or with its orders: what was left out, and warnings. */
export async function noteSource(
  tx: Tx,
  { run, study, view, node }: { run: RunRow; study: StudyRow; view: ArchiveView; node: SiteNode | undefined },
): Promise<void> {
  for (const { reason } of copyProblems(view.source).leftOut) {
    const what = 'left out of the report';
    await tx.events.record({ who, what, subjectKind: 'run', subjectId: run.id, why: reason });
  }
  const secondIssuer = node?.configuration.issuerOfPatientId;
  const archive = { nodeId: run.nodeId, identity: view.identity };
  const statements = await tx.orderStatements.of(study, archive, secondIssuer);
  for (const { orderId, identity } of statements) {
    const { verdict, reason } = compareOrderWithArchive(identity, view.identity, { secondIssuer });
    if (verdict !== 'warns') continue;
    const why = `identity in the order against the images ${reason}`;
    const subject = { subjectKind: 'study', subjectId: study.id } as const;
    await tx.events.record({ who, what: 'identity warning', ...subject, after: { order: orderId }, why });
  }
}
