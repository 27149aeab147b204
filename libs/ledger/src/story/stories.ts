import { formOfKind } from '@prelector/evidence';
import type { DeliveryState, NodePurpose, StepName } from '@prelector/findings';
import { whatCarries } from '@prelector/findings';
import type { JsonObject } from '../json-object.js';
import type { OrderRow } from '../orders/order.entity.js';
import type { Orders } from '../orders/orders.js';
import type { RunRow } from '../runs/run.entity.js';
import type { Runs } from '../runs/runs.js';
import type { Statements } from '../sql.js';
import type { StepState } from '../steps/step.entity.js';
import type { Studies } from '../studies/studies.js';
import type { StudyCopies } from '../studies/study-copies.js';
import type { StudyCopyRow, StudyRow } from '../studies/study.entity.js';

/** Reads as of one moment, outside a transaction. */
export type Snapshot<Part> = <T>(read: (part: Part) => Promise<T>) => Promise<T>;

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

type Row = Omit<StoryDelivery, 'carried'> & { readonly identityId: string };

/** One thing that happened, free of identity. */
export interface StoryEntry {
  readonly at: Date;
  readonly kind: 'event' | 'notice' | 'observation' | 'verdict' | 'attempt' | 'sighting' | 'dead-letter';
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly who: string | null;
  readonly what: string;
  readonly why: string | null;
  /**
   * Of an event of evidence or of a delivery, `report` says which report it is, and to which node; of one that a message
   * made, `message` is its type, control id and feed; `after.order`, or `before.order`, is the id of the order meant.
   */
  readonly detail: JsonObject | null;
}

/** At most so many; a story that is longer keeps its newest part. */
const MOST = 5000;

/** All that happened to a study. */
export class Stories {
  constructor(
    private readonly sql: Statements,
    private readonly runs: Runs,
    private readonly studies: Studies,
    private readonly copies: StudyCopies,
    private readonly orders: Orders,
    private readonly snapshot: Snapshot<Stories>,
  ) {}

  /**
   * The whole story of a study with reasons and times, as it stood in one moment: a run and the step that works on it are
   * both there or neither is. To be asked outside a transaction. Undefined when we never heard of the study.
   */
  ofStudy(studyInstanceUid: string): Promise<StudyStory | undefined> {
    return this.snapshot((stories) => stories.#within(studyInstanceUid));
  }

  async #within(studyInstanceUid: string): Promise<StudyStory | undefined> {
    const study = await this.studies.byUid(studyInstanceUid);
    if (!study) return undefined;
    return {
      study,
      orders: await this.orders.ofStudy(study.id),
      copies: await this.#copiesWithNode(study.id),
      runs: await this.runs.ofStudy(study.id),
      deliveries: await this.deliveriesOf(study.id),
      openSteps: await this.#openSteps(study.id),
      entries: await this.#entries(study.id),
    };
  }

