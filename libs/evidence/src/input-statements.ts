import type { ResultInput } from './evidence-input.js';
import { offsetOfDocument } from './document-header.js';
import { readableTime } from './local-time.js';
import type { PresentedFindings } from './presented-findings.js';

/** What the run looked at, in words: series and why, up to when images were seen, and how it was complete. */
export function inputStatements(input: ResultInput, presented: PresentedFindings): string[] {
  const asOf = readableTime(input.imagesAsOf, offsetOfDocument(input));
  const complete = input.forcedByMaximumWait
    ? 'analysed because the maximum wait ran out; more images may have arrived since'
    : 'the study was judged complete';
  return [...presented.series, `Images as of ${asOf}: ${complete}`, ...presented.notes];
}

/** The conditions on which measurements rest and how this study stood to them, in words. */
export function conditionStatements(presented: PresentedFindings): string[] {
  const labels = { met: 'met', 'not-met': 'NOT MET', unknown: 'UNKNOWN, counts as not met' } as const;
  return presented.conditions.map(({ state, statement }) => `Condition ${labels[state]}: ${statement}`);
}

/** The same for a reader in haste: each condition that is not met on a line of its own, all others on one. */
export function briefConditionStatements(presented: PresentedFindings): string[] {
  const met = presented.conditions.filter(({ state }) => state === 'met');
  const others = { ...presented, conditions: presented.conditions.filter(({ state }) => state !== 'met') };
  const statements = conditionStatements(others);
  return met.length === 0
    ? statements
    : [...statements, `Conditions met: ${met.map(({ statement }) => statement).join('; ')}`];
}
