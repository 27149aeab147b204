import type { CountedOrder } from '@prelector/findings';
import { areAllCancelled } from '@prelector/findings';
import { In } from 'typeorm';
import type { Statements } from '../sql.js';
import { namespacesMeet } from '../sql.js';
import { StudyRow } from '../studies/study.entity.js';
import type { NumberKey, StatedNumber } from './order-keys.js';
import { countsOnNode, numberKey, provisionalKeys } from './order-keys.js';
import { OrderRow } from './order.entity.js';

/** How an order is joined with the study that a person said it means. */
export const namedByPerson = 'named by a person';

/** What an archive states by which orders speak of a study. */
export interface StatedNumbers {
  readonly studyInstanceUid: string;
  readonly accession?: StatedNumber | undefined;
  /** Nodes that state it, of which the feed of an order must speak; any where left out. */
  readonly nodeIds?: readonly string[];
}

interface JoinedOrder extends CountedOrder {
  readonly isCancelled: boolean;
  readonly counts: boolean;
}

/** Orders, and the studies with which they are joined. */
export class Orders {
  constructor(private readonly sql: Statements) {}

  /** The order of that id, locked until the transaction ends; throws `ledger.not-found`. */
  lock(id: string): Promise<OrderRow> {
    return this.sql.lockRow(OrderRow, id);
  }

  /** True when another order of the study, which is not cancelled, is of its patient. */
  async studyHasItsOwn(studyId: string, besides: string): Promise<boolean> {
    const row = await this.sql.row(
      `SELECT 1 FROM order_study os JOIN study_order o ON o.id = os.order_id JOIN study s ON s.id = os.study_id
       WHERE os.study_id = $1 AND o.id <> $2 AND NOT os.is_foreign AND o.state <> 'cancelled'
         AND (s.test_only OR NOT o.test_only) LIMIT 1`,
      [studyId, besides],
    );
    return row !== undefined;
  }

  /** Gives an order that waits more time, unless a message gave it more already. */
  async prolong(orderId: string, giveUpAt: Date): Promise<void> {
    await this.sql.rows(`UPDATE study_order SET give_up_at = greatest(give_up_at, $2) WHERE id = $1`, [
      orderId,
      giveUpAt,
    ]);
  }

  /** The order with this id, if there is one. */
  byId(id: string): Promise<OrderRow | null> {
    return this.sql.manager.findOneBy(OrderRow, { id });
  }

  /** Orders that are joined with a study, oldest first. */
  async ofStudy(studyId: string): Promise<OrderRow[]> {
    const ids = await this.sql.rows<{ id: string }>(
      `SELECT order_id AS id FROM order_study WHERE study_id = $1`,
      [studyId],
    );
    return this.byIds(ids.map(({ id }) => id));
  }

  /** Studies that are joined with an order, oldest first. */
  async studiesOf(orderId: string): Promise<StudyRow[]> {
    const ids = await this.sql.rows<{ id: string }>(
      `SELECT study_id AS id FROM order_study WHERE order_id = $1`,
      [orderId],
    );
    return this.sql.manager.find(StudyRow, {
      where: { id: In(ids.map((row) => row.id)) },
      order: { firstHeardAt: 'ASC', id: 'ASC' },
    });
  }

  /** Orders that name a Study Instance UID, or bear an accession number, whether the study is known or not. */
  async speakingOf(study: StatedNumbers): Promise<OrderRow[]> {
    const keys: (NumberKey | undefined)[] = [
      numberKey(this.sql.vault, 'study', { value: study.studyInstanceUid }),
      numberKey(this.sql.vault, 'accession', study.accession),
    ];
    const stated = keys.flatMap((key) => key ?? []);
    const ids = await this.sql.rows<{ id: string }>(
      `SELECT DISTINCT k.order_id AS id FROM order_key k
       JOIN unnest($1::text[], $2::text[]) AS s (number, namespace) ON s.number = k.number
         AND ${namespacesMeet('s.namespace', 'k.namespace')}
       WHERE k.kind NOT IN ${provisionalKeys} AND ($3::uuid[] IS NULL OR ${countsOnNode('k', 'node.id = ANY($3)')})`,
      [stated.map((key) => key.number), stated.map((key) => key.namespace), study.nodeIds],
    );
    return this.byIds(ids.map(({ id }) => id));
  }

  /** Orders of these ids, oldest first. */
  byIds(ids: readonly string[]): Promise<OrderRow[]> {
    return this.sql.manager.find(OrderRow, {
      where: { id: In([...ids]) },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /** Every order that is held, by its id, with the row of the identity that it states. */
  async held(): Promise<ReadonlyMap<string, string | null>> {
    const rows = await this.sql.rows<{ id: string; identityId: string | null }>(
      `SELECT id, identity_id AS "identityId" FROM study_order WHERE state = 'held'`,
    );
    return new Map(rows.map(({ id, identityId }) => [id, identityId]));
  }

  /** How many orders wait for their study: by their number the questions are spread. */
  async countWaiting(): Promise<number> {
    const row = await this.sql.row<{ count: string }>(
      `SELECT count(*) FROM study_order WHERE state = 'announced' AND acquisition_ended`,
    );
    return Number(row?.count ?? 0);
  }

  /**
   * True when the study is joined with orders and every one of them that counts was cancelled. One that was cancelled by a
   * message of another patient, and was of this study before, is among them: nobody can tell what was cancelled then.
   */
  async areCancelled(studyId: string): Promise<boolean> {
    return (await this.cancelledOf(studyId)).all;
  }

  /** Whether orders that are joined with a study are cancelled: some, also those that do not count; all that count. */
  async cancelledOf(studyId: string): Promise<{ some: boolean; all: boolean }> {
    const joined = await this.sql.rows<JoinedOrder>(
      `SELECT o.state = 'cancelled' AS "isCancelled", o.placed_at AS "placedAt",
         CASE o.state WHEN 'cancelled' THEN o.cancelled_at END AS "cancelledAt",
         (NOT os.is_foreign OR (os.was_own AND o.state = 'cancelled')) AND (s.test_only OR NOT o.test_only) AS counts,
         ARRAY(SELECT k.number FROM order_key k WHERE k.order_id = o.id
           AND (k.kind = 'accession' OR k.kind IN ${provisionalKeys})) AS accessions,
         (SELECT coalesce(json_agg(json_build_object('kind', k.kind, 'authority', k.authority, 'number', k.number,
             'namespace', k.namespace)), '[]')
           FROM order_key k WHERE k.order_id = o.id AND k.kind IN ('filler', 'placer')) AS numbers
       FROM order_study os JOIN study_order o ON o.id = os.order_id JOIN study s ON s.id = os.study_id
       WHERE os.study_id = $1`,
      [studyId],
    );
    return {
      some: joined.some((each) => each.isCancelled),
      all: areAllCancelled(joined.filter(({ counts }) => counts)),
    };
  }

  /** Locks orders until the transaction ends. */
  async lockAll(orderIds: readonly string[]): Promise<void> {
    await this.sql.rows(`SELECT id FROM study_order WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE`, [
      orderIds,
    ]);
  }

  /** Adds them to those of an order that stays as it is. */
  async keepSetAside(orderId: string, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.sql.rows(
      `UPDATE study_order SET set_aside = ARRAY(SELECT DISTINCT unnest(set_aside || $2::text[])) WHERE id = $1`,
      [orderId, keys],
    );
  }
}
