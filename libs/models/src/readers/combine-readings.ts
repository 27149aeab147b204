import { outcomes, type Outcome } from '@prelector/findings';
import type { Reading } from './output-reader.js';

/** What the readers of a run say together, in their order. */
export function combineReadings(readings: readonly Reading[]): Reading {
  return {
    outcome: outcomeOf(readings),
    summary: readings.map(({ summary }) => summary).join(' '),
    groups: readings.flatMap(({ groups }) => groups),
    notes: readings.flatMap(({ notes }) => notes),
    artifacts: readings.flatMap(({ artifacts }) => artifacts),
  };
}

/**
 * Of several outcomes the one that says most: something found, nothing found, numbers only. Nothing is called absent
 * where another reader could not read what it had to.
 */
function outcomeOf(readings: readonly Reading[]): Outcome {
  const said = new Set(readings.map(({ outcome }) => outcome));
  if (said.has('failed')) said.delete('negative');
  return outcomes.find((outcome) => said.has(outcome)) ?? 'failed';
}
