import { PrelectorError } from '@prelector/kernel';
import type { Ledger, StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';
import {
  PacsNodeRow,
  findOrCreateCopy,
  findOrCreateStudy,
  moveStudy,
  recordNotice,
  raiseRevision,
  recordEvent,
  scheduleStep,
  stopWithholding,
  studyByUid,
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
 * Takes the notice of a person: the study is watched on that node, and goes its way like any other. Rule
 * states still decide what is sent. Throws `site.node-unknown`.
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
    const before = await studyByUid(tx, studyInstanceUid);
    const why = `${who} asked for the analysis${push ? '' : ', without sending'}`;
    const { study } = await findOrCreateStudy(tx, { studyInstanceUid, who, why });
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
    else if (!before || before.state === 'incomplete') await withholdStudy(tx, study.id, who);
    if (study.state === 'incomplete')
      await moveStudy(tx, study.id, 'watching', { who, why }, { watchingSince: new Date() });
    if (request.force) await runAgain(tx, study, copy, who);
    await scheduleStep(tx, { step: 'observe', rowId: copy.id, priority: study.priority, restart: true });
  });
}

/** A study that is complete is selected from again; one that is not will be, with the raised revision. */
async function runAgain(tx: Tx, study: StudyRow, copy: StudyCopyRow, who: string): Promise<void> {
  await raiseRevision(tx, study.id);
  await recordEvent(tx, { who, what: 'run again asked for', subjectKind: 'study', subjectId: study.id });
  if (study.state === 'complete') {
    await scheduleStep(tx, { step: 'select', rowId: copy.id, priority: study.priority, restart: true });
  }
}
