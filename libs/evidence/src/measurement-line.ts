import { measurementName, NOT_DECLARED, NOT_VALID, unitWord, valueText } from './measurement-words.js';
import type { PresentedMeasurement } from './presented-findings.js';

/** One line for a person: the measurement, its value unless withheld, and why it does not hold. */
export function measurementLine({ measurement, standing, reasons }: PresentedMeasurement): string {
  const name = measurementName(measurement);
  if (standing === 'withheld') return `${name}: value withheld, ${NOT_VALID}${reasons.join('; ')}`;
  const value = `${name}: ${valueText(measurement)} ${unitWord(measurement.unit)}`.trimEnd();
  if (standing === 'undeclared') return `${value} (${NOT_DECLARED})`;
  return standing === 'valid'
    ? `${value} (all conditions met)`
    : `${value}, ${NOT_VALID}${reasons.join('; ')}`;
}
