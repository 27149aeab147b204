import { randomUUIDv7 } from 'node:crypto';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { Statements } from '../sql.js';
import type { AckCode, NoticeDisposition } from './notice.entity.js';
import { NoticeRow } from './notice.entity.js';

/** An HL7 message as it came. */
export interface NewHl7Notice {
  readonly feedId: string;
  readonly feedVersion: number;
  /** MSH-10; empty when the message has none. */
  readonly controlId: string;
  readonly messageType?: string | undefined;
  /** The bytes between VT and FS CR; kept encrypted. */
  readonly message: Uint8Array;
  /** What becomes of it where that is known beforehand: then no `notices.settle` has to follow. */
  readonly settled?: Omit<Settlement, 'subjects' | 'unusableOrders'> | undefined;
}

export interface RecordedHl7Notice {
  readonly notice: NoticeRow;
  /**
   * Same feed, control id and bytes as before: answer `ack` again and do nothing else. Not so where the message,
   * or an order of it, was refused, ignored or unusable under another version of its feed's configuration: then it
   * counts as come anew.
   */
  readonly repeat: boolean;
  /** Of a message that comes anew after its other orders were used: those, counted from 1, that were not. */
  readonly onlyOrders: readonly number[] | undefined;
  readonly ack: AckCode | undefined;
  /** Same control id with another body: a new message of a sender that restarted its counter. */
  readonly controlIdReused: boolean;
}

const bodyContext = (noticeId: string) => `notice:${noticeId}`;

interface KeptNotice {
  readonly id: string;
  readonly received_at: Date;
  readonly repeats: number;
  readonly repeated_at: Date | null;
  readonly control_id_reused: boolean;
  readonly only_orders: number[] | null;
}

/** A hint that did not come by HL7. */
export interface NewNotice {
  readonly kind: 'poll' | 'webhook' | 'person';
  readonly nodeId?: string | undefined;
  readonly nodeVersion?: number | undefined;
  readonly who?: string | undefined;
  readonly reason?: string | undefined;
  readonly studyId?: string | undefined;
}

/** What became of a notice, which code was answered, and whom it spoke of. */
export interface Settlement {
  readonly disposition: Exclude<NoticeDisposition, 'pending'>;
  /** In words, free of identity. */
  readonly reason?: string | undefined;
  readonly ack?: AckCode | undefined;
  readonly subjects?: readonly NoticeSubject[];
  /** Which of its orders, counted from 1, could not be used. */
  readonly unusableOrders?: readonly number[];
}

export interface NoticeSubject {
  readonly kind: 'order' | 'study';
  readonly id: string;
}

/** Hints that a study exists or has changed: kept before they are acknowledged, known again when they repeat. */
export class Notices {
  constructor(private readonly sql: Statements) {}

  /**
   * Keeps an HL7 message before it is acknowledged, and knows a repeat. Of two equal messages at once the
   * second waits for the transaction of the first. Settle it in the same transaction, then commit, then answer.
   * One statement: a message that is of no use (`settled`) can be kept by `ledger.pool` without a transaction.
   *
   * What was refused, ignored or unusable may have been so because of our own configuration. Under another version of
   * its feed's the same message is judged anew in its row; what had become of it stands in an event of the notice. Of
   * one that was used but for some orders only those are judged anew, and never so that it is refused.
   */
  async recordHl7(message: NewHl7Notice): Promise<RecordedHl7Notice> {
    const { notice: row, body: sealed } = noticeRows(this.sql.vault, message);
    const { id, messageHmac, kind, feedId, feedVersion, controlId, messageType, ...settled } = row;
    const kept = await this.sql.row<KeptNotice>(
      `WITH before AS (
         SELECT id, feed_version, disposition, ack, reason, unusable_orders FROM notice
         WHERE kind = 'hl7' AND feed_id = $2 AND control_id = $4 AND message_hmac = $6
       ), kept AS (
         INSERT INTO notice (id, kind, feed_id, feed_version, control_id, message_type, message_hmac,
           disposition, reason, ack, control_id_reused)
         VALUES ($1, 'hl7', $2, $3, $4, $5, $6, $9, $10, $11,
           EXISTS (SELECT 1 FROM notice WHERE kind = 'hl7' AND feed_id = $2 AND control_id = $4
             AND message_hmac <> $6))
         ON CONFLICT (feed_id, control_id, message_hmac) WHERE kind = 'hl7' DO UPDATE SET
           feed_version = excluded.feed_version, message_type = excluded.message_type, received_at = now(),
           repeats = notice.repeats + 1, repeated_at = now(), disposition = excluded.disposition,
           reason = excluded.reason, ack = excluded.ack, unusable_orders = '{}'
           WHERE (notice.disposition IN ('refused', 'ignored')
               OR notice.unusable_orders <> '{}' AND excluded.disposition NOT IN ('refused', 'ignored'))
             AND notice.feed_version IS DISTINCT FROM excluded.feed_version
         RETURNING *
       ), body AS (
         INSERT INTO notice_body (notice_id, key_id, body) SELECT id, $7, $8 FROM kept WHERE id = $1
       ), told AS (
         INSERT INTO event (who, what, subject_kind, subject_id, before, after, why)
         SELECT 'trigger', 'judged anew', 'notice', kept.id,
           jsonb_build_object('feedVersion', before.feed_version, 'disposition', before.disposition,
             'ack', before.ack), jsonb_build_object('feedVersion', kept.feed_version), before.reason
         FROM kept JOIN before ON before.id = kept.id
       )
       SELECT kept.id, kept.received_at, kept.repeats, kept.repeated_at, kept.control_id_reused,
         CASE WHEN before.disposition = 'used' THEN before.unusable_orders END AS only_orders
       FROM kept LEFT JOIN before ON before.id = kept.id`,
      [
        id,
        feedId,
        feedVersion,
        controlId,
        messageType,
        messageHmac,
        sealed.keyId,
        sealed.body,
        settled.disposition,
        settled.reason,
        settled.ack,
      ],
    );
    if (!kept) return this.#repeatOf({ feedId, controlId, messageHmac });
    if (kept.id !== id) await this.#keepBodyOnce(kept.id, message.message);
    const notice = this.sql.manager.create(NoticeRow, {
      id: kept.id,
      kind,
      feedId,
      feedVersion,
      nodeId: null,
      nodeVersion: null,
      controlId,
      messageType,
      messageHmac,
      controlIdReused: kept.control_id_reused,
      repeats: kept.repeats,
      repeatedAt: kept.repeated_at,
      receivedAt: kept.received_at,
      ...settled,
      unusableOrders: [],
      who: null,
    });
    return {
      notice,
      repeat: false,
      onlyOrders: kept.only_orders ?? undefined,
      ack: notice.ack ?? undefined,
      controlIdReused: notice.controlIdReused,
    };
  }

