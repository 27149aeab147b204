import type { Findings, Measurement, MeasurementGroup, Presentation } from '@prelector/findings';
import { counted } from '@prelector/kernel';
import { redactStatement, redactWithheld } from './redact-withheld.js';

/** How a measurement appears in a report (what must never happen, rule 5). */
export type MeasurementStanding = 'valid' | 'undeclared' | 'qualified' | 'withheld';

export interface PresentedMeasurement {
  readonly measurement: Measurement;
  readonly standing: MeasurementStanding;
  /** Statements of the conditions that were not met; empty only where it is valid, or none are declared. */
  readonly reasons: readonly string[];
}

export interface PresentedGroup {
  readonly group: MeasurementGroup;
  readonly measurements: readonly PresentedMeasurement[];
}

/** A condition as a report states it, once for all the measurements it bears on. */
export interface PresentedCondition {
  readonly state: 'met' | 'not-met' | 'unknown';
  readonly statement: string;
}

/** Findings as one presentation may show them: every form of evidence is written from this and nothing else. */
export interface PresentedFindings {
  /** What a person reads first. */
  readonly summary: readonly string[];
  readonly groups: readonly PresentedGroup[];
  readonly conditions: readonly PresentedCondition[];
  readonly facts: readonly string[];
  readonly series: readonly string[];
  readonly notes: readonly string[];
}

/** What is said of numbers for which a model declares no conditions: nothing shows that they hold. */
export const UNDECLARED = 'No conditions of validity are declared: nothing shows that these numbers hold.';

const NO_REASON = 'made outside the conditions under which it is validated';

function present(
  measurement: Measurement,
  presentation: Presentation,
  clean: (text: string) => string,
): PresentedMeasurement {
  if (measurement.valid === null) return { measurement, standing: 'undeclared', reasons: [] };
  // Findings of an earlier version called a number valid for which the model had declared nothing.
  if (measurement.valid && measurement.conditions.length === 0) {
    return { measurement, standing: 'undeclared', reasons: [] };
  }
  if (measurement.valid) return { measurement, standing: 'valid', reasons: [] };
  const reasons = measurement.conditions
    .filter((condition) => condition.state !== 'met')
    .map((condition) => clean(condition.statement));
  return { measurement, standing: presentation, reasons: reasons.length > 0 ? reasons : [NO_REASON] };
}

/**
 * The first lines. The model's own sentence may hold numbers, so it stands alone only where every number
 * holds, follows a warning where some are qualified, and is left out where some are withheld.
 */
function summaryLines(findings: Findings, measurements: readonly PresentedMeasurement[]): string[] {
  const count = (standing: MeasurementStanding): number =>
    measurements.filter((one) => one.standing === standing).length;
  const outside = `${count('qualified') + count('withheld')} of ${measurements.length} measurements`;
  const reason = 'made outside the conditions under which they are validated.';
  if (count('withheld') > 0) return [`${outside} withheld: ${reason}`];
  if (count('qualified') > 0) return [`${outside} NOT VALID: ${reason}`, findings.summary];
  return [...(count('undeclared') > 0 ? [UNDECLARED] : []), findings.summary];
}

/**
 * Applies a presentation to findings. Under `withheld` no value of a withheld measurement remains anywhere,
 * also not in a sentence that a model package wrote.
 */
export function presentFindings(findings: Findings, presentation: Presentation): PresentedFindings {
  const all = findings.groups.flatMap((group) => group.measurements);
  const hidden = presentation === 'withheld' ? all.filter(({ valid }) => valid === false) : [];
  const clean = (text: string): string => redactWithheld(text, hidden);
  const cleanStatement = (text: string): string => redactStatement(text, hidden);
  const groups = findings.groups.map((group) => ({
    group,
    measurements: group.measurements.map((measurement) => present(measurement, presentation, cleanStatement)),
  }));
  const conditions = new Map(
    all
      .flatMap((measurement) => measurement.conditions)
      .map((condition) => [
        `${condition.id} ${condition.state} ${condition.statement}`,
        { state: condition.state, statement: cleanStatement(condition.statement) },
      ]),
  );
  return {
    summary: summaryLines(
      findings,
      groups.flatMap((group) => group.measurements),
    ),
    groups,
    conditions: [...conditions.values()],
    facts: findings.facts.map((fact) => `${fact.name}: ${fact.value}`),
    series: findings.series.map((series) => {
      const number = series.seriesNumber === undefined ? '' : ` ${series.seriesNumber}`;
      return clean(
        `Series${number} (${series.modality}, ${counted(series.instances.length, 'image')}): ${series.why}`,
      );
    }),
    notes: findings.notes.filter((note) => note.trim() !== '').map(clean),
  };
}
