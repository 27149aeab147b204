import type { DeliveryState, NodePurpose, StepName } from '@prelector/findings';
import { formOfKind } from '@prelector/evidence';
import { whatCarries } from '@prelector/findings';
import { ordersOfStudy } from '../orders/orders.js';
import type { OrderRow } from '../orders/order.entity.js';
import { runsOfStudy } from '../runs/runs.js';
import type { RunRow } from '../runs/run.entity.js';
import { rowsOf } from '../sql.js';
import type { StepState } from '../steps/step.entity.js';
import type { StudyCopyRow, StudyRow } from '../studies/study.entity.js';
import { copiesOfStudy, studyByUid } from '../studies/studies.js';
import type { Tx } from '../tx.js';
import type { StoryEntry } from './story-entries.js';
import { storyEntries } from './story-entries.js';

/** A step of the study, or of something made from it, that is not done. */
export interface OpenStep {
  readonly stepId: string;
  readonly step: StepName;
  readonly rowId: string;
  readonly state: StepState;
  readonly attempt: number;
  readonly failures: number;
  readonly dueAt: Date;
  readonly reason: string | null;
}

/** One delivery of the study's evidence, with what it delivers and where. */
export interface StoryDelivery {
  readonly deliveryId: string;
  readonly runId: string;
  readonly node: string;
  readonly state: DeliveryState;
  readonly stateReason: string | null;
  readonly kind: string;
  readonly presentation: string;
  readonly template: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly artifactDigest: string;
  /** Since when nobody knows whether the node has it; null: it is known. */
  readonly inDoubtSince: Date | null;
  readonly verifiedAt: Date | null;
  /** False for a form that its node refused, while no others stand there that carry what it would. */
  readonly carried: boolean;
}

/** The study on one node. */
export type StoryCopy = StudyCopyRow & { node: string; purpose: NodePurpose | null };

/** All that the ledger knows of a study. */
export interface StudyStory {
  readonly study: StudyRow;
  readonly orders: readonly OrderRow[];
  readonly copies: readonly StoryCopy[];
  readonly runs: readonly RunRow[];
  readonly deliveries: readonly StoryDelivery[];
  readonly openSteps: readonly OpenStep[];
  /** In order of time. */
  readonly entries: readonly StoryEntry[];
}

/**
 * The whole story of a study with reasons and times, as it stood in one moment: a run and the step that works on it are
 * both there or neither is. `pool` is outside a transaction. Undefined when we never heard of the study.
 */
export function studyStory(pool: Tx, studyInstanceUid: string): Promise<StudyStory | undefined> {
  return pool.transaction('REPEATABLE READ', (tx) => storyWithin(tx, studyInstanceUid));
}

async function storyWithin(tx: Tx, studyInstanceUid: string): Promise<StudyStory | undefined> {
  const study = await studyByUid(tx, studyInstanceUid);
  if (!study) return undefined;
  return {
    study,
    orders: await ordersOfStudy(tx, study.id),
    copies: await copiesWithNode(tx, study.id),
    runs: await runsOfStudy(tx, study.id),
    deliveries: await deliveriesOfStudy(tx, study.id),
    openSteps: await openSteps(tx, study.id),
    entries: await storyEntries(tx, study.id),
  };
}

async function copiesWithNode(tx: Tx, studyId: string): Promise<StoryCopy[]> {
  const copies = await copiesOfStudy(tx, studyId);
  const nodes = await rowsOf<{ id: string; name: string; purpose: NodePurpose | null }>(
    tx,
    `SELECT id, name, purpose FROM pacs_node WHERE id = ANY($1)`,
    [copies.map((copy) => copy.nodeId)],
  );
  const known = new Map(nodes.map((node) => [node.id, node]));
  return copies.map((copy) => {
    const node = known.get(copy.nodeId);
    return Object.assign(copy, { node: node?.name ?? '', purpose: node?.purpose ?? null });
  });
}

/** Deliveries of all evidence of a study, oldest first; a refused one with what carries the findings now. */
export async function deliveriesOfStudy(tx: Tx, studyId: string): Promise<StoryDelivery[]> {
  const rows = await rowsOf<Row>(
    tx,
    `SELECT d.id AS "deliveryId", e.run_id AS "runId", n.name AS node, d.state, d.state_reason AS "stateReason",
       e.kind, e.presentation, e.template, e.sop_class_uid AS "sopClassUid",
       e.sop_instance_uid AS "sopInstanceUid", e.artifact_digest AS "artifactDigest",
       d.verified_at AS "verifiedAt", d.in_doubt_since AS "inDoubtSince", e.identity_id AS "identityId"
     FROM delivery d JOIN evidence e ON e.id = d.evidence_id JOIN pacs_node n ON n.id = d.node_id
     WHERE e.study_id = $1 ORDER BY d.created_at, d.id`,
    [studyId],
  );
  return rows.map((row) => told(row, rows));
}

type Row = Omit<StoryDelivery, 'carried'> & { readonly identityId: string };

function told({ identityId, ...own }: Row, all: readonly Row[]): StoryDelivery {
  if (own.state !== 'refused') return { ...own, carried: true };
  const others = all.filter(
    (each) =>
      each.runId === own.runId &&
      each.node === own.node &&
      each.presentation === own.presentation &&
      each.identityId === identityId &&
      each.kind !== own.kind,
  );
  const carriesOf = (kind: string) => formOfKind(kind)?.carries;
  const { carried, words } = whatCarries(
    others.map(({ kind, state }) => ({ kind, state, carries: carriesOf(kind) })),
    carriesOf(own.kind),
  );
  return { ...own, carried, stateReason: `${own.stateReason ?? 'refused'}: ${words}` };
}

function openSteps(tx: Tx, studyId: string): Promise<OpenStep[]> {
  return rowsOf<OpenStep>(
    tx,
    `SELECT id AS "stepId", step, row_id AS "rowId", state, attempt, failures, due_at AS "dueAt", reason
     FROM step WHERE state <> 'done' AND row_id IN (
       SELECT $1::uuid
       UNION ALL SELECT order_id FROM order_study WHERE study_id = $1
       UNION ALL SELECT id FROM study_copy WHERE study_id = $1
       UNION ALL SELECT id FROM run WHERE study_id = $1
       UNION ALL SELECT d.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id WHERE e.study_id = $1)
     ORDER BY due_at`,
    [studyId],
  );
}
