import { PrelectorError } from '@prelector/kernel';
import type { RunRow } from '@prelector/ledger';
import type { SiteRule } from '@prelector/pipeline';

/** The nodes that a rule sends the evidence of a run to: those it names, else the one the images came from. */
export function destinationsOf(rule: SiteRule, run: RunRow): readonly string[] {
  const { destinations } = rule.configuration;
  if (destinations.length === 0) return [run.nodeId];
  if (rule.destinationIds.length < destinations.length) {
    throw new PrelectorError(
      'encode.destination-unknown',
      'permanent',
      `Rule "${rule.name}" names a destination that is no longer configured; add the node again or change the rule.`,
    );
  }
  return rule.destinationIds;
}

/** True when a rule sends the evidence of a run to a node. */
export function goesTo(rule: SiteRule, run: RunRow, nodeId: string): boolean {
  const { destinations } = rule.configuration;
  return destinations.length === 0 ? run.nodeId === nodeId : rule.destinationIds.includes(nodeId);
}
