import type { StudyIdentity } from '@prelector/findings';
import { namespacesAgree } from '@prelector/findings';
import { recordEvent } from '../events/record-event.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { PatientNumber } from '../identities/identities.js';
import { patientKey } from '../identities/identities.js';
import { namespacesMeet, rowOf, rowsOf, speaksFor } from '../sql.js';
import type { Tx } from '../tx.js';

/** One patient number stands for another from now on (HL7 v2 ADT^A40, A18), on the nodes of which its feed speaks. */
export interface NewPatientMerge {
  readonly feedId: string;
  readonly survivor: PatientNumber;
  readonly retired: PatientNumber;
  readonly who: string;
}

/**
 * Keeps that two numbers are one patient's; a merge the other way round is undone by it. No identity that is
 * written changes: orders and studies of either number match from now on. Returns the orders under one of them
 * that are to be judged anew.
 */
export async function recordPatientMerge(
  tx: Tx,
  vault: IdentityVault,
  { feedId, survivor, retired, who }: NewPatientMerge,
): Promise<string[]> {
  const [to, from] = [patientKey(vault, survivor), patientKey(vault, retired)];
  const feedIds = await feedsBeside(tx, feedId);
  const isReversed = await part(tx, feedIds, to, from);
  await rowsOf(
    tx,
    `INSERT INTO patient_merge (feed_id, retired, retired_namespace, survivor, survivor_namespace)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [feedId, from.number, from.namespace, to.number, to.namespace],
  );
  return concerned(tx, vault, feedIds, [survivor, retired], {
    who,
    what: 'patient merged',
    isUndone: isReversed,
  });
}

/**
 * Keeps that two numbers are two patients' again, whichever stood for the other, or by way of others (HL7 v2
 * ADT^A37). Returns the orders under one of them that are to be judged anew: also those that have found a study.
 */
export async function undoPatientMerge(
  tx: Tx,
  vault: IdentityVault,
  { feedId, survivor, retired, who }: NewPatientMerge,
): Promise<string[]> {
  const [first, second] = [patientKey(vault, survivor), patientKey(vault, retired)];
  const feedIds = await feedsBeside(tx, feedId);
  const parted = [await part(tx, feedIds, first, second), await part(tx, feedIds, second, first)];
  if (!parted.includes(true)) return [];
  return concerned(tx, vault, feedIds, [survivor, retired], {
    who,
    what: 'patient merge undone',
    isUndone: true,
  });
}

/** The feeds that speak for a node for which this one speaks: what they say of a patient number is said of one patient. */
async function feedsBeside(tx: Tx, feedId: string): Promise<string[]> {
  const nodes = `node.id IN (SELECT node.id FROM feed JOIN pacs_node node ON ${speaksFor} WHERE feed.id = $1)`;
  return feedsWhere(tx, nodes, feedId);
}

async function concerned(
  tx: Tx,
  vault: IdentityVault,
  feedIds: readonly string[],
  patients: readonly PatientNumber[],
  { who, what, isUndone }: { who: string; what: string; isUndone: boolean },
): Promise<string[]> {
  const orders = await rowsOf<{ id: string }>(
    tx,
    // Whatever issuer an order states, or none: kinship is judged where it is joined.
    `SELECT o.id FROM study_order o JOIN identity i ON i.id = o.identity_id
     WHERE i.patient_number_hmac = ANY($1) AND o.feed_id = ANY($3)
       AND (o.state IN ('announced', 'held') OR $2 AND o.state IN ('arrived', 'never-arrived'))
     -- Those that wait bear it as a further number, too.
     UNION SELECT o.id FROM study_order o WHERE o.state IN ('announced', 'held') AND o.feed_id = ANY($3)
       AND EXISTS (SELECT 1 FROM unnest($1::text[]) n WHERE strpos(o.patient_hmac, n) > 0)
     ORDER BY id`,
    [patients.map((each) => patientKey(vault, each).number), isUndone, feedIds],
  );
  for (const { id } of orders) {
    await recordEvent(tx, { who, what, subjectKind: 'order', subjectId: id });
  }
  return orders.map(({ id }) => id);
}

type PatientKey = ReturnType<typeof patientKey>;

/** Takes back every merge of the first number by which it came to stand for the second; false when none did. */
async function part(tx: Tx, feedIds: readonly string[], from: PatientKey, to: PatientKey): Promise<boolean> {
  const merges = await rowsOf<PatientKey>(
    tx,
    `SELECT survivor AS number, survivor_namespace AS namespace FROM patient_merge
     WHERE retired = $1 AND ${namespacesMeet('retired_namespace', '$2')} AND feed_id = ANY($3)`,
    [from.number, from.namespace, feedIds],
  );
  let isParted = false;
  for (const next of merges) {
    if (!isSame(next, to) && !(await leadsTo(tx, feedIds, next, to))) continue;
    await rowsOf(
      tx,
      `DELETE FROM patient_merge WHERE retired = $1 AND ${namespacesMeet('retired_namespace', '$2')}
         AND survivor = $3 AND survivor_namespace = $4 AND feed_id = ANY($5)`,
      [from.number, from.namespace, next.number, next.namespace, feedIds],
    );
    isParted = true;
  }
  return isParted;
}

function isSame(a: PatientKey, b: PatientKey): boolean {
  return a.number === b.number && namespacesAgree(a.namespace, b.namespace);
}

/** The studies under one of these numbers that wait for archive and orders to agree. */
export async function studiesAwaitingMerge(
  tx: Tx,
  vault: IdentityVault,
  patients: readonly PatientNumber[],
): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    `SELECT DISTINCT s.id FROM identity i JOIN identity_sighting g ON g.identity_id = i.id
       JOIN study s ON s.id = g.study_id
     WHERE i.patient_number_hmac = ANY($1) AND s.state = 'held' AND s.awaits_order ORDER BY s.id`,
    [patients.map((patient) => patientKey(vault, patient).number)],
  );
  return rows.map(({ id }) => id);
}

/** How two patient numbers stand to each other. */
export type Kinship = 'none' | 'merged-into' | 'merged-from';

/**
 * Whether a merge, or several one after the other, made one number the other: `merged-into` when the first was
 * retired for the second, `merged-from` when the second was retired for the first; any of several numbers of the
 * first. Only the feeds that speak for the node say so: at another hospital the same numbers are other patients.
 */
export async function kinshipOf(
  tx: Tx,
  vault: IdentityVault,
  nodeId: string,
  first: StudyIdentity,
  second: PatientNumber,
): Promise<Kinship> {
  if (!first.patientId || !second.patientId) return 'none';
  const b = patientKey(vault, second);
  const numbers = [first, ...(first.otherPatientIds ?? [])].map((each) => patientKey(vault, each));
  if (numbers.some((each) => each.number === b.number)) return 'none';
  const feedIds = await feedsOfNode(tx, nodeId);
  for (const a of numbers) {
    if (await leadsTo(tx, feedIds, a, b)) return 'merged-into';
    if (await leadsTo(tx, feedIds, b, a)) return 'merged-from';
  }
  return 'none';
}

/** Whether a merge retired this number for another one, by the feeds that speak for the node. */
export async function isRetired(
  tx: Tx,
  vault: IdentityVault,
  nodeId: string,
  patient: PatientNumber,
): Promise<boolean> {
  if (!patient.patientId) return false;
  const { number, namespace } = patientKey(vault, patient);
  const row = await rowOf<{ yes: boolean }>(
    tx,
    `SELECT true AS yes FROM patient_merge
     WHERE retired = $1 AND ${namespacesMeet('retired_namespace', '$2')} AND feed_id = ANY($3) LIMIT 1`,
    [number, namespace, await feedsOfNode(tx, nodeId)],
  );
  return row !== undefined;
}

function feedsOfNode(tx: Tx, nodeId: string): Promise<string[]> {
  return feedsWhere(tx, 'node.id = $1', nodeId);
}

async function feedsWhere(tx: Tx, nodes: string, id: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    `SELECT DISTINCT feed.id FROM feed JOIN pacs_node node ON ${speaksFor} WHERE ${nodes}`,
    [id],
  );
  return rows.map((row) => row.id);
}

async function leadsTo(
  tx: Tx,
  feedIds: readonly string[],
  from: PatientKey,
  to: PatientKey,
): Promise<boolean> {
  const row = await rowOf<{ yes: boolean }>(
    tx,
    `WITH RECURSIVE stood_for (number, namespace) AS (
       SELECT survivor, survivor_namespace FROM patient_merge
       WHERE retired = $1 AND ${namespacesMeet('retired_namespace', '$2')} AND feed_id = ANY($5)
       UNION
       SELECT m.survivor, m.survivor_namespace FROM patient_merge m JOIN stood_for s ON m.retired = s.number
         AND ${namespacesMeet('m.retired_namespace', 's.namespace')} AND m.feed_id = ANY($5)
     )
     SELECT true AS yes FROM stood_for
     WHERE number = $3 AND ${namespacesMeet('namespace', '$4')} LIMIT 1`,
    [from.number, from.namespace, to.number, to.namespace, feedIds],
  );
  return row !== undefined;
}

/**
 * What an order states of a patient whose number was retired for the one that an archive states. Name, birth date and sex
 * were those of the retired number (`UNKNOWN`, until a patient is known) and say nothing of the survivor.
 */
export function asSurvivor<T extends StudyIdentity>(identity: T, archive: StudyIdentity): T {
  const { name: _name, birthDate: _birthDate, sex: _sex, ...rest } = identity;
  return underNumberOf(rest as T, archive);
}

/** An identity under the number that an archive states, where a merge says that it is the same patient. */
export function underNumberOf<T extends StudyIdentity>(identity: T, archive: StudyIdentity): T {
  const { patientId, issuerOfPatientId } = archive;
  const { patientId: _id, issuerOfPatientId: _issuer, otherPatientIds: _others, ...rest } = identity;
  return {
    ...rest,
    ...(patientId === undefined ? {} : { patientId }),
    ...(issuerOfPatientId === undefined ? {} : { issuerOfPatientId }),
  } as T;
}
