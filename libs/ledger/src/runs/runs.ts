import { randomUUIDv7 } from 'node:crypto';
import type { Findings, ModelIdentity, Outcome, RunState } from '@prelector/findings';
import type { Events } from '../events/events.js';
import type { Statements } from '../sql.js';
import type { RunSelection } from './run.entity.js';
import { FindingsRow, RunInputRow, RunRow } from './run.entity.js';
import { isReadSql, standingRuns } from './standing-runs.js';

/** A run as a rule, or a person, asks for it. */
export interface NewRun {
  /** `runKey` of `@prelector/findings`. */
  readonly runKey: string;
  readonly studyId: string;
  readonly completionNo: number;
  readonly nodeId: string;
  readonly nodeVersion: number;
  readonly ruleId?: string | undefined;
  readonly ruleVersion?: number | undefined;
  readonly packageId: string;
  readonly packageVersion: string;
  readonly packageDigest: string;
  readonly settingsDigest: string;
  readonly contractVersion: number;
  readonly inputDigest: string;
  readonly revision: number;
  readonly priority?: number | undefined;
  /** The study was taken as complete by the maximum wait. */
  readonly forced: boolean;
  readonly selection?: RunSelection | undefined;
  readonly requestedBy?: string | undefined;
  readonly imagesAsOf?: Date | undefined;
}

/** An instance that a run selected. */
export interface NewRunInput {
  readonly seriesInstanceUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly digest?: string | undefined;
}

const fetchedElsewhere = 'images from another copy';

/** The newest run of a model on the images of one node. */
export interface NewestRun {
  readonly nodeId: string;
  readonly state: RunState;
  readonly outcome: Outcome | null;
  readonly completionNo: number;
  readonly seriesInstanceUid: string | null;
  /** Instances of that series as the node described it. */
  readonly described: number;
}

