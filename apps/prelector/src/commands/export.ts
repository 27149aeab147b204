import type { Resources } from '@prelector/pipeline';
import { stringify } from 'yaml';

/** The present nodes, feeds and rules as the YAML that `apply` takes; secrets stay references. */
export async function exportSite({ ledger }: Resources): Promise<string> {
  const { nodes, feeds, rules, activations } = await ledger.pool.configuration.current();
  const site = {
    nodes: nodes.map((node) => node.body),
    feeds: feeds.map((feed) => feed.body),
    rules: rules.map((rule) => {
      const activation = activations.get(rule.id);
      return activation ? { why: activation.why, ...rule.body, state: activation.state } : rule.body;
    }),
  };
  return stringify(site);
}
