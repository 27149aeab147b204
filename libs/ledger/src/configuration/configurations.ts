import { ledgerError } from '../errors.js';
import type { JsonObject } from '../json-object.js';
import type { Statements } from '../sql.js';
import type { ConfigurationKind, FeedRow, PacsNodeRow, RuleRow } from './configuration.entity.js';
import { ConfigurationVersionRow, PackageActivationRow } from './configuration.entity.js';

type InUse = 'id' | 'name' | 'version' | 'body';

type CurrentActivation = Pick<
  PackageActivationRow,
  'ruleId' | 'packageId' | 'packageVersion' | 'packageDigest' | 'state' | 'who' | 'why'
>;

/** What holds now. */
export interface CurrentConfiguration {
  /** Grows with every change; equal numbers mean an equal configuration. */
  readonly revision: string;
  readonly nodes: readonly Pick<PacsNodeRow, InUse | 'purpose'>[];
  readonly feeds: readonly Pick<FeedRow, InUse>[];
  readonly rules: readonly Pick<RuleRow, InUse | 'packageId'>[];
  /** The latest activation of each rule, by rule id; a rule without one is `shadow`. */
  readonly activations: ReadonlyMap<string, CurrentActivation>;
}

/** Sequences grow in the order of commits, because whoever changes the configuration holds its lock. */
const revision = `(SELECT coalesce(max(sequence), 0) FROM configuration_version) || '.' ||
  (SELECT coalesce(max(sequence), 0) FROM package_activation)`;

const inUse = (table: string, extra = '') =>
  `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'version', version, 'body', body${extra})
    ORDER BY name), '[]') FROM ${table} WHERE removed_at IS NULL)`;

/** Nodes, feeds, rules and activations as they hold and as they held. */
export class Configurations {
  constructor(private readonly sql: Statements) {}

  /**
   * Nodes, feeds, rules and activations as they hold now, without those that were removed. One statement, so one
   * snapshot also outside a transaction: a change that commits meanwhile is in all of it or in none, and the
   * revision is that of what came with it.
   */
  async current(): Promise<CurrentConfiguration> {
    const row = await this.sql.row<
      Omit<CurrentConfiguration, 'activations'> & { readonly activations: readonly CurrentActivation[] }
    >(`SELECT ${revision} AS revision,
         ${inUse('pacs_node', `, 'purpose', purpose`)} AS nodes,
         ${inUse('feed')} AS feeds,
         ${inUse('rule', `, 'packageId', package_id`)} AS rules,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('ruleId', rule_id, 'packageId', package_id,
            'packageVersion', package_version, 'packageDigest', package_digest, 'state', state, 'who', who,
            'why', why)), '[]')
          FROM (SELECT DISTINCT ON (rule_id) * FROM package_activation ORDER BY rule_id, sequence DESC) latest)
           AS activations`);
    if (!row) throw ledgerError('ledger.not-found', 'configuration');
    return { ...row, activations: new Map(row.activations.map((each) => [each.ruleId, each])) };
  }

  /** A number that grows with every change of the configuration. */
  async revision(): Promise<string> {
    const row = await this.sql.row<{ revision: string }>(`SELECT ${revision} AS revision`);
    return row?.revision ?? '0.0';
  }

  /** The activation that holds for a rule, read anew: undefined means `shadow`. */
  async activationOf(ruleId: string): Promise<PackageActivationRow | undefined> {
    const row = await this.sql.manager.findOne(PackageActivationRow, {
      where: { ruleId },
      order: { sequence: 'DESC' },
    });
    return row ?? undefined;
  }

  /**
   * Whether that reason was given before: for switching the rule on, or another rule for another state of the package, as
   * where a rule was renamed. Letter case and blanks make no other reason.
   */
  async wasSwitchedOnFor(
    ruleId: string,
    { packageId, packageDigest = '' }: { packageId: string; packageDigest?: string | undefined },
    why: string,
  ): Promise<boolean> {
    const row = await this.sql.row(
      `SELECT 1 FROM package_activation
       WHERE state = 'on' AND (rule_id = $1 OR package_id = $2 AND package_digest <> $3)
         AND lower(regexp_replace(btrim(why), '\\s+', ' ', 'g')) = lower(regexp_replace(btrim($4), '\\s+', ' ', 'g'))
       LIMIT 1`,
      [ruleId, packageId, packageDigest, why],
    );
    return row !== undefined;
  }

  /** A configuration object as it was in the version that a run or a delivery names. */
  async version(objectId: string, version: number): Promise<ConfigurationVersionRow> {
    const row = await this.sql.manager.findOneBy(ConfigurationVersionRow, { objectId, version });
    if (!row) throw ledgerError('ledger.not-found', `configuration version ${version}`);
    return row;
  }

  /** All versions of a configuration object, newest first. */
  history(
    kind: ConfigurationKind,
    name: string,
  ): Promise<{ version: number; body: JsonObject | null; at: Date; who: string; why: string }[]> {
    return this.sql.rows(
      `SELECT version, body, at, who, why FROM configuration_version WHERE kind = $1 AND name = $2
       ORDER BY sequence DESC`,
      [kind, name],
    );
  }
}
