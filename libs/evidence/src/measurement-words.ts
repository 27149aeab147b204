import { formatDs, type CodedConcept } from '@prelector/dicom';
import type { Measurement, MeasurementGroup } from '@prelector/findings';

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

/**
 * The name of a measurement with all that its coded entries say of how it was made:
 * `Attenuation Coefficient (Mean, Region of interest)`.
 */
export function measurementName({
  concept,
  derivation,
  method,
}: Pick<Measurement, 'concept' | 'derivation' | 'method'>): string {
  const made = [derivation, method].flatMap((each) => (each ? [each.meaning] : []));
  return `${concept.meaning}${inBrackets(made)}`;
}

/** A group as people read it: its label, with the site and the side that it does not name itself: `Nodule (Lung, Left)`. */
export function groupName({
  label,
  site,
  laterality,
}: Pick<MeasurementGroup, 'label' | 'site' | 'laterality'>): string {
  const where = [
    ...(site && !names(label, site.meaning, 'may go on') ? [site.meaning] : []),
    ...(laterality && !names(label, laterality.meaning) ? [laterality.meaning] : []),
  ];
  return `${label}${inBrackets(where)}`;
}

const inBrackets = (words: readonly string[]) => (words.length === 0 ? '' : ` (${words.join(', ')})`);

/** Whether a text has those words as words of its own; `Lungs` goes on after `Lung`, and `Bright` is no `Right`. */
function names(text: string, words: string, end?: 'may go on'): boolean {
  const literal = words.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`);
  return new RegExp(
    String.raw`(?<![\p{L}\p{N}])${literal}${end ? '' : String.raw`(?![\p{L}\p{N}])`}`,
    'iu',
  ).test(text);
}

/** The mark that a report sets before each condition that was not met. */
export const NOT_VALID = 'NOT VALID: ';

/** The mark of a measurement for which the model declares no conditions. */
export const NOT_DECLARED = 'no conditions of validity declared';