  async #copiesWithNode(studyId: string): Promise<StoryCopy[]> {
    const copies = await this.copies.ofStudy(studyId);
    const nodes = await this.sql.rows<{ id: string; name: string; purpose: NodePurpose | null }>(
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
  async deliveriesOf(studyId: string): Promise<StoryDelivery[]> {
    const rows = await this.sql.rows<Row>(
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

  #openSteps(studyId: string): Promise<OpenStep[]> {
    return this.sql.rows<OpenStep>(
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

  /** Everything that happened to a study, its orders, runs, evidence and deliveries, in order of time. */
  async #entries(studyId: string): Promise<StoryEntry[]> {
    const newestFirst = await this.sql.rows<StoryEntry>(
      `WITH subject (id) AS (
         SELECT $1::uuid
         UNION SELECT order_id FROM order_study WHERE study_id = $1
         UNION SELECT id FROM study_copy WHERE study_id = $1
         UNION SELECT id FROM run WHERE study_id = $1
         UNION SELECT id FROM evidence WHERE study_id = $1
         UNION SELECT d.id FROM delivery d JOIN evidence e ON e.id = d.evidence_id WHERE e.study_id = $1
       ), own_step AS (
         SELECT s.id, s.step, s.row_id FROM step s JOIN subject ON subject.id = s.row_id
       ), encoded AS (
         SELECT e.id, e.kind || ' of ' || r.package_id AS words FROM evidence e JOIN run r ON r.id = e.run_id
         WHERE e.study_id = $1
       ), report AS (
         SELECT id, words FROM encoded
         UNION ALL SELECT d.id, encoded.words || ' to ' || n.name FROM delivery d
           JOIN encoded ON encoded.id = d.evidence_id JOIN pacs_node n ON n.id = d.node_id
       )
       SELECT at, 'event' AS kind, subject_kind AS "subjectKind", subject_id AS "subjectId", who, what, why,
         jsonb_strip_nulls(jsonb_build_object('before', before, 'after', after, 'report', report.words,
           'message', message.words)) AS detail
       FROM event LEFT JOIN report ON report.id = event.subject_id LEFT JOIN LATERAL (
         SELECT concat_ws(' ', n.message_type, nullif(n.control_id, ''), 'of feed ' || f.name) AS words
         FROM notice n LEFT JOIN feed f ON f.id = n.feed_id WHERE n.id = event.notice_id) AS message ON true
       WHERE subject_id IN (SELECT id FROM subject UNION SELECT id FROM own_step)
       UNION ALL
       SELECT DISTINCT ON (n.id) n.received_at, 'notice', 'notice', n.id, n.who,
         n.kind || coalesce(' ' || n.message_type, '') || ' notice ' || n.disposition, n.reason,
         jsonb_strip_nulls(jsonb_build_object('controlId', n.control_id, 'ack', n.ack,
           'repeats', nullif(n.repeats, 0), 'feed', f.name, 'node', p.name))
       FROM notice_subject ns JOIN notice n ON n.id = ns.notice_id
         LEFT JOIN feed f ON f.id = n.feed_id LEFT JOIN pacs_node p ON p.id = n.node_id
       WHERE ns.subject_id IN (SELECT id FROM subject)
       UNION ALL
       SELECT o.at, 'observation', 'study', $1::uuid, NULL,
         o.instances || CASE o.instances WHEN 1 THEN ' instance in ' ELSE ' instances in ' END || jsonb_array_length(o.series) || ' series', NULL,
         jsonb_build_object('node', p.name)
       FROM observation o JOIN study_copy c ON c.id = o.copy_id JOIN pacs_node p ON p.id = c.node_id
       WHERE c.study_id = $1
       UNION ALL
       SELECT v.at, 'verdict', 'study', $1::uuid, NULL,
         v.decision || coalesce(' by rule ' || r.name, ''), v.reason,
         jsonb_strip_nulls(jsonb_build_object('run', v.run_id))
       FROM verdict v LEFT JOIN rule r ON r.id = v.rule_id WHERE v.study_id = $1
       UNION ALL
       SELECT coalesce(a.ended_at, a.started_at), 'attempt', 'step', a.step_id, a.holder,
         s.step || ' attempt ' || a.number || ' ' || coalesce(a.result, 'running'), a.message,
         jsonb_strip_nulls(jsonb_build_object('code', a.code, 'startedAt', a.started_at, 'row', s.row_id))
       FROM attempt a JOIN own_step s ON s.id = a.step_id
       UNION ALL
       SELECT i.at, 'sighting', 'identity', i.identity_id, NULL, 'identity seen at ' || i.stage, NULL,
         jsonb_strip_nulls(jsonb_build_object('run', i.run_id, 'node', i.node_id))
       FROM identity_sighting i WHERE i.study_id = $1
       UNION ALL
       SELECT d.at, 'dead-letter', 'step', d.step_id, NULL,
         s.step || ' given up' || CASE WHEN d.resolved_at IS NULL THEN '' ELSE ', taken up again' END,
         d.reason, jsonb_strip_nulls(jsonb_build_object('code', d.code, 'id', d.id,
           'resolvedAt', d.resolved_at, 'resolvedBy', d.resolved_by, 'resolution', d.resolution))
       FROM dead_letter d JOIN own_step s ON s.id = d.step_id
       ORDER BY 1 DESC LIMIT ${MOST}`,
      [studyId],
    );
    return newestFirst.reverse();
  }
}

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
