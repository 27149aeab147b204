import type { DeliveryState } from '@prelector/findings';
import { causeOfDoubt } from '../evidence/delivery-context.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** How much of everything there is, by state. */
export interface StatusCounts {
  readonly studies: Readonly<Record<string, number>>;
  /** Those that are announced by whether a study is joined with them, else by whether one is looked for. */
  readonly orders: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, number>>;
  readonly deliveries: Readonly<Record<string, number>>;
  /** `run:waiting`, `deliver:leased`, ...; done steps are not counted. */
  readonly steps: Readonly<Record<string, number>>;
  /** Outbox rows that are due and not in the queue, and those in the queue. */
  readonly outbox: { readonly due: number; readonly dispatched: number; readonly oldestDueAt: Date | null };
  readonly deadLetters: number;
  /** By kind and disposition (`hl7:used`), of the last 24 hours. */
  readonly notices: Readonly<Record<string, number>>;
  /** HL7 messages of the last 24 hours whose control id had stood on another body before. */
  readonly controlIdsReused: number;
}

/** Why steps wait, most of them first; what a person reads to see that a node is away. */
export function waitingReasons(tx: Tx): Promise<{ step: string; reason: string; count: number }[]> {
  return rowsOf(
    tx,
    `SELECT step, reason, count(*)::int AS count FROM step
     WHERE state = 'waiting' AND reason IS NOT NULL GROUP BY step, reason ORDER BY count(*) DESC, step LIMIT 50`,
  );
}

/** A report of which nobody knows whether its node has it. */
export interface InDoubt {
  readonly studyInstanceUid: string;
  readonly kind: string;
  readonly node: string;
  readonly state: DeliveryState;
  /** When the store began that may have taken place. */
  readonly since: Date;
  /** What came of the attempt to store it, in words; null where the ledger does not know. */
  readonly cause: string | null;
}

/** Deliveries in doubt, but for those that are worked on at this moment; oldest first. */
export function deliveriesInDoubt(tx: Tx): Promise<InDoubt[]> {
  return rowsOf(
    tx,
    `SELECT study.study_instance_uid AS "studyInstanceUid", e.kind, n.name AS node, d.state,
       d.in_doubt_since AS since, ${causeOfDoubt} AS cause
     FROM delivery d JOIN evidence e ON e.id = d.evidence_id JOIN study ON study.id = e.study_id
       JOIN pacs_node n ON n.id = d.node_id
     WHERE d.in_doubt_since IS NOT NULL AND NOT EXISTS (SELECT 1 FROM step s
       WHERE s.step = 'deliver' AND s.row_id = d.id AND s.state = 'leased')
     ORDER BY d.in_doubt_since LIMIT 200`,
  );
}

/** A study or an order that waits for a person, or for images that never came. */
export interface NeedsPerson {
  readonly kind: 'study' | 'order';
  readonly id: string;
  /** Of the study, or those that the order names. */
  readonly studyInstanceUids: readonly string[];
  readonly state: string;
  readonly reason: string | null;
  /** When it came to that state. */
  readonly since: Date;
}

/** SQL for when a row came to the state in which it is. */
const inStateSince = `coalesce((SELECT max(at) FROM event
  WHERE subject_id = it.id AND what = 'moved' AND after ->> 'state' = it.state), it.updated_at)`;

/**
 * What is held, then what was announced and never arrived, or could not be used, in the last week; newest first. Of
 * the latter a sender may bring any number, behind which nothing that is held may disappear.
 */
export function needsPerson(tx: Tx): Promise<NeedsPerson[]> {
  return rowsOf(
    tx,
    `SELECT * FROM (
     SELECT 'study' AS kind, id, ARRAY[study_instance_uid] AS "studyInstanceUids", state,
       state_reason AS reason, ${inStateSince} AS since FROM study it WHERE state = 'held'
     UNION ALL
     SELECT 'order', id, study_instance_uids, state, state_reason, ${inStateSince} FROM study_order it
     WHERE state = 'held' OR (state IN ('never-arrived', 'unusable') AND updated_at > now() - interval '7 days')
     ) AS needing ORDER BY state = 'held' DESC, since DESC LIMIT 200`,
  );
}

/** The counts behind `prelector status`, metrics and readiness. */
export async function statusCounts(tx: Tx): Promise<StatusCounts> {
  const counted = async (text: string): Promise<Record<string, number>> => {
    const rows = await rowsOf<{ key: string; count: string }>(tx, text);
    return Object.fromEntries(rows.map((row) => [row.key, Number(row.count)]));
  };
  const byState = (table: string) =>
    counted(`SELECT state AS key, count(*) FROM ${table} GROUP BY state ORDER BY state`);
  const one = await counted(
    `SELECT 'due' AS key, count(*) FROM outbox WHERE dispatched_at IS NULL AND due_at <= now()
     UNION ALL SELECT 'dispatched', count(*) FROM outbox WHERE dispatched_at IS NOT NULL
     UNION ALL SELECT 'dead', count(*) FROM dead_letter WHERE resolved_at IS NULL
     UNION ALL SELECT 'reused', count(*) FROM notice
       WHERE control_id_reused AND received_at > now() - interval '24 hours'`,
  );
  const oldest = await rowsOf<{ due: Date | null }>(
    tx,
    `SELECT min(due_at) AS due FROM outbox WHERE dispatched_at IS NULL AND due_at <= now()`,
  );
  return {
    studies: await byState('study'),
    orders: await counted(
      `SELECT CASE WHEN state <> 'announced' THEN state
         WHEN EXISTS (SELECT 1 FROM order_study j WHERE j.order_id = o.id AND NOT j.is_foreign) THEN 'announced (study there)'
         WHEN acquisition_ended THEN 'announced (study looked for)'
         ELSE 'announced (not acquired)' END AS key, count(*) FROM study_order o GROUP BY 1 ORDER BY 1`,
    ),
    runs: await byState('run'),
    deliveries: await byState('delivery'),
    steps: await counted(
      `SELECT step || ':' || state AS key, count(*) FROM step WHERE state <> 'done'
       GROUP BY step, state ORDER BY 1`,
    ),
    outbox: {
      due: one['due'] ?? 0,
      dispatched: one['dispatched'] ?? 0,
      oldestDueAt: oldest[0]?.due ?? null,
    },
    deadLetters: one['dead'] ?? 0,
    notices: await counted(
      `SELECT kind || ':' || disposition AS key, count(*) FROM notice
       WHERE received_at > now() - interval '24 hours' GROUP BY kind, disposition ORDER BY 1`,
    ),
    controlIdsReused: one['reused'] ?? 0,
  };
}
