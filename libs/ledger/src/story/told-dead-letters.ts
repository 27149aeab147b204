import type { OrderState } from '@prelector/findings';
import type { DeadLetter } from '../steps/dead-letters.js';
import { rowsOf, speaksFor } from '../sql.js';
import type { Tx } from '../tx.js';

/** A dead letter with what it is about, so that whoever is called knows whose findings and which server. */
export interface ToldDeadLetter extends DeadLetter {
  /** Of the study; for an order whose study was looked for, those that it names. */
  readonly studyInstanceUids: readonly string[];
  /** The order, where its study was looked for; by the id under which `prelector orders` tells of it. */
  readonly orderId: string | null;
  readonly orderState: OrderState | null;
  /** Id and version of the model package, of a run and of what is made from it. */
  readonly model: string | null;
  /** Which report, where one was to be delivered: its kind. */
  readonly report: string | null;
  /** PACS nodes: where a report was to go, where the images are, or which ones were asked for an order. */
  readonly nodes: readonly string[];
}

/** At most so many. */
const MOST = 100;

/** Open dead letters with what each is about, newest first, a hundred at most. */
export function deadLettersTold(tx: Tx): Promise<ToldDeadLetter[]> {
  return rowsOf(
    tx,
    `SELECT l.id, l.step_id AS "stepId", s.step, s.row_id AS "rowId", l.code, l.reason, l.at,
       coalesce(o.study_instance_uids, array_remove(ARRAY[study.study_instance_uid], NULL)) AS "studyInstanceUids",
       o.id AS "orderId", o.state AS "orderState",
       r.package_id || ' ' || r.package_version AS model, e.kind AS report,
       ARRAY(SELECT node.name FROM pacs_node node LEFT JOIN feed ON feed.id = o.feed_id
         WHERE node.id = coalesce(d.node_id, r.node_id, c.node_id) OR ${speaksFor} ORDER BY node.name) AS nodes
     FROM dead_letter l JOIN step s ON s.id = l.step_id
       LEFT JOIN delivery d ON s.step = 'deliver' AND d.id = s.row_id
       LEFT JOIN evidence e ON e.id = d.evidence_id
       LEFT JOIN run r ON r.id = coalesce(e.run_id, CASE WHEN s.step IN ('run', 'encode') THEN s.row_id END)
       LEFT JOIN study_copy c ON s.step IN ('observe', 'select') AND c.id = s.row_id
       LEFT JOIN study ON study.id = coalesce(r.study_id, c.study_id)
       LEFT JOIN study_order o ON s.step = 'resolve' AND o.id = s.row_id
     WHERE l.resolved_at IS NULL ORDER BY l.at DESC, l.id LIMIT ${MOST}`,
  );
}
