import { randomUUIDv7 } from 'node:crypto';
import type { ObservedSeries } from '@prelector/findings';
import { ledgerError } from '../errors.js';
import type { Statements } from '../sql.js';
import type { Steps } from '../steps/steps.js';
import type { StudyRow } from './study.entity.js';
import { ObservationRow, StudyCopyRow } from './study.entity.js';

const bySeriesUid = (a: ObservedSeries, b: ObservedSeries) =>
  a.seriesInstanceUid < b.seriesInstanceUid ? -1 : 1;

const fingerprint = (series: readonly ObservedSeries[]) =>
  series.map((one) => `${one.seriesInstanceUid}:${one.instances ?? '?'}`).join();

/** Copies of studies on PACS nodes: what was counted on each, and that it is selected from. */
export class StudyCopies {
  constructor(
    private readonly sql: Statements,
    private readonly steps: Steps,
  ) {}

  /**
   * Orders came to state a procedure code of a study, whose row is locked: where rules ask for codes, a study that was
   * selected from is selected from once more.
   */
  async selectAnewForCodes(study: StudyRow): Promise<void> {
    if (await this.#areCodesAskedFor()) await this.selectAnew(study);
  }

  /** Has every complete copy of a study, whose row is locked, selected from once more; a study still watched will be. */
  async selectAnew({ id, state, priority }: StudyRow): Promise<void> {
    if (state !== 'complete') return;
    for (const copy of await this.ofStudy(id))
      if (copy.completedAt)
        await this.steps.schedule({ step: 'select', rowId: copy.id, priority, restart: true });
  }

  /**
   * The run of a copy of a study, whose row is locked, came to no reading: every other complete copy, which may have been
   * passed over for that, is selected from once more.
   */
  async selectOthersAnew({ id, state, priority }: StudyRow, nodeId: string): Promise<void> {
    if (state !== 'complete') return;
    for (const copy of await this.ofStudy(id))
      if (copy.completedAt && copy.nodeId !== nodeId)
        await this.steps.schedule({ step: 'select', rowId: copy.id, priority, restart: true });
  }

  async #areCodesAskedFor(): Promise<boolean> {
    const row = await this.sql.row(`SELECT 1 AS yes FROM rule WHERE removed_at IS NULL
         AND jsonb_array_length(coalesce(body #> '{conditions,procedureCodes}', '[]')) > 0 LIMIT 1`);
    return row !== undefined;
  }

  /** The copy of a study on a node, made when it is first seen there. */
  async findOrCreate(studyId: string, nodeId: string): Promise<{ copy: StudyCopyRow; created: boolean }> {
    const { row, created } = await this.sql.insertOnce(
      StudyCopyRow,
      { id: randomUUIDv7(), studyId, nodeId },
      { studyId, nodeId },
    );
    return { copy: row, created };
  }

  /** Copies of a study, the one seen first in front. */
  ofStudy(studyId: string): Promise<StudyCopyRow[]> {
    return this.sql.manager.find(StudyCopyRow, {
      where: { studyId },
      order: { firstSeenAt: 'ASC', id: 'ASC' },
    });
  }

  /**
   * What the last poll stated of studies on a node, by Study Instance UID: an equal digest means that nothing
   * changed and nothing has to be asked.
   */
  async pollDigests(nodeId: string, studyInstanceUids: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.sql.rows<{ uid: string; digest: string }>(
      `SELECT s.study_instance_uid AS uid, c.poll_digest AS digest FROM study_copy c
       JOIN study s ON s.id = c.study_id
       WHERE c.node_id = $1 AND s.study_instance_uid = ANY($2) AND c.poll_digest IS NOT NULL`,
      [nodeId, studyInstanceUids],
    );
    return new Map(rows.map((row) => [row.uid, row.digest]));
  }

  /** Keeps what a poll stated of a copy. */
  async setPollDigest(copyId: string, digest: string, at: Date): Promise<void> {
    await this.sql.update(StudyCopyRow, { id: copyId }, { pollDigest: digest, lastSeenAt: at });
  }

  /** Keeps how many images a copy had at most when it was noted, where that is known without counting. */
  async setNotedInstances(copyId: string, instances: number): Promise<void> {
    await this.sql.update(StudyCopyRow, { id: copyId }, { notedInstances: instances });
  }

  /** Adds what was counted on a copy at one moment; true when it differs from the last observation. */
  async recordObservation(observation: {
    copyId: string;
    at: Date;
    instances: number;
    series: readonly ObservedSeries[];
  }): Promise<{ changed: boolean }> {
    const { copyId, at, instances } = observation;
    const series = observation.series.map((one) => ({ ...one })).sort(bySeriesUid);
    const last = await this.latestObservation(copyId);
    const changed = !last || fingerprint(last.series) !== fingerprint(series);
    await this.sql.insertRow(ObservationRow, { id: randomUUIDv7(), copyId, at, instances, series });
    await this.sql.update(
      StudyCopyRow,
      { id: copyId },
      { instances, series: series.length, lastSeenAt: at, ...(changed ? { lastChangedAt: at } : {}) },
    );
    return { changed };
  }

  /** What was counted on a copy last. */
  latestObservation(copyId: string): Promise<ObservationRow | null> {
    return this.sql.manager.findOne(ObservationRow, { where: { copyId }, order: { at: 'DESC', id: 'DESC' } });
  }

  /** The other copies of a study that are complete, with what was counted of them last. */
  async completeBeside(copy: StudyCopyRow): Promise<{ nodeId: string; series: readonly ObservedSeries[] }[]> {
    const copies = await this.ofStudy(copy.studyId);
    const others = copies.filter(({ id, completedAt }) => id !== copy.id && completedAt !== null);
    return Promise.all(
      others.map(async ({ id, nodeId }) => ({
        nodeId,
        series: (await this.latestObservation(id))?.series ?? [],
      })),
    );
  }

  /** Observations of a copy in order of time, from `since` on. */
  observationsOf(copyId: string, since?: Date): Promise<ObservationRow[]> {
    const query = this.sql.manager
      .createQueryBuilder(ObservationRow, 'o')
      .where('o.copyId = :copyId', { copyId })
      .orderBy('o.at', 'ASC')
      .addOrderBy('o.id', 'ASC');
    return (since ? query.andWhere('o.at >= :since', { since }) : query).getMany();
  }

  /** The copy of that id; throws `ledger.not-found`. */
  async byId(id: string): Promise<StudyCopyRow> {
    const row = await this.sql.manager.findOneBy(StudyCopyRow, { id });
    if (!row) throw ledgerError('ledger.not-found', 'copy of a study');
    return row;
  }

  /** Says as of when a copy is complete; null takes that back. */
  async complete(copyId: string, asOf: Date | null, forced = false): Promise<void> {
    await this.sql.update(StudyCopyRow, { id: copyId }, { completedAt: asOf, forced });
  }
}
