import { randomUUIDv7 } from 'node:crypto';
import type { ActivationState, NodePurpose } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';
import { channels } from '../channel-listener.js';
import { ledgerError } from '../errors.js';
import type { Events } from '../events/events.js';
import type { JsonObject } from '../json-object.js';
import type { Statements } from '../sql.js';
import type { ConfigurationKind } from './configuration.entity.js';
import { PackageActivationRow, RuleRow } from './configuration.entity.js';

/** A site's daily configuration. Bodies are checked by their schemas before they come here. */
export interface SiteConfiguration {
  readonly nodes?: readonly { name: string; purpose?: NodePurpose | undefined; body: JsonObject }[];
  readonly feeds?: readonly { name: string; body: JsonObject }[];
  readonly rules?: readonly { name: string; packageId: string; body: JsonObject }[];
  /** Which package each rule runs, and whether it sends; a rule that is not named keeps what it has. */
  readonly activations?: readonly {
    rule: string;
    state: ActivationState;
    packageVersion?: string | undefined;
    /** Required for `on`. */
    packageDigest?: string | undefined;
  }[];
}

export interface ConfigurationChange {
  readonly kind: ConfigurationKind | 'activation';
  readonly name: string;
  readonly id: string;
  readonly version: number;
  readonly change: 'created' | 'changed' | 'removed' | 'unchanged';
}

export interface ChangedBy {
  /** `person:<name>`, or the program that applied a file. */
  readonly who: string;
  readonly why: string;
}

interface StoredObject {
  id: string;
  version: number;
  body: JsonObject;
  extra: string | null;
  removed: boolean;
}

const tables = { node: 'pacs_node', feed: 'feed', rule: 'rule' } as const;

const extras = { node: 'purpose', feed: undefined, rule: 'package_id' } as const;

type SiteKind = keyof typeof tables;

/** Any number will do as long as every version of Prelector takes the same. */
const CONFIGURATION_LOCK = 7_205_759_404;

