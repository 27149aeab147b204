import { standingRuns } from '../runs/standing-runs.js';
import type { Statements } from '../sql.js';
import type { Steps } from '../steps/steps.js';
import type { Move, Moves } from './moves.js';

/** An older result that may come to stand at a node after now. */
export interface OlderStore {
  /** A worker holds it at this moment. */
  readonly isUnderWay: boolean;
  /** For so many seconds more a store of it that was never answered may have its effect; 0 when none may. */
  readonly mayLandForSeconds: number;
}

/** Newer results and the older ones that give way to them. */
export class Superseding {
  constructor(
    private readonly sql: Statements,
    private readonly steps: Steps,
    private readonly moves: Moves,
  ) {}

  /** True when some server may have this evidence: an attempt was made. */
  async wasAttempted(evidenceId: string): Promise<boolean> {
    const row = await this.sql.row(
      `SELECT 1 AS yes FROM delivery d
       WHERE d.evidence_id = $1 AND (d.stored_at IS NOT NULL OR d.state IN ('attempted', 'stored')
         OR EXISTS (SELECT 1 FROM event e WHERE e.subject_kind = 'delivery' AND e.subject_id = d.id
                    AND e.after ->> 'state' = 'attempted'))
       LIMIT 1`,
      [evidenceId],
    );
    return row !== undefined;
  }

  /**
   * True when a newer result stands for this evidence: the same result encoded anew, another run of the same
   * model and settings that is to be seen instead (`standingRuns`), or a later one for every rule that asked for its run (settings change).
   * Whatever becomes of the newer one, the older is not to be stored after it.
   */
  async hasNewerResult(evidenceId: string): Promise<boolean> {
    const row = await this.sql.row<{ newer: boolean }>(
      `WITH own AS (
         SELECT e.evidence_series_id, e.instance_number, r.id AS run_id, r.study_id, r.package_id,
           r.settings_digest, r.rule_id, r.created_at
         FROM evidence e JOIN run r ON r.id = e.run_id WHERE e.id = $1
       ), asked AS (
         SELECT rule_id FROM own WHERE rule_id IS NOT NULL
         UNION SELECT v.rule_id FROM verdict v JOIN own ON v.run_id = own.run_id
           WHERE v.decision = 'run' AND v.rule_id IS NOT NULL
       ), standing AS (${standingRuns('(SELECT study_id FROM own)')}
       ), later AS (
         SELECT r.id, r.rule_id FROM run r JOIN own ON r.study_id = own.study_id
           AND r.package_id = own.package_id AND r.settings_digest <> own.settings_digest AND r.state = 'done'
           AND (r.created_at, r.id) > (own.created_at, own.run_id)
       )
       SELECT EXISTS (SELECT 1 FROM evidence e JOIN run r ON r.id = e.run_id
           JOIN own ON e.evidence_series_id = own.evidence_series_id
           WHERE e.instance_number > own.instance_number AND r.settings_digest = own.settings_digest)
         OR EXISTS (SELECT 1 FROM own WHERE run_id NOT IN (SELECT id FROM standing))
         OR (EXISTS (SELECT 1 FROM asked) AND NOT EXISTS (SELECT 1 FROM asked WHERE NOT EXISTS (
           SELECT 1 FROM later WHERE later.rule_id = asked.rule_id OR EXISTS (SELECT 1 FROM verdict v
             WHERE v.run_id = later.id AND v.rule_id = asked.rule_id AND v.decision = 'run')))) AS newer`,
      [evidenceId],
    );
    return row?.newer ?? false;
  }

  /**
   * Whether older evidence of the same series may still be stored on the same node: a worker is storing it, or a store
   * of it began less than `mayLandSeconds` ago and nobody knows what came of it, whoever holds it now.
   */
  async olderStore(evidenceId: string, nodeId: string, mayLandSeconds: number): Promise<OlderStore> {
    const row = await this.sql.row<OlderStore>(
      `SELECT coalesce(bool_or(s.id IS NOT NULL AND d.state IN ('attempted', 'stored')), false) AS "isUnderWay",
         greatest(coalesce(max($3::float8 - extract(epoch FROM clock_timestamp() - d.in_doubt_since)), 0), 0)::float8
           AS "mayLandForSeconds"
       FROM evidence own
       JOIN evidence e ON e.evidence_series_id = own.evidence_series_id
         AND e.instance_number < own.instance_number
       JOIN delivery d ON d.evidence_id = e.id AND d.node_id = $2
       LEFT JOIN step s ON s.step = 'deliver' AND s.row_id = d.id AND s.state = 'leased' AND s.leased_until > now()
       WHERE own.id = $1`,
      [evidenceId, nodeId, mayLandSeconds],
    );
    return row ?? { isUnderWay: false, mayLandForSeconds: 0 };
  }

  /**
   * Deliveries of older evidence that nothing was sent of give way to this one. Those that their node may have
   * are looked for; the dead ones among all of them need no person any more.
   */
  async supersedeOlder(evidenceId: string, move: Move): Promise<void> {
    const older = await this.sql.rows<{ id: string; evidence: string; state: string; doubt: boolean }>(
      `SELECT d.id, d.evidence_id AS evidence, d.state, d.in_doubt_since IS NOT NULL AS doubt
       FROM evidence own JOIN evidence e ON e.evidence_series_id = own.evidence_series_id
         AND e.instance_number < own.instance_number
       JOIN delivery d ON d.evidence_id = e.id AND d.state IN ('pending', 'not-sent', 'held', 'dead')
       WHERE own.id = $1 ORDER BY d.id`,
      [evidenceId],
    );
    for (const { id, evidence, state, doubt } of older) {
      if (!(await this.hasNewerResult(evidence))) continue;
      if (!doubt) await this.moves.delivery(id, 'superseded', move);
      else await this.moves.reviveRow({ step: 'deliver', rowId: id }, move);
      if (doubt || state === 'dead') await this.steps.schedule({ step: 'deliver', rowId: id, restart: true });
    }
  }
}
