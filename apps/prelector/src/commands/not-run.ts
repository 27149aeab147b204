import type { StudyStory } from '@prelector/ledger';

/**
 * A line for each rule that made no run when it was last asked, with its reason: where nothing was read, this is
 * the answer that a person looks for.
 */
export function notRunLines({ entries }: Pick<StudyStory, 'entries'>): string[] {
  const latest = new Map<string, { decision: string; why: string | null }>();
  for (const { kind, what, why } of entries) {
    if (kind !== 'verdict') continue;
    const [decision = '', ...rule] = what.split(' ');
    latest.set(rule.join(' '), { decision, why });
  }
  return [...latest].flatMap(([rule, { decision, why }]) =>
    decision === 'skip' ? [`no run${rule ? ` ${rule}` : ''}${why ? `: ${why}` : ''}`] : [],
  );
}
