import type { StudyIdentity } from '@prelector/findings';
import { namespacesAgree } from '@prelector/findings';
import type { Statements } from '../sql.js';
import { namespacesMeet, speaksFor } from '../sql.js';
import type { PatientKey, PatientNumber } from './identities.js';
import { isOnePatient, namespaceKey, numbersOfHmac, patientKey, patientKeys } from './identities.js';
import type { ArchivedPatient, Kinship, StandIns } from './kinship.js';
import { issuedBy } from './kinship.js';

/** A merge as it is kept: `retired` stands for `survivor`. */
export interface KeptMerge {
  readonly retired: PatientKey;
  readonly survivor: PatientKey;
}

/** Two numbers between which a merge is written, or undone. */
export interface MergedPair {
  readonly survivor: PatientKey;
  readonly retired: PatientKey;
  readonly isUndone: boolean;
}

interface Seed {
  readonly of: PatientKey;
  /** What was retired for it; else what it was retired for. */
  readonly isBefore: boolean;
}

/** Tells of a `patientHmac` whether it is of a certain patient; null, of whom nobody is known, is of none. */
export type PatientTest = (hmac: string | null) => boolean;

/** Which patient numbers are of one patient, by the merges that feeds told of. */
export class Patients {
  constructor(private readonly sql: Statements) {}

