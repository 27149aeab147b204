import type { ActivationState } from '@prelector/findings';
import type { Log } from '@prelector/kernel';
import { PrelectorError, asPrelectorError } from '@prelector/kernel';
import type { CurrentConfiguration, Ledger, Tx } from '@prelector/ledger';
import type { Profile } from '@prelector/profiles';
import { loadProfile } from '@prelector/profiles';
import type { FeedConfiguration, NodeConfiguration, RuleConfiguration } from './site.js';
import { feedSchema, nodeSchema, ruleSchema } from './site.js';

interface Configured<T> {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly configuration: T;
}

/** A PACS node with its profile resolved. */
export interface SiteNode extends Configured<NodeConfiguration> {
  readonly profile: Profile;
}

export interface SiteFeed extends Configured<FeedConfiguration> {
  readonly nodeIds: readonly string[];
}

/** A rule with what was last decided about its package. */
export interface SiteRule extends Configured<RuleConfiguration> {
  readonly sourceIds: readonly string[];
  /** Empty: the study's own node. */
  readonly destinationIds: readonly string[];
  readonly activation: ActivationState;
  readonly activatedDigest: string | undefined;
}

/** The configuration of daily life at one moment. */
export interface Site {
  readonly nodes: ReadonlyMap<string, SiteNode>;
  readonly feeds: readonly SiteFeed[];
  readonly rules: readonly SiteRule[];
  /** What of the configuration could not be read, in words. */
  readonly faults: readonly string[];
}

/** A node that work still speaks of was taken out of the configuration. */
export const nodeUnknown = (): PrelectorError =>
  new PrelectorError(
    'site.node-unknown',
    'permanent',
    'The PACS node is no longer configured; add it again, then retry what waits for it.',
  );

const refreshMs = 3_000;

/**
 * The present configuration as the ledger holds it, kept fresh by the ledger's notification and, should one
 * be missed, by a timer. A set that does not validate is logged and the last good one stays.
 */
export class SiteView {
  readonly #ledger: Ledger;
  readonly #log: Log;
  readonly #listeners = new Set<(site: Site) => void>();
  #site: Site = { nodes: new Map(), feeds: [], rules: [], faults: [] };
  #revision = '';
  #refreshing: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;

  constructor(ledger: Ledger, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
  }

  async start(): Promise<void> {
    await this.refresh();
    this.#unlisten = this.#ledger.on('configuration', () => this.#refreshQuietly());
    this.#timer = setInterval(() => this.#refreshQuietly(), refreshMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unlisten?.();
  }

  /** Called with each new configuration; returns how to stop listening. */
  onChange(listener: (site: Site) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get current(): Site {
    return this.#site;
  }

  /** The node of a row, also one that has just been configured elsewhere. */
  async node(id: string): Promise<SiteNode> {
    const known = this.#site.nodes.get(id);
    if (known) return known;
    await this.refresh();
    const found = this.#site.nodes.get(id);
    if (found) return found;
    throw nodeUnknown();
  }

  /**
   * The configuration as a transaction sees it; what this view holds changes by {@link refresh} alone. What was
   * switched on or off is read anew each time: it decides whether something is sent.
   */
  async asOf(tx: Tx): Promise<Site> {
    const rows = await tx.configuration.current();
    return rows.revision === this.#revision ? switchedAs(this.#site, rows) : siteOf(rows);
  }

  /**
   * Reads the ledger anew; returns true when something changed. One after the other, so that an answer that was
   * under way longer never takes the place of a newer one.
   */
  refresh(): Promise<boolean> {
    const refreshed = this.#refreshing.then(() => this.#readAnew());
    this.#refreshing = refreshed.catch(() => undefined);
    return refreshed;
  }

  async #readAnew(): Promise<boolean> {
    const rows = await this.#ledger.pool.configuration.current();
    if (rows.revision === this.#revision) return false;
    this.#site = siteOf(rows);
    this.#revision = rows.revision;
    for (const fault of this.#site.faults)
      this.#log.error('a part of the configuration cannot be read', { fault });
    for (const listener of this.#listeners) listener(this.#site);
    return true;
  }

  #refreshQuietly(): void {
    this.refresh().catch((thrown: unknown) =>
      this.#log.warn('configuration not refreshed, the last good one stays', {
        code: asPrelectorError(thrown).code,
      }),
    );
  }
}

/**
 * Rows as the apps work with them: bodies parsed, names resolved to ids, profiles loaded. A row that does not
 * hold (written by another version, say) is left out and said, and takes nothing else down with it.
 */
function siteOf(rows: CurrentConfiguration): Site {
  const faults: string[] = [];
  const nodes = readable(rows.nodes, faults, (row): SiteNode => {
    const configuration = nodeSchema.parse(row.body);
    const profile = loadProfile(configuration.profile, configuration.overrides);
    return { ...key(row), configuration, profile };
  });
  const idOf = new Map(nodes.map((node) => [node.name, node.id]));
  const ids = (names: readonly string[]) => names.flatMap((name) => idOf.get(name) ?? []);
  return {
    faults,
    nodes: new Map(nodes.map((node) => [node.id, node])),
    feeds: readable(rows.feeds, faults, (row) => {
      const configuration = feedSchema.parse(row.body);
      return { ...key(row), configuration, nodeIds: ids(configuration.nodes) };
    }),
    rules: readable(rows.rules, faults, (row) => {
      const configuration = ruleSchema.parse(row.body);
      return {
        ...key(row),
        configuration,
        sourceIds: ids(configuration.source),
        destinationIds: ids(configuration.destinations),
        ...switchOf(rows, row.id),
      };
    }),
  };
}

const switchedAs = (site: Site, rows: CurrentConfiguration): Site => ({
  ...site,
  rules: site.rules.map((rule) => ({ ...rule, ...switchOf(rows, rule.id) })),
});

/** What was last decided about a rule's package; a rule of which nothing was decided is in shadow. */
function switchOf(
  { activations }: CurrentConfiguration,
  ruleId: string,
): Pick<SiteRule, 'activation' | 'activatedDigest'> {
  const activation = activations.get(ruleId);
  return {
    activation: activation?.state ?? 'shadow',
    activatedDigest: activation?.packageDigest ?? undefined,
  };
}

function readable<R extends { name: string }, T>(
  rows: readonly R[],
  faults: string[],
  read: (row: R) => T,
): T[] {
  return rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (thrown) {
      const why =
        thrown instanceof PrelectorError ? thrown.message : 'it does not fit the schema of this version';
      faults.push(`${row.name} is left out: ${why}`);
      return [];
    }
  });
}

const key = (row: { id: string; version: number; name: string }) => ({
  id: row.id,
  version: row.version,
  name: row.name,
});