/** Runs of model packages on studies: what they read and what they said. */
export class Runs {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
  ) {}

  /**
   * Makes a run unless one with the same key is there: two triggers never make two runs. The caller schedules
   * its `run` step when `created`.
   */
  async create(
    run: NewRun,
    inputs: readonly NewRunInput[],
    who: string,
    why?: string,
  ): Promise<{ run: RunRow; created: boolean }> {
    const { row, created } = await this.sql.insertOnce(
      RunRow,
      {
        ...run,
        id: randomUUIDv7(),
        ruleId: run.ruleId ?? null,
        ruleVersion: run.ruleVersion ?? null,
        priority: run.priority ?? 5,
        selection: run.selection ?? null,
        requestedBy: run.requestedBy ?? null,
        imagesAsOf: run.imagesAsOf ?? null,
      },
      { runKey: run.runKey },
    );
    if (!created) return { run: row, created };
    await this.recordInputs(row.id, inputs);
    await this.events.record({
      who,
      what: 'created',
      subjectKind: 'run',
      subjectId: row.id,
      after: { state: row.state, runKey: row.runKey, revision: row.revision },
      why,
    });
    return { run: row, created };
  }

  /**
   * Has a run that was given up read the same images from another node, once for each; false where it has been tried
   * there. The caller schedules its `run` step.
   */
  async fetchElsewhere(
    run: RunRow,
    from: Pick<NewRun, 'nodeId' | 'nodeVersion' | 'selection' | 'forced' | 'imagesAsOf'>,
    by: { readonly who: string; readonly why: string },
  ): Promise<boolean> {
    const tried = await this.sql.row(
      `SELECT 1 AS yes FROM event WHERE subject_id = $1 AND what = $2
         AND $3 IN (before ->> 'node', after ->> 'node') LIMIT 1`,
      [run.id, fetchedElsewhere, from.nodeId],
    );
    if (tried || run.nodeId === from.nodeId) return false;
    const { nodeId, nodeVersion, forced, selection, imagesAsOf = null } = from;
    await this.sql.update(RunRow, { id: run.id }, { nodeId, nodeVersion, forced, imagesAsOf });
    await this.sql.rows(`UPDATE run SET selection = $2 WHERE id = $1`, [
      run.id,
      selection ? JSON.stringify(selection) : null,
    ]);
    await this.events.record({
      ...by,
      what: fetchedElsewhere,
      subjectKind: 'run',
      subjectId: run.id,
      before: { node: run.nodeId },
      after: { node: nodeId },
    });
    return true;
  }

  /** Keeps the instances of a run; a digest that is known later is added to the row that is there. */
  async recordInputs(runId: string, inputs: readonly NewRunInput[]): Promise<void> {
    await this.sql.rows(
      `INSERT INTO run_input (run_id, series_instance_uid, sop_class_uid, sop_instance_uid, digest)
       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
       ON CONFLICT (run_id, sop_instance_uid) DO UPDATE SET digest = coalesce(excluded.digest, run_input.digest)`,
      [
        runId,
        inputs.map((input) => input.seriesInstanceUid),
        inputs.map((input) => input.sopClassUid),
        inputs.map((input) => input.sopInstanceUid),
        inputs.map((input) => input.digest ?? null),
      ],
    );
  }

  /** The run with this id, if there is one. */
  byId(id: string): Promise<RunRow | null> {
    return this.sql.manager.findOneBy(RunRow, { id });
  }

  /** The run with this id, locked until the transaction ends; throws `ledger.not-found`. */
  lock(id: string): Promise<RunRow> {
    return this.sql.lockRow(RunRow, id);
  }

  /** The instances that a run selected, by series and UID. */
  inputsOf(runId: string): Promise<RunInputRow[]> {
    return this.sql.manager.find(RunInputRow, {
      where: { runId },
      order: { seriesInstanceUid: 'ASC', sopInstanceUid: 'ASC' },
    });
  }

  /**
   * Whether a later run of the same model and settings on the study takes the place of this one, or has; one that could
   * not read another copy of the study does not.
   */
  async isTakenOver({ id, studyId, packageId, settingsDigest }: RunRow): Promise<boolean> {
    const row = await this.sql.row(
      `SELECT 1 AS yes FROM run later JOIN run own ON own.id = $1
       WHERE later.study_id = $2 AND later.package_id = $3 AND later.settings_digest = $4
         AND later.state NOT IN ('dead', 'cancelled') AND (later.created_at, later.id) > (own.created_at, own.id)
         AND (later.node_id = own.node_id OR later.outcome IS NULL OR ${isReadSql('later.outcome')}) LIMIT 1`,
      [id, studyId, packageId, settingsDigest],
    );
    return row !== undefined;
  }

  /** Of the runs of a study by a model with its settings, the newest of each node, but for those that gave way. */
  newestByNode({
    studyId,
    packageId,
    settingsDigest,
  }: Pick<RunRow, 'studyId' | 'packageId' | 'settingsDigest'>): Promise<NewestRun[]> {
    return this.sql.rows<NewestRun>(
      `SELECT DISTINCT ON (r.node_id) r.node_id AS "nodeId", r.state, r.outcome, r.completion_no AS "completionNo",
         i.series AS "seriesInstanceUid", coalesce((r.selection ->> 'described')::int, i.images) AS described
       FROM run r LEFT JOIN LATERAL (SELECT min(series_instance_uid) AS series, count(*)::int AS images
         FROM run_input WHERE run_id = r.id) i ON true
       WHERE r.study_id = $1 AND r.package_id = $2 AND r.settings_digest = $3 AND r.state <> 'cancelled'
       ORDER BY r.node_id, r.created_at DESC, r.id DESC`,
      [studyId, packageId, settingsDigest],
    );
  }

  /** Runs of a study, newest first. */
  ofStudy(studyId: string): Promise<RunRow[]> {
    return this.sql.manager.find(RunRow, { where: { studyId }, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /**
   * The highest revision of the runs that share everything but the revision; undefined when there is none. A
   * forced re-run, or instances that came back changed, take the next one.
   */
  async latestRevision(
    run: Pick<NewRun, 'studyId' | 'packageDigest' | 'settingsDigest' | 'contractVersion' | 'inputDigest'>,
  ): Promise<{ revision: number; runId: string } | undefined> {
    return this.sql.row<{ revision: number; runId: string }>(
      `SELECT revision, id AS "runId" FROM run WHERE study_id = $1 AND package_digest = $2
         AND settings_digest = $3 AND contract_version = $4 AND input_digest = $5
       ORDER BY revision DESC LIMIT 1`,
      [run.studyId, run.packageDigest, run.settingsDigest, run.contractVersion, run.inputDigest],
    );
  }

  /** Keeps what a run says, once; a repeat of the same attempt finds the row that is there. */
  async recordFindings(runId: string, findings: Findings, model: ModelIdentity): Promise<FindingsRow> {
    const { row } = await this.sql.insertOnce(
      FindingsRow,
      { id: randomUUIDv7(), runId, version: findings.version, body: findings, model: model },
      { runId },
    );
    return row;
  }

  /** What a run said, if it has said anything. */
  findingsOf(runId: string): Promise<FindingsRow | null> {
    return this.sql.manager.findOneBy(FindingsRow, { runId });
  }

  /** Digests that earlier runs of the same package kept of a study's instances, by SOP Instance UID. */
  async earlierDigests(run: RunRow): Promise<Map<string, string>> {
    const rows = await this.sql.rows<{ uid: string; digest: string }>(
      `SELECT DISTINCT ON (i.sop_instance_uid) i.sop_instance_uid AS uid, i.digest
       FROM run_input i JOIN run r ON r.id = i.run_id
       WHERE r.study_id = $1 AND r.package_digest = $2 AND r.id <> $3 AND i.digest IS NOT NULL
       ORDER BY i.sop_instance_uid, r.created_at DESC`,
      [run.studyId, run.packageDigest, run.id],
    );
    return new Map(rows.map((row) => [row.uid, row.digest]));
  }

  /** Every rule that asked for a run: two with the same model and settings share one. */
  async ruleIdsOf(runId: string): Promise<string[]> {
    const rows = await this.sql.rows<{ id: string }>(
      `SELECT rule_id AS id FROM run WHERE id = $1 AND rule_id IS NOT NULL
       UNION SELECT rule_id FROM verdict WHERE run_id = $1 AND decision = 'run' AND rule_id IS NOT NULL`,
      [runId],
    );
    return rows.map((row) => row.id);
  }

  /** Of the runs that are done, the one of each model package and settings that a reader should see (`standingRuns`). */
  async standingOf(studyId: string): Promise<string[]> {
    const rows = await this.sql.rows<{ id: string }>(standingRuns('$1'), [studyId]);
    return rows.map((row) => row.id);
  }
}

/** The input whose identity the reports of a run bear; undefined when the run has none. */
export function identityInputOf(
  { identitySource }: RunRow,
  inputs: readonly RunInputRow[],
): RunInputRow | undefined {
  return inputs.find(({ sopInstanceUid }) => sopInstanceUid === identitySource) ?? inputs[0];
}