  /** The feeds that speak for a node. */
  #feedsOfNode(nodeId: string): Promise<string[]> {
    return this.#feedsWhere('node.id = $1', nodeId);
  }

  /** The feeds that speak for a node for which this one speaks: what they say of a patient number is said of one patient. */
  feedsBeside(feedId: string): Promise<string[]> {
    const nodes = `node.id IN (SELECT node.id FROM feed JOIN pacs_node node ON ${speaksFor} WHERE feed.id = $1)`;
    return this.#feedsWhere(nodes, feedId);
  }

  async #feedsWhere(nodes: string, id: string): Promise<string[]> {
    const rows = await this.sql.rows<{ id: string }>(
      `SELECT DISTINCT feed.id FROM feed JOIN pacs_node node ON ${speaksFor} WHERE ${nodes}`,
      [id],
    );
    return rows.map((row) => row.id);
  }

  /** The merges by which these feeds retired a number, under whatever namespace. */
  async #mergesOf(feedIds: readonly string[], number: string): Promise<KeptMerge[]> {
    const rows = await this.sql.rows<{
      retired_namespace: string;
      survivor: string;
      survivor_namespace: string;
    }>(
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
  #standsFor(feedIds: readonly string[], from: PatientKey): Promise<PatientKey[]> {
    return this.sql.rows<PatientKey>(
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
  async leadsTo(feedIds: readonly string[], from: PatientKey, to: PatientKey): Promise<boolean> {
    return (await this.#standsFor(feedIds, from)).some((each) => isSameNumber(each, to));
  }

  /**
   * The numbers, as HMACs without namespaces, that a merge brings together or its undoing parts: those that were retired for
   * the one before, and those for which the other was. Not every number that merges tie to them: one that is given to ever
   * other patients until they are known was retired for them all, and makes them no one patient.
   */
  async numbersMerged(feedIds: readonly string[], pairs: readonly MergedPair[]): Promise<string[]> {
    const seeds: Seed[] = [];
    for (const { survivor, retired, isUndone } of pairs) {
      seeds.push({ of: retired, isBefore: true }, { of: survivor, isBefore: false });
      if (isUndone || (await this.leadsTo(feedIds, survivor, retired)))
        seeds.push({ of: survivor, isBefore: true }, { of: retired, isBefore: false });
    }
    const numbers = (await this.#tiedTo(feedIds, seeds)).map(({ number }) => number);
    return [...new Set(numbers)].sort();
  }

  /** Every number that by merges stands for one of these, or for which one of these stands; those themselves among them. */
  #mergedWith(feedIds: readonly string[], numbers: readonly PatientKey[]): Promise<PatientKey[]> {
    const seeds = numbers.flatMap((of) => [true, false].map((isBefore) => ({ of, isBefore })));
    return this.#tiedTo(feedIds, seeds);
  }

  #tiedTo(feedIds: readonly string[], seeds: readonly Seed[]): Promise<PatientKey[]> {
    return this.sql.rows<PatientKey>(
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

  /**
   * The one way in which messages are known to speak of one patient: by one of their numbers, under issuers that agree, or
   * because the feeds beside this one merged one number into the other.
   *
   * @param hmac `patientHmac` of the patient
   * @param others all that will be asked about: merges are looked for only where one of them is of another number
   */
  async test(
    feedId: string | null | undefined,
    hmac: string,
    others: readonly (string | null)[],
  ): Promise<PatientTest> {
    const isSame = (other: string | null) => other !== null && isOnePatient(other, hmac);
    if (!feedId || others.every((other) => other === null || isSame(other))) return isSame;
    const kin = await this.#mergedWith(await this.feedsBeside(feedId), numbersOfHmac(hmac));
    const isKin = (number: PatientKey) => kin.some((each) => isSameNumber(each, number));
    return (other) => isSame(other) || (other !== null && numbersOfHmac(other).some(isKin));
  }

  /**
   * Whether a merge, or several one after the other, made one number the other: `merged-into` when the first was
   * retired for the second, `merged-from` when the second was retired for the first; any of several numbers of the
   * first. `same-number`: the second was retired for the first, and is the same but for an issuer that only its node's
   * configuration names, so that what is stored can state no newer one. Only the feeds that speak for the node say so: at
   * another hospital the same numbers are other patients.
   */
  async kinship(
    nodeId: string,
    first: StudyIdentity,
    second: PatientNumber,
    { firstIssuer, secondIssuer }: StandIns,
  ): Promise<Kinship> {
    if (!first.patientId || !second.patientId) return 'none';
    const b = patientKey(this.sql.vault, issuedBy(second, secondIssuer));
    const numbers = patientKeys(this.sql.vault, issuedBy(first, firstIssuer));
    if (numbers.some((each) => isSameNumber(each, b))) return 'none';
    const feedIds = await this.#feedsOfNode(nodeId);
    for (const a of numbers) {
      if (await this.leadsTo(feedIds, a, b)) return 'merged-into';
      const isUnstated = a.number === b.number && second.issuerOfPatientId === undefined;
      if (await this.leadsTo(feedIds, b, a)) return isUnstated ? 'same-number' : 'merged-from';
    }
    return 'none';
  }

  /**
   * Whether a merge retired the number that an archive states for another one, by the feeds that speak for the node. A
   * merge of one number over two authorities retires none for an archive that states no issuer: it states the
   * survivor's number already. Nor does one of another authority than the number's own.
   */
  async isRetired({ nodeId, identity, issuer, orders }: ArchivedPatient): Promise<boolean> {
    if (!identity.patientId) return false;
    const own = patientKey(this.sql.vault, identity);
    const feedIds = await this.#feedsOfNode(nodeId);
    const merges = await this.#mergesOf(feedIds, own.number);
    if (merges.length === 0) return false;
    const namespaces = own.namespace
      ? [own.namespace]
      : issuer
        ? [namespaceKey(this.sql.vault, issuer)]
        : await this.#namespacesMeant({ feedIds, own, orders });
    for (const { retired, survivor } of merges) {
      if (!namespaces.some((each) => namespacesAgree(each, retired.namespace))) continue;
      if (!isSameNumber(survivor, own) && !(await this.leadsTo(feedIds, survivor, own))) return true;
    }
    return false;
  }

  /** Under which namespaces the orders of a study bear the number of its archive, themselves or by merges. */
  async #namespacesMeant({
    feedIds,
    own,
    orders,
  }: {
    feedIds: readonly string[];
    own: PatientKey;
    orders: readonly StudyIdentity[];
  }): Promise<string[]> {
    const meant: PatientKey[] = [];
    for (const key of orders.flatMap((each) => patientKeys(this.sql.vault, each)))
      meant.push(key, ...(await this.#standsFor(feedIds, key)));
    const namespaces = meant.filter(({ number }) => number === own.number).map(({ namespace }) => namespace);
    return namespaces.length > 0 ? namespaces : [own.namespace];
  }
}

/** One number under namespaces that do not contradict each other. */
export function isSameNumber(a: PatientKey, b: PatientKey): boolean {
  return a.number === b.number && namespacesAgree(a.namespace, b.namespace);
}
