import type { JoiningKey, StudyIdentity, StudyState, Tie } from '@prelector/findings';
import { remaindersOf, ties } from '@prelector/findings';
import { namespaceKey } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { namespacesMeet, rowsOf, speaksFor } from '../sql.js';
import type { Tx } from '../tx.js';

/** A number as it is looked up: HMACs of the number and of its namespace, empty where none is stated. */
export interface NumberKey {
  readonly number: string;
  readonly namespace: string;
  /** HMACs of what may be left of the number in the answer of a search that loses characters. */
  readonly remainders?: readonly string[];
}

export interface OrderKey extends NumberKey {
  readonly kind: JoiningKey;
}

/** A number with the issuer or assigning authority within which it is unique, where that is stated. */
export interface StatedNumber {
  readonly value: string;
  readonly namespace?: string | undefined;
}

/** Everything by which a message lets an order be known, and be joined with studies. */
export interface OrderNumbers {
  readonly studyInstanceUids: readonly string[];
  readonly accessions: readonly StatedNumber[];
  /** Order numbers that the archive may bear as Accession Number. */
  readonly possibleAccessions: readonly StatedNumber[];
  readonly placer: StatedNumber | undefined;
  readonly filler: StatedNumber | undefined;
}

/** What is kept under an order's number: a possible accession number is looked up as an accession number. */
const domainOf: Readonly<Record<JoiningKey, string>> = {
  study: 'study',
  accession: 'accession',
  'possible-accession': 'accession',
  'reported-accession': 'accession',
  'former-accession': 'accession',
  filler: 'filler',
  placer: 'placer',
};

/** A number as an order or a study bears it; undefined when it is blank. */
export function numberKey(
  vault: IdentityVault,
  kind: JoiningKey,
  stated: StatedNumber | undefined,
): NumberKey | undefined {
  const number = stated?.value.trim();
  if (!number) return undefined;
  return {
    number: vault.hmac(`${domainOf[kind]} number`, number),
    namespace: namespaceKey(vault, stated?.namespace),
  };
}

/** The keys of an order, each once. */
export function orderKeys(vault: IdentityVault, numbers: OrderNumbers): OrderKey[] {
  const stated: [JoiningKey, StatedNumber | undefined][] = [
    ...numbers.studyInstanceUids.map((value) => ['study', { value }] as [JoiningKey, StatedNumber]),
    ...numbers.accessions.map((each) => ['accession', each] as [JoiningKey, StatedNumber]),
    ...numbers.possibleAccessions.map((each) => ['possible-accession', each] as [JoiningKey, StatedNumber]),
    ['filler', numbers.filler],
    ['placer', numbers.placer],
  ];
  const keys = stated.flatMap(([kind, each]) => {
    const key = numberKey(vault, kind, each);
    return key ? [{ kind, ...key }] : [];
  });
  return [...new Map(keys.map((key) => [`${key.kind} ${key.number} ${key.namespace}`, key])).values()];
}

/** The keys of a study: its UID, and the accession number that an archive states. */
export function studyKeys(
  vault: IdentityVault,
  studyInstanceUid: string,
  identity: StudyIdentity,
): NumberKey[] {
  const { accessionNumber = '', issuerOfAccessionNumber } = identity;
  const stated = { value: accessionNumber, namespace: issuerOfAccessionNumber };
  const accession = numberKey(vault, 'accession', stated);
  const remainders = remaindersOf(accessionNumber).flatMap(
    (value) => numberKey(vault, 'accession', { value })?.number ?? [],
  );
  return [
    numberKey(vault, 'study', { value: studyInstanceUid }),
    accession && (remainders.length > 0 ? { ...accession, remainders } : accession),
  ].flatMap((key) => key ?? []);
}

/**
 * Has whoever else speaks of one of these numbers wait until this transaction ends: an order and a study that
 * come at once would otherwise each be written before the other can be seen.
 *
 * @param studyInstanceUids studies of which the patient numbers that archives ever stated are meant, too
 */
