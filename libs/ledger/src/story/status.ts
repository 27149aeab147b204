import type { DeliveryState, OrderState } from '@prelector/findings';
import { causeOfDoubt } from '../evidence/deliveries.js';
import type { Statements } from '../sql.js';
import { speaksFor } from '../sql.js';
import type { DeadLetter } from '../steps/dead-letters.js';

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

/** How everything stands, in counts, and what waits for a person. */
export class Status {
  constructor(private readonly sql: Statements) {}

  /** Why steps wait, most of them first; what a person reads to see that a node is away. */
  waitingReasons(): Promise<{ step: string; reason: string; count: number }[]> {
    return this.sql.rows(`SELECT step, reason, count(*)::int AS count FROM step
       WHERE state = 'waiting' AND reason IS NOT NULL GROUP BY step, reason ORDER BY count(*) DESC, step LIMIT 50`);
  }

  /** Deliveries in doubt, but for those that are worked on at this moment; oldest first. */
  deliveriesInDoubt(): Promise<InDoubt[]> {
    return this.sql
      .rows(`SELECT study.study_instance_uid AS "studyInstanceUid", e.kind, n.name AS node, d.state,
         d.in_doubt_since AS since, ${causeOfDoubt} AS cause
       FROM delivery d JOIN evidence e ON e.id = d.evidence_id JOIN study ON study.id = e.study_id
         JOIN pacs_node n ON n.id = d.node_id
       WHERE d.in_doubt_since IS NOT NULL AND NOT EXISTS (SELECT 1 FROM step s
         WHERE s.step = 'deliver' AND s.row_id = d.id AND s.state = 'leased')
       ORDER BY d.in_doubt_since LIMIT 200`);
  }

  /**
   * What is held, then what was announced and never arrived, or could not be used, in the last week; newest first. Of
   * the latter a sender may bring any number, behind which nothing that is held may disappear.
   */
  needsPerson(): Promise<NeedsPerson[]> {
    return this.sql.rows(`SELECT * FROM (
       SELECT 'study' AS kind, id, ARRAY[study_instance_uid] AS "studyInstanceUids", state,
         state_reason AS reason, ${inStateSince} AS since FROM study it WHERE state = 'held'
       UNION ALL
       SELECT 'order', id, study_instance_uids, state, state_reason, ${inStateSince} FROM study_order it
       WHERE state = 'held' OR (state IN ('never-arrived', 'unusable') AND updated_at > now() - interval '7 days')
       ) AS needing ORDER BY state = 'held' DESC, since DESC LIMIT 200`);
  }

  /** The counts behind `prelector status`, metrics and readiness. */
  async counts(): Promise<StatusCounts> {
    const counted = async (text: string): Promise<Record<string, number>> => {
      const rows = await this.sql.rows<{ key: string; count: string }>(text);
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
    const oldest = await this.sql.rows<{ due: Date | null }>(
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

  /** Open dead letters with what each is about, newest first, a hundred at most. */
  deadLetters(): Promise<ToldDeadLetter[]> {
    return this.sql
      .rows(`SELECT l.id, l.step_id AS "stepId", s.step, s.row_id AS "rowId", l.code, l.reason, l.at,
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
       WHERE l.resolved_at IS NULL ORDER BY l.at DESC, l.id LIMIT ${MOST}`);
  }
}
