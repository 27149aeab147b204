import type { Events } from '../events/events.js';
import type { PatientKey, PatientNumber } from '../identities/identities.js';
import { patientKey } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { MergedPair, Patients } from '../identities/patients.js';
import { isSameNumber } from '../identities/patients.js';
import type { Numbers } from '../orders/numbers.js';
import type { Orders } from '../orders/orders.js';
import type { Statements } from '../sql.js';
import { namespacesMeet } from '../sql.js';

/** One patient number stands for another from now on (HL7 v2 ADT^A40, A18), on the nodes of which its feed speaks. */
export interface NewPatientMerge {
  readonly feedId: string;
  readonly survivor: PatientNumber;
  readonly retired: PatientNumber;
  readonly who: string;
  readonly locked: LockedPatients;
}

/** A merge, or the undoing of one, as a message states it. */
export interface StatedMerge {
  readonly survivor: PatientNumber;
  readonly retired: PatientNumber;
  readonly isUndone: boolean;
}

/** What a transaction about patients has locked, see `patientMerges.lock`. */
export interface LockedPatients {
  /** The numbers of the patients, as HMACs. */
  readonly numbers: readonly string[];
  readonly orderIds: readonly string[];
  /** Those of them that may be one order, whose numbers are locked, too. */
  readonly akin: readonly string[];
}

