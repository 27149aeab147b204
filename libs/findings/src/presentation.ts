/**
 * How a measurement outside its conditions is written (what must never happen, rule 5): `qualified` prints
 * the value with the condition that was not met; `withheld` prints the condition only. Clinical nodes, and
 * nodes of no stated purpose, withhold.
 */
export type Presentation = 'qualified' | 'withheld';

export type NodePurpose = 'test' | 'clinical';

export function presentationFor(purpose: NodePurpose | undefined): Presentation {
  return purpose === 'test' ? 'qualified' : 'withheld';
}