/** Changes of the configuration, one transaction at a time, each kept as a version. */
export class ConfigurationChanges {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
  ) {}

  /**
   * Brings nodes, feeds, rules and activations to what is asked; each change makes a new version and tells
   * running processes. Objects that are not named stay, unless `prune`. Applying the same twice changes nothing.
   */
  async apply(
    site: SiteConfiguration,
    by: ChangedBy,
    options: { prune?: boolean } = {},
  ): Promise<ConfigurationChange[]> {
    await this.lock();
    const changes: ConfigurationChange[] = [];
    const wanted: Record<SiteKind, { name: string; extra: string | null; body: JsonObject }[]> = {
      node: (site.nodes ?? []).map(({ name, body, purpose }) => ({ name, body, extra: purpose ?? null })),
      feed: (site.feeds ?? []).map(({ name, body }) => ({ name, body, extra: null })),
      rule: (site.rules ?? []).map(({ name, body, packageId }) => ({ name, body, extra: packageId })),
    };
    for (const kind of ['node', 'feed', 'rule'] as const) {
      for (const object of wanted[kind]) changes.push(await this.#applyObject(kind, object, by));
      if (options.prune) {
        changes.push(
          ...(await this.#removeOthers(
            kind,
            wanted[kind].map((object) => object.name),
            by,
          )),
        );
      }
    }
    for (const activation of site.activations ?? []) changes.push(await this.#activate(activation, by));
    if (changes.some(({ change }) => change !== 'unchanged')) {
      await this.sql.rows(`SELECT pg_notify($1, '')`, [channels.configuration]);
    }
    return changes;
  }

  /**
   * Lets one transaction change the configuration at a time, and the next only after its commit: without that the
   * revision could stand still over a change that commits late. First of all locks.
   */
  async lock(): Promise<void> {
    await this.sql.rows('SELECT pg_advisory_xact_lock($1)', [CONFIGURATION_LOCK]);
  }

  async #applyObject(
    kind: SiteKind,
    object: { name: string; extra: string | null; body: JsonObject },
    by: ChangedBy,
  ): Promise<ConfigurationChange> {
    const { name, extra, body } = object;
    const stored = await this.#findObject(kind, name);
    if (
      stored &&
      !stored.removed &&
      stored.extra === extra &&
      canonicalJson(stored.body) === canonicalJson(body)
    )
      return { kind, name, id: stored.id, version: stored.version, change: 'unchanged' };
    const id = stored?.id ?? randomUUIDv7();
    const version = (stored?.version ?? 0) + 1;
    const column = extras[kind];
    const [columns, values, updates] = column
      ? [`, ${column}`, ', $5', `, ${column} = excluded.${column}`]
      : ['', '', ''];
    await this.sql.rows(
      `INSERT INTO ${tables[kind]} (id, name, version, body${columns}) VALUES ($1, $2, $3, $4${values})
       ON CONFLICT (name) DO UPDATE SET version = excluded.version, body = excluded.body, removed_at = NULL,
         updated_at = now()${updates}`,
      [id, name, version, JSON.stringify(body), ...(column ? [extra] : [])],
    );
    await this.keepVersion(
      { kind, id, name, version, body: { ...body, ...(column ? { [column]: extra } : {}) } },
      by,
    );
    return { kind, name, id, version, change: stored && !stored.removed ? 'changed' : 'created' };
  }

  #findObject(kind: SiteKind, name: string): Promise<StoredObject | undefined> {
    return this.sql.row<StoredObject>(
      `SELECT id, version, body, ${extras[kind] ?? 'NULL'} AS extra, removed_at IS NOT NULL AS removed
       FROM ${tables[kind]} WHERE name = $1 FOR NO KEY UPDATE`,
      [name],
    );
  }

  async #removeOthers(
    kind: SiteKind,
    names: readonly string[],
    by: ChangedBy,
  ): Promise<ConfigurationChange[]> {
    const gone = await this.sql.rows<{ id: string; name: string; version: number }>(
      `UPDATE ${tables[kind]} SET removed_at = now(), version = version + 1, updated_at = now()
       WHERE removed_at IS NULL AND NOT name = ANY($1) RETURNING id, name, version`,
      [names],
    );
    for (const object of gone) await this.keepVersion({ ...object, kind, body: null }, by);
    return gone.map((object) => ({ ...object, kind, change: 'removed' as const }));
  }

  /** Writes the history of a configuration object and tells of it; under {@link ConfigurationChanges.lock}. */
  async keepVersion(
    object: { kind: ConfigurationKind; id: string; name: string; version: number; body: JsonObject | null },
    by: ChangedBy,
  ): Promise<void> {
    await this.sql.rows(
      `INSERT INTO configuration_version (kind, object_id, name, version, body, who, why)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        object.kind,
        object.id,
        object.name,
        object.version,
        object.body === null ? null : JSON.stringify(object.body),
        by.who,
        by.why,
      ],
    );
    await this.events.record({
      who: by.who,
      what: object.body === null ? 'configuration removed' : 'configuration changed',
      subjectKind: 'configuration',
      subjectId: object.id,
      after: { kind: object.kind, name: object.name, version: object.version },
      why: by.why,
    });
  }

  async #activate(
    wanted: NonNullable<SiteConfiguration['activations']>[number],
    by: ChangedBy,
  ): Promise<ConfigurationChange> {
    const rule = await this.sql.manager.findOneBy(RuleRow, { name: wanted.rule });
    if (!rule) throw ledgerError('ledger.configuration-unknown-name', `rule ${wanted.rule}`);
    const last = await this.sql.manager.findOne(PackageActivationRow, {
      where: { ruleId: rule.id },
      order: { sequence: 'DESC' },
    });
    const next = {
      ruleId: rule.id,
      packageId: rule.packageId,
      packageVersion: wanted.packageVersion ?? null,
      packageDigest: wanted.packageDigest ?? null,
      state: wanted.state,
    };
    const known = { kind: 'activation', name: rule.name, id: rule.id, version: rule.version } as const;
    // The reason for which a package is on is that of this package alone: another one is kept as it is given.
    const isSaid = next.state !== 'on' || last?.why === by.why;
    if (
      isSaid &&
      last?.state === next.state &&
      last.packageId === next.packageId &&
      last.packageDigest === next.packageDigest
    )
      return { ...known, change: 'unchanged' };
    await this.sql.manager.insert(PackageActivationRow, { ...next, who: by.who, why: by.why });
    await this.events.record({
      who: by.who,
      what: `package switched to ${next.state}`,
      subjectKind: 'configuration',
      subjectId: rule.id,
      before: { state: last?.state ?? null, packageDigest: last?.packageDigest ?? null },
      after: { state: next.state, packageDigest: next.packageDigest, packageId: next.packageId },
      why: by.why,
    });
    return { ...known, change: last ? 'changed' : 'created' };
  }
}