/** Merges of patients, and their undoing, as feeds tell of them. */
export class PatientMerges {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly patients: Patients,
    private readonly numbers: Numbers,
    private readonly orders: Orders,
  ) {}

  /**
   * Has whoever else speaks of a patient whom these merges concern wait until this transaction
   * ends: an order, or a study, that comes while a merge is written would otherwise be judged without it, and the merge
   * without them. To be called before anything is written, once for all merges of a message; merges wait for each other
   * first of all, so that what ties numbers stands still.
   */
  async lock(feedId: string, merges: readonly StatedMerge[]): Promise<LockedPatients> {
    await this.sql.rows(`SELECT pg_advisory_xact_lock(hashtextextended('patient merges', 0))`);
    const feedIds = await this.patients.feedsBeside(feedId);
    const pairs = merges.map((each) => pairOf(this.sql.vault, each));
    const numbers = await this.patients.numbersMerged(feedIds, pairs);
    const locked = new Set<string>();
    for (;;) {
      const own = (await this.#ordersOf(feedIds, numbers)).map(({ id }) => id);
      const akin = await this.#ordersAkin(own);
      const keys = await this.numbers.of(akin);
      const fresh = [...numbers, ...keys.map(({ number }) => number)].filter((each) => !locked.has(each));
      if (fresh.length === 0) {
        const orderIds = [...new Set([...own, ...akin])];
        await this.orders.lockAll(orderIds);
        return { numbers, orderIds, akin };
      }
      await this.numbers.lock(fresh.map((number) => ({ number })));
      // What was heard until then is seen only now, and may bear further numbers.
      for (const each of fresh) locked.add(each);
    }
  }

  /**
   * Keeps that two numbers are one patient's; a merge the other way round is undone by it, and a number is not merged into
   * itself. No identity that is written changes: orders and studies of either number match from now on. Returns the orders
   * under one of them that are to be judged anew. The patients are locked (see `patientMerges.lock`).
   */
  async record({ feedId, survivor, retired, who, locked }: NewPatientMerge): Promise<string[]> {
    const [to, from] = [patientKey(this.sql.vault, survivor), patientKey(this.sql.vault, retired)];
    if (isSameNumber(to, from)) return [];
    const feedIds = await this.patients.feedsBeside(feedId);
    const pair = { survivor: to, retired: from, isUndone: false };
    const numbers = await this.patients.numbersMerged(feedIds, [pair]);
    const isReversed = await this.#part(feedIds, to, from);
    await this.sql.rows(
      `INSERT INTO patient_merge (feed_id, retired, retired_namespace, survivor, survivor_namespace)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [feedId, from.number, from.namespace, to.number, to.namespace],
    );
    const isUndone = isReversed;
    return this.#concerned(feedIds, numbers, { who, what: 'patient merged', isUndone, locked });
  }

  /**
   * Keeps that two numbers are two patients' again, whichever stood for the other, or by way of others (HL7 v2
   * ADT^A37). Returns the orders under one of them that are to be judged anew: also those that have found a study. The
   * patients are locked (see `patientMerges.lock`).
   */
  async undo({ feedId, survivor, retired, who, locked }: NewPatientMerge): Promise<string[]> {
    const [first, second] = [patientKey(this.sql.vault, survivor), patientKey(this.sql.vault, retired)];
    const feedIds = await this.patients.feedsBeside(feedId);
    const pair = { survivor: first, retired: second, isUndone: true };
    const numbers = await this.patients.numbersMerged(feedIds, [pair]);
    const parted = [await this.#part(feedIds, first, second), await this.#part(feedIds, second, first)];
    if (!parted.includes(true)) return [];
    return this.#concerned(feedIds, numbers, { who, what: 'patient merge undone', isUndone: true, locked });
  }

  async #concerned(
    feedIds: readonly string[],
    numbers: readonly string[],
    { who, what, isUndone, locked }: { who: string; what: string; isUndone: boolean; locked: LockedPatients },
  ): Promise<string[]> {
    const waiting = ['announced', 'held', 'never-arrived', 'cancelled'];
    const states = isUndone ? [...waiting, 'arrived'] : waiting;
    const orders = (await this.#ordersOf(feedIds, numbers, locked.orderIds)).filter(({ state }) =>
      states.includes(state),
    );
    for (const { id } of orders) {
      await this.events.record({ who, what, subjectKind: 'order', subjectId: id });
    }
    return orders.map(({ id }) => id);
  }

  /**
   * The orders that state one of these numbers, or are joined with a study whose archive does, whatever their state: a
   * message that is being taken may change it. Whatever issuer an order states, or none: kinship is judged where it is
   * joined.
   *
   * @param among no others; any where left out
   */
  #ordersOf(
    feedIds: readonly string[],
    numbers: readonly string[],
    among?: readonly string[],
  ): Promise<{ id: string; state: string }[]> {
    return this.sql.rows(
      `WITH stated AS (SELECT id FROM identity WHERE patient_number_hmac = ANY($1))
       SELECT id, state FROM study_order WHERE feed_id = ANY($2) AND ($3::uuid[] IS NULL OR id = ANY($3)) AND id IN (
         SELECT o.id FROM study_order o JOIN stated ON stated.id = o.identity_id
         UNION SELECT j.order_id FROM stated JOIN identity_sighting g ON g.identity_id = stated.id
           JOIN order_study j ON j.study_id = g.study_id
         -- Those that wait bear it as a further number, too.
         UNION SELECT o.id FROM study_order o WHERE o.state IN ('announced', 'held')
           AND ($3::uuid[] IS NULL OR o.id = ANY($3))
           AND EXISTS (SELECT 1 FROM unnest($1::text[]) n WHERE strpos(o.patient_hmac, n) > 0))
       ORDER BY id`,
      [numbers, feedIds, among ?? null],
    );
  }

  /** Those of these orders that bear a number of another, and any other that bears an order number of one of them: they may be one. */
  async #ordersAkin(ids: readonly string[]): Promise<string[]> {
    const rows = await this.sql.rows<{ id: string }>(
      `WITH pair AS (
         SELECT k.order_id AS one, other.order_id AS other FROM order_key k
           JOIN order_key other ON other.number = k.number AND other.authority = k.authority AND other.order_id <> k.order_id
         WHERE k.order_id = ANY($1) AND (k.kind IN ('filler', 'placer') OR other.order_id = ANY($1)))
       SELECT one AS id FROM pair UNION SELECT other FROM pair ORDER BY id`,
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  /** Takes back every merge of the first number by which it came to stand for the second; false when none did. */
  async #part(feedIds: readonly string[], from: PatientKey, to: PatientKey): Promise<boolean> {
    const merges = await this.sql.rows<PatientKey>(
      `SELECT survivor AS number, survivor_namespace AS namespace FROM patient_merge
       WHERE retired = $1 AND ${namespacesMeet('retired_namespace', '$2')} AND feed_id = ANY($3)`,
      [from.number, from.namespace, feedIds],
    );
    let isParted = false;
    for (const next of merges) {
      if (!isSameNumber(next, to) && !(await this.patients.leadsTo(feedIds, next, to))) continue;
      await this.sql.rows(
        `DELETE FROM patient_merge WHERE retired = $1 AND ${namespacesMeet('retired_namespace', '$2')}
           AND survivor = $3 AND survivor_namespace = $4 AND feed_id = ANY($5)`,
        [from.number, from.namespace, next.number, next.namespace, feedIds],
      );
      isParted = true;
    }
    return isParted;
  }

  /** The studies under one of these numbers, as HMACs, that wait for archive and orders to agree. */
  async studiesAwaiting(numbers: readonly string[]): Promise<string[]> {
    const rows = await this.sql.rows<{ id: string }>(
      `SELECT DISTINCT s.id FROM identity i JOIN identity_sighting g ON g.identity_id = i.id
         JOIN study s ON s.id = g.study_id
       WHERE i.patient_number_hmac = ANY($1) AND s.state = 'held' AND s.awaits_order ORDER BY s.id`,
      [numbers],
    );
    return rows.map(({ id }) => id);
  }
}

function pairOf(vault: IdentityVault, { survivor, retired, isUndone }: StatedMerge): MergedPair {
  return { survivor: patientKey(vault, survivor), retired: patientKey(vault, retired), isUndone };
}
