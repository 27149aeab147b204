import {
  groupName,
  measurementName,
  NOT_DECLARED,
  NOT_VALID,
  unitWord,
  valueText,
} from './measurement-words.js';
import type { PresentedGroup, PresentedMeasurement } from './presented-findings.js';

/** A group as lines for a person, one for each measurement: whose it is, its value unless withheld, and why it does not hold. */
export function measurementLines({ group, measurements }: PresentedGroup): string[] {
  return measurements.map((each) => `${groupName(group)}: ${measurementLine(each)}`);
}

function measurementLine({ measurement, standing, reasons }: PresentedMeasurement): string {
  const name = measurementName(measurement);
  if (standing === 'withheld') return `${name}: value withheld, ${NOT_VALID}${reasons.join('; ')}`;
  const value = `${name}: ${valueText(measurement)} ${unitWord(measurement.unit)}`.trimEnd();
  if (standing === 'undeclared') return `${value} (${NOT_DECLARED})`;
  return standing === 'valid'
    ? `${value} (all conditions met)`
    : `${value}, ${NOT_VALID}${reasons.join('; ')}`;
}
