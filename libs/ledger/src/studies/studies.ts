import { randomUUIDv7 } from 'node:crypto';
import type { ObservedSeries } from '@prelector/findings';
import { nowOf } from '../database-clock.js';
import { recordEvent } from '../events/record-event.js';
import { insertOnce, insertRow, lockRow, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import { raisePriority } from './raise-priority.js';
import { ObservationRow, StudyCopyRow, StudyRow, VerdictRow } from './study.entity.js';

export interface NewStudy {
  readonly studyInstanceUid: string;
  readonly priority?: number | undefined;
  /** Its identity as announced, see `recordSighting`. */
  readonly identityId?: string | undefined;
  /** Only a message marked as test or training, or nothing yet, announces it: any other announcement lifts that. */
  readonly testOnly?: boolean | undefined;
  /** Study Date, `YYYYMMDD`, as the archive states it. */
  readonly studyDate?: string | undefined;
  /** For the event that tells of its beginning. */
  readonly who: string;
  readonly why?: string | undefined;
}

/**
 * The study of that UID, made when it is first heard of, and locked; safe when several hear of it at once. `wasTest`: only test
 * messages had announced it until now.
 */
export async function findOrCreateStudy(
  tx: Tx,
  study: NewStudy,
): Promise<{ study: StudyRow; created: boolean; wasTest: boolean }> {
  const { row, created } = await insertOnce(
    tx,
    StudyRow,
    {
      id: randomUUIDv7(),
      studyInstanceUid: study.studyInstanceUid,
      priority: study.priority ?? 5,
      testOnly: study.testOnly ?? false,
      identityId: study.identityId ?? null,
      studyDate: study.studyDate ?? null,
    },
    { studyInstanceUid: study.studyInstanceUid },
  );
  if (created) {
    await recordEvent(tx, {
      who: study.who,
      what: 'heard of',
      subjectKind: 'study',
      subjectId: row.id,
      after: { state: row.state, studyInstanceUid: row.studyInstanceUid },
      why: study.why,
    });
    return { study: row, created, wasTest: false };
  }
  // What others write at this moment is waited for, so that none of it is written over.
  const locked = await lockRow(tx, StudyRow, row.id);
  const { testOnly } = locked;
  const hurried = await hurry(tx, locked, study);
  return { study: hurried, created, wasTest: testOnly && !hurried.testOnly };
}

/**
 * A later notice may raise the priority, supply the identity, and say that the study is no test. A test hurries none that
 * is announced in earnest, and says nothing of its patient.
 */
async function hurry(tx: Tx, row: StudyRow, stated: NewStudy): Promise<StudyRow> {
  const isHeard = row.testOnly || !stated.testOnly;
  const study = isHeard ? stated : { ...stated, priority: undefined, identityId: undefined };
  const change = {
    identityId: row.identityId ?? study.identityId ?? null,
    studyDate: row.studyDate ?? study.studyDate ?? null,
    testOnly: row.testOnly && (study.testOnly ?? false),
  };
  const raised = await raisePriority(tx, row, study.priority ?? row.priority);
  if (Object.entries(change).every(([name, value]) => row[name as keyof StudyRow] === value)) return raised;
  await tx.update(StudyRow, { id: row.id }, { ...change, updatedAt: nowOf(tx) });
  return Object.assign(row, change);
}

/** The study of that UID, if we watch it. */
export function studyByUid(tx: Tx, studyInstanceUid: string): Promise<StudyRow | null> {
  return tx.findOneBy(StudyRow, { studyInstanceUid });
}

/** The copy of a study on a node, made when it is first seen there. */
export async function findOrCreateCopy(
  tx: Tx,
  studyId: string,
  nodeId: string,
): Promise<{ copy: StudyCopyRow; created: boolean }> {
  const { row, created } = await insertOnce(
    tx,
    StudyCopyRow,
    { id: randomUUIDv7(), studyId, nodeId },
    { studyId, nodeId },
  );
  return { copy: row, created };
}

/** Copies of a study, the one seen first in front. */
export function copiesOfStudy(tx: Tx, studyId: string): Promise<StudyCopyRow[]> {
  return tx.find(StudyCopyRow, { where: { studyId }, order: { firstSeenAt: 'ASC', id: 'ASC' } });
}

/**
 * What the last poll stated of studies on a node, by Study Instance UID: an equal digest means that nothing
 * changed and nothing has to be asked.
 */
export async function pollDigests(
  tx: Tx,
  nodeId: string,
  studyInstanceUids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await rowsOf<{ uid: string; digest: string }>(
    tx,
    `SELECT s.study_instance_uid AS uid, c.poll_digest AS digest FROM study_copy c
     JOIN study s ON s.id = c.study_id
     WHERE c.node_id = $1 AND s.study_instance_uid = ANY($2) AND c.poll_digest IS NOT NULL`,
    [nodeId, studyInstanceUids],
  );
  return new Map(rows.map((row) => [row.uid, row.digest]));
}

/** Keeps what a poll stated of a copy. */
export async function setPollDigest(tx: Tx, copyId: string, digest: string, at: Date): Promise<void> {
  await tx.update(StudyCopyRow, { id: copyId }, { pollDigest: digest, lastSeenAt: at });
}

/** Keeps how many images a copy had at most when it was noted, where that is known without counting. */
export async function setNotedInstances(tx: Tx, copyId: string, instances: number): Promise<void> {
  await tx.update(StudyCopyRow, { id: copyId }, { notedInstances: instances });
}

/** Adds what was counted on a copy at one moment; true when it differs from the last observation. */
export async function recordObservation(
  tx: Tx,
  observation: { copyId: string; at: Date; instances: number; series: readonly ObservedSeries[] },
): Promise<{ changed: boolean }> {
  const { copyId, at, instances } = observation;
  const series = observation.series.map((one) => ({ ...one })).sort(bySeriesUid);
  const last = await latestObservation(tx, copyId);
  const changed = !last || fingerprint(last.series) !== fingerprint(series);
  await insertRow(tx, ObservationRow, { id: randomUUIDv7(), copyId, at, instances, series });
  await tx.update(
    StudyCopyRow,
    { id: copyId },
    { instances, series: series.length, lastSeenAt: at, ...(changed ? { lastChangedAt: at } : {}) },
  );
  return { changed };
}

/** What was counted on a copy last. */
export function latestObservation(tx: Tx, copyId: string): Promise<ObservationRow | null> {
  return tx.findOne(ObservationRow, { where: { copyId }, order: { at: 'DESC', id: 'DESC' } });
}

/** The other copies of a study that are complete, with what was counted of them last. */
export async function completeCopiesBeside(
  tx: Tx,
  copy: StudyCopyRow,
): Promise<{ nodeId: string; series: readonly ObservedSeries[] }[]> {
  const copies = await copiesOfStudy(tx, copy.studyId);
  const others = copies.filter(({ id, completedAt }) => id !== copy.id && completedAt !== null);
  return Promise.all(
    others.map(async ({ id, nodeId }) => ({
      nodeId,
      series: (await latestObservation(tx, id))?.series ?? [],
    })),
  );
}

/** Observations of a copy in order of time, from `since` on. */
export function observationsOf(tx: Tx, copyId: string, since?: Date): Promise<ObservationRow[]> {
  const query = tx
    .createQueryBuilder(ObservationRow, 'o')
    .where('o.copyId = :copyId', { copyId })
    .orderBy('o.at', 'ASC')
    .addOrderBy('o.id', 'ASC');
  return (since ? query.andWhere('o.at >= :since', { since }) : query).getMany();
}

const bySeriesUid = (a: ObservedSeries, b: ObservedSeries) =>
  a.seriesInstanceUid < b.seriesInstanceUid ? -1 : 1;

const fingerprint = (series: readonly ObservedSeries[]) =>
  series.map((one) => `${one.seriesInstanceUid}:${one.instances ?? '?'}`).join();

export interface NewVerdict {
  readonly studyId: string;
  readonly completionNo: number;
  readonly ruleId?: string | undefined;
  readonly ruleVersion?: number | undefined;
  readonly decision: 'run' | 'skip';
  /** In words, for `prelector study`. */
  readonly reason: string;
  readonly runId?: string | undefined;
}

/** Keeps what a rule decided for a study, and why. */
export function recordVerdict(tx: Tx, verdict: NewVerdict): Promise<VerdictRow> {
  return insertRow(tx, VerdictRow, {
    ...verdict,
    id: randomUUIDv7(),
    ruleId: verdict.ruleId ?? null,
    ruleVersion: verdict.ruleVersion ?? null,
    runId: verdict.runId ?? null,
  });
}

/** Series Instance UIDs of our own evidence in a study: no input and no change. */
export async function ownSeriesOf(tx: Tx, studyId: string): Promise<Set<string>> {
  const rows = await rowsOf<{ uid: string }>(
    tx,
    `SELECT series_instance_uid AS uid FROM evidence_series WHERE study_id = $1`,
    [studyId],
  );
  return new Set(rows.map((row) => row.uid));
}

/** What each rule decided last on the present completion of a study, by its id. */
export async function latestVerdicts(
  tx: Tx,
  { id, completionNo }: Pick<StudyRow, 'id' | 'completionNo'>,
): Promise<Map<string, Pick<VerdictRow, 'decision' | 'reason' | 'runId'>>> {
  const rows = await rowsOf<Pick<VerdictRow, 'decision' | 'reason' | 'runId'> & { rule: string }>(
    tx,
    `SELECT DISTINCT ON (rule_id) rule_id AS rule, decision, reason, run_id AS "runId" FROM verdict
     WHERE study_id = $1 AND completion_no = $2 AND rule_id IS NOT NULL ORDER BY rule_id, at DESC, id DESC`,
    [id, completionNo],
  );
  return new Map(rows.map(({ rule, ...verdict }) => [rule, verdict]));
}
