import { formatDs, type CodedConcept } from '@prelector/dicom';
import type { Measurement } from '@prelector/findings';

/** UCUM codes that people do not read as the unit they know. */
const words: Readonly<Record<string, string>> = { "[hnsf'U]": 'HU', '1': '' };

/** A unit as people write it, from its UCUM code. */
export function unitWord(unit: CodedConcept): string {
  return words[unit.value] ?? unit.value;
}

/** A measurement's value at its declared decimals, as a DS (at most 16 characters, PS3.5 6.2). */
export function valueText(measurement: Measurement): string {
  const text = measurement.value.toFixed(measurement.decimals);
  if (Number(text) === 0) return text.replace('-', '');
  return text.length <= 16 ? text : formatDs(Number(text));
}

/** The name of a measurement, its derivation included: `Attenuation Coefficient (Mean)`. */
export function measurementName(measurement: Measurement): string {
  const derivation = measurement.derivation ? ` (${measurement.derivation.meaning})` : '';
  return `${measurement.concept.meaning}${derivation}`;
}

/** The mark that a report sets before each condition that was not met. */
export const NOT_VALID = 'NOT VALID: ';

/** The mark of a measurement for which the model declares no conditions. */
export const NOT_DECLARED = 'no conditions of validity declared';