  /** The bytes of a message that came anew, where they were purged since. */
  async #keepBodyOnce(noticeId: string, message: Uint8Array): Promise<void> {
    const { keyId, body } = this.sql.vault.seal(message, bodyContext(noticeId));
    await this.sql.rows(
      `INSERT INTO notice_body (notice_id, key_id, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [noticeId, keyId, body],
    );
  }

  async #repeatOf(where: {
    feedId: string;
    controlId: string;
    messageHmac: string;
  }): Promise<RecordedHl7Notice> {
    const { feedId, controlId, messageHmac } = where;
    await this.sql.rows(
      `UPDATE notice SET repeats = repeats + 1, repeated_at = now()
       WHERE kind = 'hl7' AND feed_id = $1 AND control_id = $2 AND message_hmac = $3 RETURNING id`,
      [feedId, controlId, messageHmac],
    );
    const notice = await this.sql.manager.findOneByOrFail(NoticeRow, { kind: 'hl7', ...where });
    const { ack, controlIdReused } = notice;
    return { notice, repeat: true, onlyOrders: undefined, ack: ack ?? undefined, controlIdReused };
  }

  /** Keeps a hint of a poll, a webhook or a person; taken as used. */
  async record(notice: NewNotice): Promise<NoticeRow> {
    const row = await this.sql.insertRow(NoticeRow, {
      id: randomUUIDv7(),
      kind: notice.kind,
      nodeId: notice.nodeId ?? null,
      nodeVersion: notice.nodeVersion ?? null,
      who: notice.who ?? null,
      reason: notice.reason ?? null,
      disposition: 'used',
    });
    if (notice.studyId) await this.link(row.id, [{ kind: 'study', id: notice.studyId }]);
    return row;
  }

  /** Writes what became of a notice; the acknowledgement is answered again to a repeat. */
  async settle(noticeId: string, settlement: Settlement): Promise<void> {
    await this.sql.update(
      NoticeRow,
      { id: noticeId },
      {
        disposition: settlement.disposition,
        reason: settlement.reason ?? null,
        ack: settlement.ack ?? null,
        unusableOrders: [...(settlement.unusableOrders ?? [])],
      },
    );
    await this.link(noticeId, settlement.subjects ?? []);
  }

  /** Says of which orders and studies a notice spoke. */
  async link(noticeId: string, subjects: readonly NoticeSubject[]): Promise<void> {
    if (subjects.length === 0) return;
    await this.sql.rows(
      `INSERT INTO notice_subject (notice_id, kind, subject_id)
       SELECT $1, * FROM unnest($2::text[], $3::uuid[]) ON CONFLICT DO NOTHING`,
      [noticeId, subjects.map((subject) => subject.kind), subjects.map((subject) => subject.id)],
    );
  }

  /** The bytes of an HL7 message; undefined once purged. */
  async openBody(noticeId: string): Promise<Uint8Array | undefined> {
    const row = await this.sql.row<{ key_id: string; body: Buffer }>(
      `SELECT key_id, body FROM notice_body WHERE notice_id = $1`,
      [noticeId],
    );
    return row && this.sql.vault.open({ keyId: row.key_id, body: row.body }, bodyContext(noticeId));
  }
}

/** New rows that keep a message and its bytes, encrypted. */
export function noticeRows(vault: IdentityVault, message: NewHl7Notice) {
  const id = randomUUIDv7();
  const { feedId, feedVersion, controlId, messageType = null, settled } = message;
  const notice = {
    id,
    kind: 'hl7',
    feedId,
    feedVersion,
    controlId,
    messageType,
    messageHmac: vault.hmac('hl7 message', Buffer.from(message.message).toString('base64')),
    disposition: settled?.disposition ?? 'pending',
    reason: settled?.reason ?? null,
    ack: settled?.ack ?? null,
  } as const;
  return { notice, body: { noticeId: id, ...vault.seal(message.message, bodyContext(id)) } };
}
