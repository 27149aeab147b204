import type { Doubt } from '@prelector/ledger';

/** What is known of a store that may have taken place, within a sentence. */
export function doubtWords({ since, cause }: Doubt): string {
  const known = cause ? `: ${cause.replace(/\.$/u, '')}` : '';
  return `what came of the store at ${since.toISOString()} is open${known}`;
}
