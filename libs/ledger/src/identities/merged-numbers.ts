import { namespacesAgree } from '@prelector/findings';
import type { PatientKey } from './identities.js';
import { namespacesMeet, rowsOf, speaksFor } from '../sql.js';
import type { Tx } from '../tx.js';

/** One number under namespaces that do not contradict each other. */
export function isSameNumber(a: PatientKey, b: PatientKey): boolean {
  return a.number === b.number && namespacesAgree(a.namespace, b.namespace);
}

/** The feeds that speak for a node. */
export function feedsOfNode(tx: Tx, nodeId: string): Promise<string[]> {
  return feedsWhere(tx, 'node.id = $1', nodeId);
}

/** The feeds that speak for a node for which this one speaks: what they say of a patient number is said of one patient. */
export function feedsBeside(tx: Tx, feedId: string): Promise<string[]> {
  const nodes = `node.id IN (SELECT node.id FROM feed JOIN pacs_node node ON ${speaksFor} WHERE feed.id = $1)`;
  return feedsWhere(tx, nodes, feedId);
}

async function feedsWhere(tx: Tx, nodes: string, id: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    `SELECT DISTINCT feed.id FROM feed JOIN pacs_node node ON ${speaksFor} WHERE ${nodes}`,
    [id],
  );
  return rows.map((row) => row.id);
}

/** A merge as it is kept: `retired` stands for `survivor`. */
export interface KeptMerge {
  readonly retired: PatientKey;
  readonly survivor: PatientKey;
}

/** The merges by which these feeds retired a number, under whatever namespace. */
export async function mergesOf(tx: Tx, feedIds: readonly string[], number: string): Promise<KeptMerge[]> {
  const rows = await rowsOf<{ retired_namespace: string; survivor: string; survivor_namespace: string }>(
    tx,
    `SELECT retired_namespace, survivor, survivor_namespace FROM patient_merge
     WHERE retired = $1 AND feed_id = ANY($2)`,
    [number, feedIds],
  );
  return rows.map((row) => ({
    retired: { number, namespace: row.retired_namespace },
    survivor: { number: row.survivor, namespace: row.survivor_namespace },
  }));
}

/** Every number that was retired into, by one merge or several one after the other. */
export function standsFor(tx: Tx, feedIds: readonly string[], from: PatientKey): Promise<PatientKey[]> {
  return rowsOf<PatientKey>(
    tx,
    `WITH RECURSIVE stood_for (number, namespace) AS (
       SELECT survivor, survivor_namespace FROM patient_merge
       WHERE retired = $1 AND ${namespacesMeet('retired_namespace', '$2')} AND feed_id = ANY($3)
       UNION
       SELECT m.survivor, m.survivor_namespace FROM patient_merge m JOIN stood_for s ON m.retired = s.number
         AND ${namespacesMeet('m.retired_namespace', 's.namespace')} AND m.feed_id = ANY($3)
     ) SELECT number, namespace FROM stood_for`,
    [from.number, from.namespace, feedIds],
  );
}

/** True when one number was retired for the other, by one merge or several one after the other. */
export async function leadsTo(
  tx: Tx,
  feedIds: readonly string[],
  from: PatientKey,
  to: PatientKey,
): Promise<boolean> {
  return (await standsFor(tx, feedIds, from)).some((each) => isSameNumber(each, to));
}

/** Two numbers between which a merge is written, or undone. */
export interface MergedPair {
  readonly survivor: PatientKey;
  readonly retired: PatientKey;
  readonly isUndone: boolean;
}

/**
 * The numbers, as HMACs without namespaces, that a merge brings together or its undoing parts: those that were retired for
 * the one before, and those for which the other was. Not every number that merges tie to them: one that is given to ever
 * other patients until they are known was retired for them all, and makes them no one patient.
 */
export async function numbersMerged(
  tx: Tx,
  feedIds: readonly string[],
  pairs: readonly MergedPair[],
): Promise<string[]> {
  const seeds: Seed[] = [];
  for (const { survivor, retired, isUndone } of pairs) {
    seeds.push({ of: retired, isBefore: true }, { of: survivor, isBefore: false });
    if (isUndone || (await leadsTo(tx, feedIds, survivor, retired)))
      seeds.push({ of: survivor, isBefore: true }, { of: retired, isBefore: false });
  }
  const numbers = (await tiedTo(tx, feedIds, seeds)).map(({ number }) => number);
  return [...new Set(numbers)].sort();
}

/** Every number that by merges stands for one of these, or for which one of these stands; those themselves among them. */
export function mergedWith(
  tx: Tx,
  feedIds: readonly string[],
  numbers: readonly PatientKey[],
): Promise<PatientKey[]> {
  const seeds = numbers.flatMap((of) => [true, false].map((isBefore) => ({ of, isBefore })));
  return tiedTo(tx, feedIds, seeds);
}

interface Seed {
  readonly of: PatientKey;
  /** What was retired for it; else what it was retired for. */
  readonly isBefore: boolean;
}

function tiedTo(tx: Tx, feedIds: readonly string[], seeds: readonly Seed[]): Promise<PatientKey[]> {
  return rowsOf<PatientKey>(
    tx,
    `WITH RECURSIVE tied (number, namespace, is_before) AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[])
       UNION SELECT next.* FROM tied t CROSS JOIN LATERAL (
         SELECT m.retired, m.retired_namespace, true FROM patient_merge m WHERE t.is_before
           AND m.survivor = t.number AND ${namespacesMeet('m.survivor_namespace', 't.namespace')} AND m.feed_id = ANY($4)
         UNION ALL SELECT m.survivor, m.survivor_namespace, false FROM patient_merge m WHERE NOT t.is_before
           AND m.retired = t.number AND ${namespacesMeet('m.retired_namespace', 't.namespace')} AND m.feed_id = ANY($4)
       ) AS next
     ) SELECT DISTINCT number, namespace FROM tied`,
    [
      seeds.map(({ of }) => of.number),
      seeds.map(({ of }) => of.namespace),
      seeds.map(({ isBefore }) => isBefore),
      feedIds,
    ],
  );
}
