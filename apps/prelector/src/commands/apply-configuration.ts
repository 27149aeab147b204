import type { ChangedBy, ConfigurationChange } from '@prelector/ledger';
import { activationOfRule, applySite } from '@prelector/ledger';
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
    const changes = await applySite(tx, change, by);
    const warnings: string[] = [];
    for (const { why, ...activation } of activations) {
      const rule = changes.find(({ kind, name }) => kind === 'rule' && name === activation.rule);
      const held = rule && (await activationOfRule(tx, rule.id));
      const isAnother = held?.packageDigest !== activation.packageDigest;
      if (held?.state === 'on' && activation.state === 'on' && isAnother && held.why === why) {
        // Only a reason that is given anew turns a package on that may have been looked at by nobody.
        warnings.push(
          `The package of rule "${activation.rule}" has changed since it was switched on, so it counts as off; to switch it on again, say why anew in the rule's "why".`,
        );
        continue;
      }
      // Who turned a package on, and why, is the rule's own reason, not that of applying a file.
      changes.push(
        ...(await applySite(tx, { activations: [activation] }, { who: by.who, why: why ?? by.why })),
      );
    }
    return { changes, warnings };
  });
}
