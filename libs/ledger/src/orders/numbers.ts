import type { StudyState, Tie } from '@prelector/findings';
import { ties } from '@prelector/findings';
import type { Statements } from '../sql.js';
import { namespacesMeet } from '../sql.js';
import type { NumberKey, OrderKey } from './order-keys.js';
import { bearsNumber, countsOnNode, provisionalKeys } from './order-keys.js';

/** An order and a study that bear one number, with the strongest key by which they meet. */
export interface Met {
  readonly orderId: string;
  readonly studyId: string;
  readonly by: Tie;
}

const tie = `CASE WHEN ${namespacesMeet('s.namespace', 'o.namespace')} THEN o.kind ELSE 'other-issuer' END`;

const meeting = `
  SELECT o.order_id AS "orderId", s.study_id AS "studyId",
    (array_agg(${tie} ORDER BY array_position($2::text[], ${tie})))[1] AS by
  FROM order_key o JOIN study_key s ON s.number = o.number
    AND (o.kind = 'accession' OR ${namespacesMeet('s.namespace', 'o.namespace')})`;

const onItsNodes = countsOnNode(
  'o',
  'node.id IN (SELECT node_id FROM study_copy WHERE study_id = s.study_id)',
);

/** A study that bears a number of an order and is not joined with it. */
export interface Candidate {
  readonly orderId: string;
  readonly studyInstanceUid: string;
  readonly state: StudyState;
  readonly by: Tie;
  /** Of all candidates of the order, those that are left out included. */
  readonly count: number;
}

/** A number that stands for none, such as 0, may be borne by every study. */
const candidatesAtMost = 20;

/** The numbers by which orders and studies are known and meet. */
export class Numbers {
  constructor(private readonly sql: Statements) {}

  /**
   * Has whoever else speaks of one of these numbers wait until this transaction ends: an order and a study that
   * come at once would otherwise each be written before the other can be seen.
   *
   * @param studyInstanceUids studies of which the patient numbers that archives ever stated are meant, too
   */
  async lock(
    keys: readonly Pick<NumberKey, 'number'>[],
    studyInstanceUids: readonly string[] = [],
  ): Promise<void> {
    await this.sql.rows(
      `SELECT pg_advisory_xact_lock(h) FROM
         (SELECT DISTINCT hashtextextended(n, 0) AS h FROM (
            SELECT unnest($1::text[]) UNION
            SELECT i.patient_number_hmac FROM study s JOIN identity_sighting g ON g.study_id = s.id
              JOIN identity i ON i.id = g.identity_id
            WHERE s.study_instance_uid = ANY($2) AND i.patient_number_hmac IS NOT NULL) AS numbers (n) ORDER BY h) AS hashes`,
      [keys.map((key) => key.number), studyInstanceUids],
    );
  }

  /**
   * Adds to the keys of an order. What only may be its accession number is none once a message has stated the
   * accession number, and what was one is one again; else `numbers.retireAccessions` alone takes a number away.
   */
  async keepOfOrder(orderId: string, authority: string, keys: readonly OrderKey[]): Promise<void> {
    await this.sql.rows(
      `INSERT INTO order_key (order_id, authority, kind, number, namespace)
       SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`,
      [
        orderId,
        authority,
        keys.map((key) => key.kind),
        keys.map((key) => key.number),
        keys.map((key) => key.namespace),
      ],
    );
    await this.#dropSuperseded(orderId);
  }

  /** Gives one order all keys of another, which has none any more. */
  async moveOfOrder(from: string, to: string): Promise<void> {
    await this.sql.rows(
      `WITH k AS (DELETE FROM order_key WHERE order_id = $2 RETURNING *)
       INSERT INTO order_key (order_id, authority, kind, number, namespace)
       SELECT $1, authority, kind, number, namespace FROM k ON CONFLICT DO NOTHING`,
      [to, from],
    );
    await this.#dropSuperseded(to);
  }

