import { IsNull } from 'typeorm';
import { ledgerError } from '../errors.js';
import { rowOf, rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { JsonObject } from '../json-object.js';
import type { ConfigurationKind } from './configuration.entity.js';
import {
  ConfigurationVersionRow,
  FeedRow,
  PackageActivationRow,
  PacsNodeRow,
  RuleRow,
} from './configuration.entity.js';

/** What holds now. */
export interface CurrentConfiguration {
  /** Grows with every change; equal numbers mean an equal configuration. */
  readonly revision: string;
  readonly nodes: readonly PacsNodeRow[];
  readonly feeds: readonly FeedRow[];
  readonly rules: readonly RuleRow[];
  /** The latest activation of each rule, by rule id; a rule without one is `shadow`. */
  readonly activations: ReadonlyMap<string, PackageActivationRow>;
}

/** Nodes, feeds, rules and activations as they hold now, without those that were removed. */
export async function currentConfiguration(tx: Tx): Promise<CurrentConfiguration> {
  const inUse = { where: { removedAt: IsNull() }, order: { name: 'ASC' } } as const;
  const activations = await tx
    .createQueryBuilder(PackageActivationRow, 'a')
    .distinctOn(['a.ruleId'])
    .orderBy('a.ruleId')
    .addOrderBy('a.sequence', 'DESC')
    .getMany();
  return {
    revision: await configurationRevision(tx),
    nodes: await tx.find(PacsNodeRow, inUse),
    feeds: await tx.find(FeedRow, inUse),
    rules: await tx.find(RuleRow, inUse),
    activations: new Map(activations.map((activation) => [activation.ruleId, activation])),
  };
}

/** A number that grows with every change of the configuration: cheap to ask, so poll it as well. */
export async function configurationRevision(tx: Tx): Promise<string> {
  const row = await rowOf<{ revision: string }>(
    tx,
    `SELECT (SELECT coalesce(max(sequence), 0) FROM configuration_version) || '.' ||
            (SELECT coalesce(max(sequence), 0) FROM package_activation) AS revision`,
  );
  return row?.revision ?? '0.0';
}

/** The activation that holds for a rule, read anew: undefined means `shadow`. */
export async function activationOfRule(tx: Tx, ruleId: string): Promise<PackageActivationRow | undefined> {
  const row = await tx.findOne(PackageActivationRow, { where: { ruleId }, order: { sequence: 'DESC' } });
  return row ?? undefined;
}

/** A configuration object as it was in the version that a run or a delivery names. */
export async function configurationVersion(
  tx: Tx,
  objectId: string,
  version: number,
): Promise<ConfigurationVersionRow> {
  const row = await tx.findOneBy(ConfigurationVersionRow, { objectId, version });
  if (!row) throw ledgerError('ledger.not-found', `configuration version ${version}`);
  return row;
}

/** All versions of a configuration object, newest first. */
export function configurationHistory(
  tx: Tx,
  kind: ConfigurationKind,
  name: string,
): Promise<{ version: number; body: JsonObject | null; at: Date; who: string; why: string }[]> {
  return rowsOf(
    tx,
    `SELECT version, body, at, who, why FROM configuration_version WHERE kind = $1 AND name = $2
     ORDER BY sequence DESC`,
    [kind, name],
  );
}
