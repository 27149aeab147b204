import { PrelectorError } from '@prelector/kernel';
import type { Ledger, StudyRow, Tx } from '@prelector/ledger';
import { PacsNodeRow } from '@prelector/ledger';

/** A person's wish to have a study analysed. */
export interface AnalysisRequest {
  readonly nodeName: string;
  readonly studyInstanceUid: string;
  /** `person:<name>`. */
  readonly who: string;
  /** False: findings are kept, nothing is sent, unless another notice asks for the study. */
  readonly push: boolean;
  /** True: run again on instances that were analysed before, as a new revision. */
  readonly force?: boolean;
}

/**
 * Takes the notice of a person: the study is watched on that node, and goes its way like any other. A study
 * that is complete is selected from again, so that rules turned on since then apply. Rule states still decide
 * what is sent.
 *
 * @throws `site.node-unknown`; `analysis.already-announced` when nothing is to be sent of a study that is
 * sent anyway; `ledger.held-needs-a-person`
 */
export async function requestAnalysis(ledger: Ledger, request: AnalysisRequest): Promise<void> {
  const { nodeName, studyInstanceUid, who, push } = request;
  const node = await ledger.pool.sql.manager.findOneBy(PacsNodeRow, { name: nodeName });
  if (!node || node.removedAt) {
    throw new PrelectorError(
      'site.node-unknown',
      'permanent',
      `No PACS node is named "${nodeName}"; see: prelector status.`,
    );
  }
  await ledger.transaction(async (tx) => {
    const why = `${who} asked for the analysis${push ? '' : ', without sending'}`;
    // Locked from here on: an announcement that is being written at this moment is waited for, and counts.
    const { study: found, created, wasTest } = await tx.links.studyInEarnest({ studyInstanceUid, who, why });
    const study = await tx.studies.lock(found.id);
    const announcedByOthers =
      !created && !wasTest && study.state !== 'incomplete' && study.withheldBy === null;
    if (!push && announcedByOthers && request.force) throw alreadyAnnounced();
    const { copy } = await tx.copies.findOrCreate(study.id, node.id);
    await tx.notices.record({
      kind: 'person',
      nodeId: node.id,
      nodeVersion: node.version,
      who,
      studyId: study.id,
      reason: why,
    });
    if (push) await tx.studies.stopWithholding(study);
    else if (!announcedByOthers) await tx.studies.withhold(study.id, who);
    if (study.state === 'incomplete') {
      await tx.moves.study(study.id, 'watching', { who, why }, { watchingSince: tx.sql.now() });
    }
    if (request.force) {
      await tx.studies.raiseRevision(study.id);
      await tx.events.record({ who, what: 'run again asked for', subjectKind: 'study', subjectId: study.id });
    }
    await lookAgain(tx, study, copy.id, copy.completedAt !== null && (push || !announcedByOthers));
  });
}

async function lookAgain(tx: Tx, study: StudyRow, copyId: string, select: boolean): Promise<void> {
  const step = { rowId: copyId, priority: study.priority, restart: true };
  await tx.steps.schedule({ ...step, step: 'observe' });
  if (study.state === 'complete' && select) await tx.steps.schedule({ ...step, step: 'select' });
}

function alreadyAnnounced(): PrelectorError {
  return new PrelectorError(
    'analysis.already-announced',
    'permanent',
    'This study was announced by a message or a poll, so what its rules send of it cannot be withheld by asking again. Put the rule in shadow first.',
  );
}
