/** A coded entry (PS3.3 section 8.8): the value, the scheme that defines it, and its meaning in words. */
export interface CodedConcept {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
  readonly schemeVersion?: string;
}

/** Shorthand for a coded concept: `code('118565006', 'SCT', 'Volume')`. */
export function code(value: string, scheme: string, meaning: string): CodedConcept {
  return { value, scheme, meaning };
}

/** Two coded concepts are the same when value and scheme are; the meaning is for people. */
export function sameCode(a: CodedConcept, b: CodedConcept): boolean {
  return a.value === b.value && a.scheme === b.scheme;
}
