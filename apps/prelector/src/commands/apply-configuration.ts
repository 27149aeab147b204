import type { ChangedBy, ConfigurationChange, Tx } from '@prelector/ledger';
import type { Resources, SiteConfiguration } from '@prelector/pipeline';
import { usablePackages } from './usable-packages.js';

/** What applying came to. */
export interface Applied {
  readonly changes: readonly ConfigurationChange[];
  /** What a person should know, in words. */
  readonly warnings: readonly string[];
}

/**
 * Brings the ledger's nodes, feeds, rules and activations to what a site's file says. Turning a rule on pins
 * the digest of the package that is installed now. Throws `site.model-unusable`, with all that is wrong, when a
 * rule that is not off names a package that is not there or cannot run: better now than study by study.
 */
export async function applyConfiguration(
  resources: Resources,
  site: SiteConfiguration,
  by: ChangedBy,
): Promise<Applied> {
  const packages = await usablePackages(resources, site);
  const activations = site.rules.map(({ name, model, state, why }) => {
    const installed = packages.get(model);
    return {
      why,
      rule: name,
      model,
      state,
      packageVersion: installed?.manifest.version,
      packageDigest: installed?.digest,
    };
  });
  const change = {
    nodes: site.nodes.map((node) => ({ name: node.name, purpose: node.purpose, body: { ...node } })),
    feeds: site.feeds.map((feed) => ({ name: feed.name, body: { ...feed } })),
    rules: site.rules.map((rule) => ({ name: rule.name, packageId: rule.model, body: { ...rule } })),
  };
  return resources.ledger.transaction(async (tx) => {
    const changes = await tx.configurationChanges.apply(change, by);
    const warnings: string[] = [];
    for (const { why, model, ...activation } of activations) {
      const rule = changes.find(({ kind, name }) => kind === 'rule' && name === activation.rule);
      const refusal =
        rule &&
        activation.state === 'on' &&
        (await refusalToSwitchOn(tx, rule.id, { ...activation, model }, why));
      if (refusal) {
        warnings.push(refusal);
        continue;
      }
      // Who turned a package on, and why, is the rule's own reason, not that of applying a file.
      changes.push(
        ...(await tx.configurationChanges.apply(
          { activations: [activation] },
          { who: by.who, why: why ?? by.why },
        )),
      );
    }
    return { changes, warnings };
  });
}

interface Wanted {
  readonly rule: string;
  readonly model: string;
  readonly packageDigest?: string | undefined;
}

/**
 * Why a rule is not switched on, in words. Only a reason that was never given for it before turns a package on that is
 * not the one that is on: one that may have been looked at by nobody, or that somebody switched off since.
 */
async function refusalToSwitchOn(
  tx: Tx,
  ruleId: string,
  { rule, model, packageDigest }: Wanted,
  why = '',
): Promise<string | undefined> {
  const held = await tx.configuration.activationOf(ruleId);
  const isOn = held?.state === 'on' && held.packageDigest === packageDigest;
  if (isOn || !(await tx.configuration.wasSwitchedOnFor(ruleId, { packageId: model, packageDigest }, why)))
    return undefined;
  const state = held?.state ?? 'shadow';
  const what =
    state === 'on' || !held
      ? `The package of rule "${rule}" has changed since it was switched on for that reason, so it counts as ${held ? 'off' : state}`
      : `Rule "${rule}" was switched to ${state} since it was last on for that reason, and stays ${state}`;
  return `${what}; to switch it on again, say why anew in the rule's "why".`;
}
