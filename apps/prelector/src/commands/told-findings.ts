import { groupName, measurementLines, presentFindings, type MeasurementStanding } from '@prelector/evidence';
import type { Findings, Measurement, MeasurementGroup, Presentation } from '@prelector/findings';
import type { StudyStory } from '@prelector/ledger';

/** A measurement as a person is told it: a withheld one has no value, and says why. */
export interface ToldMeasurement extends Omit<Measurement, 'value' | 'conditions'> {
  readonly standing: MeasurementStanding;
  readonly value?: number;
  readonly reasons: readonly string[];
}

/** A group with the name by which every form tells it from others. */
export interface ToldGroup extends Omit<MeasurementGroup, 'measurements'> {
  readonly name: string;
  readonly measurements: readonly ToldMeasurement[];
}

/** What a run said, as this site may show it. */
export interface ToldFindings extends Omit<Findings, 'summary' | 'groups' | 'facts'> {
  readonly summary: string;
  readonly groups: readonly ToldGroup[];
  readonly facts: readonly string[];
  /** The same as lines. */
  readonly lines: readonly string[];
}

/**
 * How the findings of a study may be shown: only where every node that holds it, or a report on it, is a test
 * node, do numbers outside their conditions appear.
 */
export function presentationOf({ copies, deliveries }: StudyStory): Presentation {
  const isTest = copies.length > 0 && copies.every(({ purpose }) => purpose === 'test');
  return isTest && deliveries.every(({ presentation }) => presentation === 'qualified')
    ? 'qualified'
    : 'withheld';
}

/** Findings without the numbers that a presentation withholds, in whatever form they are told. */
export function toldFindings(findings: Findings, presentation: Presentation): ToldFindings {
  const presented = presentFindings(findings, presentation);
  return {
    version: findings.version,
    outcome: findings.outcome,
    summary: presented.summary.join(' '),
    groups: presented.groups.map(({ group: { measurements: _all, ...group }, measurements }) => ({
      ...group,
      name: groupName(group),
      measurements: measurements.map(({ measurement, standing, reasons }) => {
        const { value, conditions: _conditions, ...about } = measurement;
        return { ...about, standing, reasons, ...(standing === 'withheld' ? {} : { value }) };
      }),
    })),
    facts: presented.facts,
    series: findings.series.map((series, index) => ({ ...series, why: presented.series[index] ?? '' })),
    notes: [...presented.notes],
    lines: presented.groups.flatMap(measurementLines),
  };
}
