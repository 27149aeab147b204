import type { Statements } from '../sql.js';
import type { AckCode, NoticeDisposition } from './notice.entity.js';

/** Which messages are asked for; what is left out narrows nothing. */
export interface MessageQuery {
  /** A feed by its name. */
  readonly feed?: string | undefined;
  readonly from?: Date | undefined;
  /** Inclusive, to the millisecond in which times are told. */
  readonly to?: Date | undefined;
  /** `remark`: it was used and something is to be said of it, else `used`. */
  readonly outcome?: NoticeDisposition | 'remark' | undefined;
  readonly limit: number;
}

/** What became of one HL7 message; holds no identity of a patient. */
export interface ToldMessage {
  readonly id: string;
  readonly receivedAt: Date;
  readonly feed: string;
  /** MSH-10. */
  readonly controlId: string | null;
  /** MSH-9. */
  readonly messageType: string | null;
  readonly outcome: NoticeDisposition;
  readonly reason: string | null;
  readonly ack: AckCode | null;
  readonly repeats: number;
  /** When it came again last; null: never. */
  readonly repeatedAt: Date | null;
  readonly orders: readonly string[];
  /** Study Instance UIDs. */
  readonly studies: readonly string[];
}

/** How a feed was heard of late. */
export interface FeedHeard {
  readonly feed: string;
  /** When it last brought a message, be it one that had come before; null: never. */
  readonly lastHeardAt: Date | null;
  /** Messages of the last 24 hours, repeats apart. */
  readonly used: number;
  readonly ignored: number;
  readonly refused: number;
  /** The last refusal of these, with its reason; null when there was none. */
  readonly lastRefusedAt: Date | null;
  readonly lastRefusal: string | null;
}

/** Connections that a feed turned away before any message could come, for one reason. */
export interface TurnedAway {
  readonly feed: string;
  readonly reason: string;
  /** Address of the last one; null where it was gone before it could be read. */
  readonly peer: string | null;
  readonly count: number;
  /** Of those that are counted. */
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Connections of one reason since they were last written. */
export interface NewTurnedAway {
  readonly reason: string;
  readonly peer: string | undefined;
  readonly count: number;
}

/** What feeds brought, and what they turned away. */
export class Feeds {
  constructor(private readonly sql: Statements) {}

  /** The HL7 messages that were kept, newest first. */
  messages(query: MessageQuery): Promise<ToldMessage[]> {
    return this.sql.rows(
      `SELECT n.id, n.received_at AS "receivedAt", f.name AS feed, n.control_id AS "controlId",
         n.message_type AS "messageType", n.disposition AS outcome, n.reason, n.ack, n.repeats,
         n.repeated_at AS "repeatedAt",
         ARRAY(SELECT s.subject_id::text FROM notice_subject s
           WHERE s.notice_id = n.id AND s.kind = 'order' ORDER BY 1) AS orders,
         ARRAY(SELECT study.study_instance_uid FROM notice_subject s JOIN study ON study.id = s.subject_id
           WHERE s.notice_id = n.id AND s.kind = 'study' ORDER BY 1) AS studies
       FROM notice n JOIN feed f ON f.id = n.feed_id
       WHERE n.kind = 'hl7' AND ($1::text IS NULL OR f.name = $1)
         AND ($2::timestamptz IS NULL OR n.received_at >= $2) AND ($3::timestamptz IS NULL OR n.received_at < $3::timestamptz + interval '1 ms')
         AND ($4::text IS NULL OR CASE WHEN n.disposition = 'used' AND n.reason IS NOT NULL THEN 'remark' ELSE n.disposition END = $4)
       ORDER BY n.received_at DESC, n.id DESC LIMIT $5`,
      [query.feed ?? null, query.from ?? null, query.to ?? null, query.outcome ?? null, query.limit],
    );
  }

  /** When each feed was last heard, and what became of its messages, by name. */
  heard(): Promise<FeedHeard[]> {
    return this.sql.rows(`SELECT f.name AS feed, greatest(
           (SELECT max(received_at) FROM notice WHERE kind = 'hl7' AND feed_id = f.id),
           (SELECT max(repeated_at) FROM notice WHERE repeated_at IS NOT NULL AND feed_id = f.id)) AS "lastHeardAt",
         recent.used, recent.ignored, recent.refused, last.received_at AS "lastRefusedAt", last.reason AS "lastRefusal"
       FROM feed f CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE disposition = 'used')::int AS used,
           count(*) FILTER (WHERE disposition = 'ignored')::int AS ignored,
           count(*) FILTER (WHERE disposition = 'refused')::int AS refused
         FROM notice WHERE kind = 'hl7' AND feed_id = f.id AND received_at > now() - interval '24 hours') AS recent
       LEFT JOIN LATERAL (
         SELECT received_at, reason FROM notice
         WHERE kind = 'hl7' AND feed_id = f.id AND disposition = 'refused' AND received_at > now() - interval '24 hours'
         ORDER BY received_at DESC LIMIT 1) AS last ON true
       ORDER BY f.name`);
  }

  /** Adds to what was turned away; after a week without any, the count begins anew. */
  async recordTurnedAway(feedId: string, turned: readonly NewTurnedAway[]): Promise<void> {
    await this.sql.rows(
      `INSERT INTO turned_away AS t (feed_id, reason, peer, count)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int[])
       ON CONFLICT (feed_id, reason) DO UPDATE SET peer = coalesce(excluded.peer, t.peer), last_at = now(),
         count = excluded.count + CASE WHEN t.last_at > now() - interval '7 days' THEN t.count ELSE 0 END,
         first_at = CASE WHEN t.last_at > now() - interval '7 days' THEN t.first_at ELSE now() END`,
      [
        feedId,
        turned.map(({ reason }) => reason),
        turned.map(({ peer }) => peer ?? null),
        turned.map(({ count }) => count),
      ],
    );
  }

  /** What feeds turned away in the last week, the latest first. */
  turnedAway(): Promise<TurnedAway[]> {
    return this.sql
      .rows(`SELECT f.name AS feed, t.reason, t.peer, t.count, t.first_at AS "firstAt", t.last_at AS "lastAt"
       FROM turned_away t JOIN feed f ON f.id = t.feed_id WHERE t.last_at > now() - interval '7 days'
       ORDER BY t.last_at DESC`);
  }
}
