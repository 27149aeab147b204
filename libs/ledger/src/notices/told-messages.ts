import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { AckCode, NoticeDisposition } from './notice.entity.js';

/** Which messages are asked for; what is left out narrows nothing. */
export interface MessageQuery {
  /** A feed by its name. */
  readonly feed?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly outcome?: NoticeDisposition | undefined;
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
  readonly orders: readonly string[];
  /** Study Instance UIDs. */
  readonly studies: readonly string[];
}

/** The HL7 messages that were kept, newest first. */
export function messagesOf(tx: Tx, query: MessageQuery): Promise<ToldMessage[]> {
  return rowsOf(
    tx,
    `SELECT n.id, n.received_at AS "receivedAt", f.name AS feed, n.control_id AS "controlId",
       n.message_type AS "messageType", n.disposition AS outcome, n.reason, n.ack, n.repeats,
       ARRAY(SELECT s.subject_id::text FROM notice_subject s
         WHERE s.notice_id = n.id AND s.kind = 'order' ORDER BY 1) AS orders,
       ARRAY(SELECT study.study_instance_uid FROM notice_subject s JOIN study ON study.id = s.subject_id
         WHERE s.notice_id = n.id AND s.kind = 'study' ORDER BY 1) AS studies
     FROM notice n JOIN feed f ON f.id = n.feed_id
     WHERE n.kind = 'hl7' AND ($1::text IS NULL OR f.name = $1)
       AND ($2::timestamptz IS NULL OR n.received_at >= $2) AND ($3::timestamptz IS NULL OR n.received_at <= $3)
       AND ($4::text IS NULL OR n.disposition = $4)
     ORDER BY n.received_at DESC, n.id DESC LIMIT $5`,
    [query.feed ?? null, query.from ?? null, query.to ?? null, query.outcome ?? null, query.limit],
  );
}

/** When a feed last brought a message that was not a repeat; null: never. */
export interface FeedHeard {
  readonly feed: string;
  readonly lastHeardAt: Date | null;
}

/** When each feed was last heard, by name. */
export function feedsHeard(tx: Tx): Promise<FeedHeard[]> {
  return rowsOf(
    tx,
    `SELECT f.name AS feed, max(n.received_at) AS "lastHeardAt"
     FROM feed f LEFT JOIN notice n ON n.feed_id = f.id AND n.kind = 'hl7'
     GROUP BY f.id, f.name ORDER BY f.name`,
  );
}
