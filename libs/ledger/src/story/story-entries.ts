import type { JsonObject } from '../json-object.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';

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

/** Everything that happened to a study, its orders, runs, evidence and deliveries, in order of time. */
export async function storyEntries(tx: Tx, studyId: string): Promise<StoryEntry[]> {
  const newestFirst = await rowsOf<StoryEntry>(
    tx,
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
