import { PrelectorError } from '@prelector/kernel';
import type { Ledger, StudyRow, Tx } from '@prelector/ledger';
import {
  PacsNodeRow,
  findOrCreateCopy,
  studyInEarnest,
  lockStudy,
  moveStudy,
  nowOf,
  raiseRevision,
  recordEvent,
  recordNotice,
  scheduleStep,
  stopWithholding,
  withholdStudy,
} from '@prelector/ledger';

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
  const node = await ledger.pool.findOneBy(PacsNodeRow, { name: nodeName });
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
    const { study: found, created, wasTest } = await studyInEarnest(tx, { studyInstanceUid, who, why });
    const study = await lockStudy(tx, found.id);
    const announcedByOthers =
      !created && !wasTest && study.state !== 'incomplete' && study.withheldBy === null;
    if (!push && announcedByOthers && request.force) throw alreadyAnnounced();
    const { copy } = await findOrCreateCopy(tx, study.id, node.id);
    await recordNotice(tx, {
      kind: 'person',
      nodeId: node.id,
      nodeVersion: node.version,
      who,
      studyId: study.id,
      reason: why,
    });
    if (push) await stopWithholding(tx, study);
    else if (!announcedByOthers) await withholdStudy(tx, study.id, who);
    if (study.state === 'incomplete') {
      await moveStudy(tx, study.id, 'watching', { who, why }, { watchingSince: nowOf(tx) });
    }
    if (request.force) {
      await raiseRevision(tx, study.id);
      await recordEvent(tx, { who, what: 'run again asked for', subjectKind: 'study', subjectId: study.id });
    }
    await lookAgain(tx, study, copy.id, copy.completedAt !== null && (push || !announcedByOthers));
  });
}

async function lookAgain(tx: Tx, study: StudyRow, copyId: string, select: boolean): Promise<void> {
  const step = { rowId: copyId, priority: study.priority, restart: true };
  await scheduleStep(tx, { ...step, step: 'observe' });
  if (study.state === 'complete' && select) await scheduleStep(tx, { ...step, step: 'select' });
}

function alreadyAnnounced(): PrelectorError {
  return new PrelectorError(
    'analysis.already-announced',
    'permanent',
    'This study was announced by a message or a poll, so what its rules send of it cannot be withheld by asking again. Put the rule in shadow first.',
  );
}
