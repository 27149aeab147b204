import type { StudyIdentity } from '@prelector/findings';
import { patientKeys } from './identities/identities.js';
import type { Numbers } from './orders/numbers.js';
import { studyKeys } from './orders/order-keys.js';
import type { Orders } from './orders/orders.js';
import type { Statements } from './sql.js';

/** A study as an archive, or several, state it. */
export interface StatedStudy {
  readonly studyInstanceUid: string;
  readonly identities: readonly StudyIdentity[];
}

/** Locks in the one order, see the README of the ledger. */
export class Locks {
  constructor(
    private readonly sql: Statements,
    private readonly numbers: Numbers,
    private readonly orders: Orders,
  ) {}

  /**
   * Locks, in the one order (see the README of the ledger), what a transaction about these studies may write: their
   * numbers and those of their patients, as stated now or ever before, every order that is joined with them or bears one of their numbers and those named here, then the studies
   * that are known. To be called before anything is written; what is locked again later is held already.
   */
  async aboutStudies(studies: readonly StatedStudy[], orderIds: readonly string[] = []): Promise<void> {
    const keys = studies.flatMap(({ studyInstanceUid, identities }) =>
      identities.flatMap((identity) => studyKeys(this.sql.vault, studyInstanceUid, identity)),
    );
    const patients = studies.flatMap(({ identities }) =>
      identities.flatMap((identity) => patientKeys(this.sql.vault, identity)),
    );
    const uids = studies.map(({ studyInstanceUid }) => studyInstanceUid);
    await this.numbers.lock([...keys, ...patients], uids);
    await this.sql.rows(
      `WITH own AS (SELECT id FROM study WHERE study_instance_uid = ANY($1)),
         stated (number) AS (
           SELECT number FROM study_key WHERE study_id IN (SELECT id FROM own)
           UNION SELECT * FROM unnest($2::text[]))
       SELECT id FROM study_order WHERE id IN (
         SELECT order_id FROM order_study WHERE study_id IN (SELECT id FROM own)
         UNION SELECT k.order_id FROM order_key k JOIN stated s ON s.number = k.number
         UNION SELECT unnest($3::uuid[]))
       ORDER BY id FOR NO KEY UPDATE`,
      [uids, keys.map(({ number }) => number), orderIds],
    );
    await this.sql.rows(
      `SELECT id FROM study WHERE study_instance_uid = ANY($1) ORDER BY id FOR NO KEY UPDATE`,
      [uids],
    );
  }

  /**
   * The same for a transaction about these orders, whose numbers are locked and kept already: the orders, then every
   * study that is joined with one of them or bears one of their numbers, and those named here.
   */
  async aboutOrders(orderIds: readonly string[], studyIds: readonly string[] = []): Promise<void> {
    await this.orders.lockAll(orderIds);
    await this.sql.rows(
      `SELECT id FROM study WHERE id IN (
         SELECT study_id FROM order_study WHERE order_id = ANY($1)
         UNION SELECT s.study_id FROM study_key s JOIN order_key o ON o.number = s.number WHERE o.order_id = ANY($1)
         UNION SELECT unnest($2::uuid[]))
       ORDER BY id FOR NO KEY UPDATE`,
      [orderIds, studyIds],
    );
  }
}