export async function lockNumbers(
  tx: Tx,
  keys: readonly Pick<NumberKey, 'number'>[],
  studyInstanceUids: readonly string[] = [],
): Promise<void> {
  await rowsOf(
    tx,
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
 * accession number, and what was one is one again; else `retireAccessions` alone takes a number away.
 */
export async function keepOrderKeys(
  tx: Tx,
  orderId: string,
  authority: string,
  keys: readonly OrderKey[],
): Promise<void> {
  await rowsOf(
    tx,
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
  await dropSuperseded(tx, orderId);
}

/** Gives one order all keys of another, which has none any more. */
export async function moveOrderKeys(tx: Tx, from: string, to: string): Promise<void> {
  await rowsOf(
    tx,
    `WITH k AS (DELETE FROM order_key WHERE order_id = $2 RETURNING *)
     INSERT INTO order_key (order_id, authority, kind, number, namespace)
     SELECT $1, authority, kind, number, namespace FROM k ON CONFLICT DO NOTHING`,
    [to, from],
  );
  await dropSuperseded(tx, to);
}

/** What only may be, or was, an accession number of an order is none beside those that it bears. */
async function dropSuperseded(tx: Tx, orderId: string): Promise<void> {
  await rowsOf(
    tx,
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
export async function retireAccessions(
  tx: Tx,
  orderId: string,
  { isReported }: { readonly isReported: boolean },
): Promise<void> {
  await rowsOf(
    tx,
    `WITH gone AS (DELETE FROM order_key WHERE order_id = $1 AND kind = 'accession' RETURNING *)
     INSERT INTO order_key (order_id, authority, kind, number, namespace)
     SELECT order_id, authority, $2, number, namespace FROM gone ON CONFLICT DO NOTHING`,
    [orderId, isReported ? 'reported-accession' : 'former-accession'],
  );
}

/** Keeps that a report, or a cancellation, of an order was heard under former accession numbers of it. */
export async function keepReportedUnder(tx: Tx, orderId: string, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return;
  await rowsOf(
    tx,
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
export async function keepStudyKeys(
  tx: Tx,
  studyId: string,
  keys: readonly NumberKey[],
  { nodeId, isListed }: { readonly nodeId?: string; readonly isListed?: boolean | undefined } = {},
): Promise<void> {
  await rowsOf(
    tx,
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
    await takeBackListed(tx, studyId, nodeId, 'number = ANY($3)', remainders);
  await rowsOf(
    tx,
    `UPDATE study_key issued SET listed_by = NULL FROM study_key k WHERE k.study_id = $1 AND k.namespace = ''
       AND k.listed_by IS NULL AND issued.listed_by IS NOT NULL
       AND issued.study_id = $1 AND issued.number = k.number AND issued.namespace <> ''`,
    [studyId],
  );
  await rowsOf(
    tx,
    `DELETE FROM study_key k USING study_key issued WHERE k.study_id = $1 AND k.namespace = ''
       AND issued.study_id = $1 AND issued.number = k.number AND issued.namespace <> ''`,
    [studyId],
  );
}

/** Of what the search of a node alone stated of a study only these keys count on: it states no other any more. */
export async function keepListedKeys(
  tx: Tx,
  studyId: string,
  nodeId: string,
  keys: readonly NumberKey[],
): Promise<void> {
  const numbers = keys.map((key) => key.number);
  await takeBackListed(tx, studyId, nodeId, 'number <> ALL($3)', numbers);
}

/** Takes back what the search of that node alone stated, unless that of another node did, too. */
async function takeBackListed(
  tx: Tx,
  studyId: string,
  nodeId: string,
  condition: string,
  numbers: readonly string[],
): Promise<void> {
  await rowsOf(
    tx,
    `UPDATE study_key SET listed_by = array_remove(listed_by, $2::uuid)
     WHERE study_id = $1 AND $2::uuid = ANY(listed_by) AND ${condition}`,
    [studyId, nodeId, numbers],
  );
  await rowsOf(tx, `DELETE FROM study_key WHERE study_id = $1 AND listed_by = '{}'`, [studyId]);
}

/** An order and a study that bear one number, with the strongest key by which they meet. */
export interface Met {
  readonly orderId: string;
  readonly studyId: string;
  readonly by: Tie;
}

/** Kinds of keys that were accession numbers before they were corrected: they tie provisionally. */
export const formerKeys: readonly Tie[] = ['former-accession', 'reported-accession'];

/** The same, in SQL. */
export const provisionalKeys = `('${formerKeys.join(`', '`)}')`;

/** SQL that is true for an order that bears a filler, or a placer, number. */
export const bearsNumber = (orderId: string, kind: 'filler' | 'placer'): string =>
  `EXISTS (SELECT 1 FROM order_key n WHERE n.order_id = ${orderId} AND n.kind = '${kind}')`;

/** SQL that is true where a key `o` of an order and a key `s` of a study are one number. */
export const oneNumber = `s.number = o.number
    AND ${namespacesMeet('s.namespace', 'o.namespace')}`;

/**
 * SQL that is true when the key of an order counts on a node: its Study Instance UID does everywhere, any other
 * number on the nodes for which a feed of its authority speaks: another hospital may give out the same number.
 *
 * @param key alias of `order_key`
 * @param isNode condition on `node.id`
 */
export function countsOnNode(key: string, isNode: string): string {
  return `(${key}.kind = 'study' OR EXISTS (
    SELECT 1 FROM study_order spoken LEFT JOIN feed ON feed.id = spoken.feed_id
        OR coalesce(feed.body ->> 'assigningAuthority', feed.name) = ${key}.authority
      LEFT JOIN pacs_node node ON ${speaksFor}
    WHERE spoken.id = ${key}.order_id AND (spoken.feed_id IS NULL OR ${isNode})))`;
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

/**
 * The orders that may speak of a study, whatever came first; oldest first.
 *
 * @param nodeId a node that shows the study, which may hold no copy of it yet
 */
export function ordersMeeting(tx: Tx, studyId: string, nodeId?: string): Promise<Met[]> {
  return rowsOf<Met>(
    tx,
    `${meeting} WHERE s.study_id = $1 AND (${onItsNodes} OR ${countsOnNode('o', 'node.id = $3')})
     GROUP BY o.order_id, s.study_id ORDER BY o.order_id`,
    [studyId, ties, nodeId],
  );
}

/** The studies that an order may speak of, whatever came first; oldest first. */
export function studiesMeeting(tx: Tx, orderId: string): Promise<Met[]> {
  return rowsOf<Met>(
    tx,
    `${meeting} WHERE o.order_id = $1 AND ${onItsNodes} GROUP BY o.order_id, s.study_id ORDER BY s.study_id`,
    [orderId, ties],
  );
}

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

/** The studies that these orders may speak of and are not joined with; oldest first, twenty of each at most. */
export function candidatesOfOrders(tx: Tx, orderIds: readonly string[]): Promise<Candidate[]> {
  return rowsOf<Candidate>(
    tx,
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