  /** What only may be, or was, an accession number of an order is none beside those that it bears. */
  async #dropSuperseded(orderId: string): Promise<void> {
    await this.sql.rows(
      `DELETE FROM order_key p USING order_key a WHERE p.order_id = $1 AND a.order_id = $1 AND a.kind = 'accession'
         AND (p.kind = 'possible-accession'
           OR (p.kind IN ${provisionalKeys} AND p.number = a.number))`,
      [orderId],
    );
  }

  /**
   * The accession numbers of an order are none of its own any more, as a message that corrects it says. Images that
   * were made under one may still be the patient's: it goes on being known as a former one.
   */
  async retireAccessions(orderId: string, { isReported }: { readonly isReported: boolean }): Promise<void> {
    await this.sql.rows(
      `WITH gone AS (DELETE FROM order_key WHERE order_id = $1 AND kind = 'accession' RETURNING *)
       INSERT INTO order_key (order_id, authority, kind, number, namespace)
       SELECT order_id, authority, $2, number, namespace FROM gone ON CONFLICT DO NOTHING`,
      [orderId, isReported ? 'reported-accession' : 'former-accession'],
    );
  }

  /** Keeps that a report, or a cancellation, of an order was heard under former accession numbers of it. */
  async keepReportedUnder(orderId: string, numbers: readonly string[]): Promise<void> {
    if (numbers.length === 0) return;
    await this.sql.rows(
      `UPDATE order_key SET kind = 'reported-accession'
       WHERE order_id = $1 AND kind = 'former-accession' AND number = ANY($2)`,
      [orderId, numbers],
    );
  }

  /**
   * Adds to the keys of a study. What a search alone stated on a node gives way once an instance there states a number of
   * which it may be what is left where characters were lost; any other stays beside those of the instances, because
   * archives correct their records and not their images, as long as the search of a node states it. A number whose
   * issuer is stated anywhere, be it in a file alone, is that issuer's number: that a search left the issuer out says
   * nothing against it.
   */
  async keepOfStudy(
    studyId: string,
    keys: readonly NumberKey[],
    { nodeId, isListed }: { readonly nodeId?: string; readonly isListed?: boolean | undefined } = {},
  ): Promise<void> {
    await this.sql.rows(
      `INSERT INTO study_key AS k (study_id, number, namespace, listed_by)
       SELECT $1, *, $4::uuid[] FROM unnest($2::text[], $3::text[])
       ON CONFLICT (study_id, number, namespace) DO UPDATE
         SET listed_by = CASE WHEN excluded.listed_by IS NOT NULL THEN k.listed_by || excluded.listed_by END
         WHERE NOT k.listed_by @> excluded.listed_by OR (k.listed_by IS NOT NULL AND excluded.listed_by IS NULL)`,
      [
        studyId,
        keys.map((key) => key.number),
        keys.map((key) => key.namespace),
        isListed && nodeId ? [nodeId] : null,
      ],
    );
    const remainders = keys.flatMap((key) => key.remainders ?? []);
    if (nodeId && !isListed && remainders.length > 0)
      await this.#takeBackListed(studyId, nodeId, 'number = ANY($3)', remainders);
    await this.sql.rows(
      `UPDATE study_key issued SET listed_by = NULL FROM study_key k WHERE k.study_id = $1 AND k.namespace = ''
         AND k.listed_by IS NULL AND issued.listed_by IS NOT NULL
         AND issued.study_id = $1 AND issued.number = k.number AND issued.namespace <> ''`,
      [studyId],
    );
    await this.sql.rows(
      `DELETE FROM study_key k USING study_key issued WHERE k.study_id = $1 AND k.namespace = ''
         AND issued.study_id = $1 AND issued.number = k.number AND issued.namespace <> ''`,
      [studyId],
    );
  }

  /** Of what the search of a node alone stated of a study only these keys count on: it states no other any more. */
  async keepListed(studyId: string, nodeId: string, keys: readonly NumberKey[]): Promise<void> {
    const numbers = keys.map((key) => key.number);
    await this.#takeBackListed(studyId, nodeId, 'number <> ALL($3)', numbers);
  }

  /** Takes back what the search of that node alone stated, unless that of another node did, too. */
  async #takeBackListed(
    studyId: string,
    nodeId: string,
    condition: string,
    numbers: readonly string[],
  ): Promise<void> {
    await this.sql.rows(
      `UPDATE study_key SET listed_by = array_remove(listed_by, $2::uuid)
       WHERE study_id = $1 AND $2::uuid = ANY(listed_by) AND ${condition}`,
      [studyId, nodeId, numbers],
    );
    await this.sql.rows(`DELETE FROM study_key WHERE study_id = $1 AND listed_by = '{}'`, [studyId]);
  }

  /**
   * The orders that may speak of a study, whatever came first; oldest first.
   *
   * @param nodeId a node that shows the study, which may hold no copy of it yet
   */
  ordersMeeting(studyId: string, nodeId?: string): Promise<Met[]> {
    return this.sql.rows<Met>(
      `${meeting} WHERE s.study_id = $1 AND (${onItsNodes} OR ${countsOnNode('o', 'node.id = $3')})
       GROUP BY o.order_id, s.study_id ORDER BY o.order_id`,
      [studyId, ties, nodeId],
    );
  }

  /** The studies that an order may speak of, whatever came first; oldest first. */
  studiesMeeting(orderId: string): Promise<Met[]> {
    return this.sql.rows<Met>(
      `${meeting} WHERE o.order_id = $1 AND ${onItsNodes} GROUP BY o.order_id, s.study_id ORDER BY s.study_id`,
      [orderId, ties],
    );
  }

  /** The studies that these orders may speak of and are not joined with; oldest first, twenty of each at most. */
  candidatesOf(orderIds: readonly string[]): Promise<Candidate[]> {
    return this.sql.rows<Candidate>(
      `SELECT * FROM (
         SELECT met."orderId", study.study_instance_uid AS "studyInstanceUid", study.state, met.by,
           count(*) OVER (PARTITION BY met."orderId")::int AS count,
           row_number() OVER (PARTITION BY met."orderId" ORDER BY study.first_heard_at, study.id) AS place
         FROM (${meeting} WHERE o.order_id = ANY($1) AND ${onItsNodes} GROUP BY o.order_id, s.study_id) AS met
           JOIN study ON study.id = met."studyId"
         WHERE NOT EXISTS (SELECT 1 FROM order_study os
           WHERE os.order_id = met."orderId" AND os.study_id = met."studyId")) AS candidate
       WHERE place <= $3 ORDER BY "orderId", place`,
      [orderIds, ties, candidatesAtMost],
    );
  }

  /** All numbers of orders, as they are looked up. */
  of(orderIds: readonly string[]): Promise<NumberKey[]> {
    return this.sql.rows<NumberKey>(
      `SELECT DISTINCT number, namespace FROM order_key WHERE order_id = ANY($1)`,
      [orderIds],
    );
  }

  /** The accession numbers of orders, as they are looked up. */
  accessionsOf(orderIds: readonly string[]): Promise<NumberKey[]> {
    return this.sql.rows<NumberKey>(
      `SELECT number, namespace FROM order_key WHERE order_id = ANY($1) AND kind = 'accession'`,
      [orderIds],
    );
  }

  /** The accession numbers that an order bore before it was corrected, as they are looked up. */
  formerOf(orderId: string): Promise<NumberKey[]> {
    return this.sql.rows<NumberKey>(
      `SELECT number, namespace FROM order_key WHERE order_id = $1 AND kind IN ${provisionalKeys}`,
      [orderId],
    );
  }

  /** Whether an order bears a filler and a placer number. */
  async bearsBoth(orderId: string): Promise<boolean> {
    const row = await this.sql.row<{ both: boolean }>(
      `SELECT ${bearsNumber('$1', 'filler')} AND ${bearsNumber('$1', 'placer')} AS both`,
      [orderId],
    );
    return row?.both === true;
  }
}
