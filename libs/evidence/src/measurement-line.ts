import { measurementName, NOT_VALID, unitWord, valueText } from './measurement-words.js';
import type { PresentedMeasurement } from './presented-findings.js';

/** One line for a person: the measurement, its value unless withheld, and why it does not hold. */
export function measurementLine({ measurement, standing, reasons }: PresentedMeasurement): string {
  const name = measurementName(measurement);
  if (standing === 'withheld') return `${name}: value withheld, ${NOT_VALID}${reasons.join('; ')}`;
  const value = `${name}: ${valueText(measurement)} ${unitWord(measurement.unit)}`.trimEnd();
  return standing === 'valid'
    ? `${value} (all conditions met)`
    : `${value}, ${NOT_VALID}${reasons.join('; ')}`;
}
