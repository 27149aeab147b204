import { groupName, measurementName } from '@prelector/evidence';
import type { Condition, Measurement, MeasurementGroup } from '@prelector/findings';
import { modelError } from '../errors.js';
import type { ConditionSpec } from '../manifest-parts.js';
import { impossibleMeasurement } from '../measured-kind.js';
import { oneNumber, readOutput } from '../output-shape.js';
import { numbersOfOutputs } from '../output-numbers.js';
import { voxelUnitProblems } from '../voxel-units.js';
import { groupNameProblems, indistinctProblems } from './measurement-names.js';
import {
  groupOutlineSchema,
  groupSpecSchema,
  type GroupOutline,
  type GroupSpec,
  type MeasurementSpec,
} from './measurement-spec.js';
import type { OutputReader, ReadingContext } from './output-reader.js';

/**
 * Numbers that the graph gives, each a measurement (TID 300) of a group of one site (TID 1501), with the conditions
 * under which it holds. A number that is not finite becomes a note, not a measurement. The outcome is `measured`, also
 * when no measurement is valid, and `failed` when not one could be computed.
 */
export const numbersReader: OutputReader<GroupSpec, GroupOutline> = {
  entry: groupSpecSchema,
  outline: groupOutlineSchema,
  nameProblems: groupNameProblems,
  problems: (groups, at, around) => [
    ...indistinctProblems(groups, at),
    ...voxelUnitProblems({ ...around, place: at, groups }),
  ],
  outputs: (groups, at) =>
    groups.flatMap(({ measurements }, group) =>
      measurements.flatMap(({ output }, index) =>
        readOutput([...at, group, 'measurements', index, 'output'], output, oneNumber),
      ),
    ),
  bytes: (groups) =>
    groups.flatMap(({ measurements }) => measurements).length * Float64Array.BYTES_PER_ELEMENT,

  read(entries, outputs, context) {
    const names = entries.flatMap(({ measurements }) => measurements.map(({ output }) => output));
    const numbers = numbersOfOutputs(outputs, names);
    const groups = entries.map((group): MeasurementGroup => {
      const { measurements, ...about } = group;
      return {
        ...defined(about),
        measurements: measurements.flatMap((spec) => measurementOf(spec, numbers, context)),
      };
    });
    const measurements = groups.flatMap((group) => group.measurements);
    return {
      outcome: measurements.length === 0 ? 'failed' : 'measured',
      summary: summaryOf(context.name, measurements),
      groups: groups.filter((group) => group.measurements.length > 0),
      notes: failuresOf(entries, measurements),
      artifacts: [],
    };
  },
};

function failuresOf(groups: readonly GroupSpec[], measurements: readonly Measurement[]): string[] {
  const computed = new Set(measurements.map(({ key }) => key));
  return groups.flatMap((group) =>
    group.measurements
      .filter(({ key }) => !computed.has(key))
      .map(
        (spec) =>
          `${groupName(defined(group))}: ${measurementName(defined(spec))} could not be computed on these images`,
      ),
  );
}

function measurementOf(
  spec: MeasurementSpec,
  outputs: Readonly<Record<string, number>>,
  { declared: specs, conditions }: ReadingContext,
): Measurement[] {
  const value = outputs[spec.output];
  if (value === undefined) throw modelError('model.output-missing', spec.output);
  if (!Number.isFinite(value)) return [];
  const declared = spec.conditions.map((id) => conditions.get(id) as Condition);
  const impossible = impossibleMeasurement(value, spec.unit, isSigned(specs, spec));
  const own: Condition[] = impossible
    ? [...declared, { id: 'possible', state: 'not-met', statement: `${spec.concept.meaning} ${impossible}` }]
    : declared;
  const { output: _tensor, conditions: _ids, ...about } = spec;
  // Without a condition nobody knows whether it holds: that is neither true nor false.
  const valid = own.length === 0 ? null : own.every(({ state }) => state === 'met');
  return [{ ...defined(about), value, valid, conditions: own }];
}

/** Whether a condition on the number allows one below zero, as of a change or a signed distance. */
function isSigned(conditions: readonly ConditionSpec[], { output }: MeasurementSpec): boolean {
  return conditions.some(
    (spec) => 'output' in spec && [spec.output].flat().includes(output) && (spec.minimum ?? 0) < 0,
  );
}

/** Without members that are undefined, which JSON would drop and strict types refuse. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function summaryOf(name: string, measurements: readonly Measurement[]): string {
  const all = measurements.length;
  if (all === 0) return `${name}: nothing could be measured on these images.`;
  const count = `${all} measurement${all === 1 ? '' : 's'}`;
  const outside = measurements.filter(({ valid }) => valid === false).length;
  const undeclared = measurements.filter(({ valid }) => valid === null).length;
  const which = (number: number) =>
    number === all ? (all === 1 ? 'it is' : 'all of them are') : `${number} of them`;
  const parts = [
    ...(outside > 0 ? [`${which(outside)} outside the conditions validated for`] : []),
    ...(undeclared > 0
      ? [
          `the model declares no conditions for ${undeclared === all ? (all === 1 ? 'it' : 'any of them') : `${undeclared} of them`}`,
        ]
      : []),
  ];
  return parts.length === 0
    ? `${name}: ${count}, each within the conditions it was validated for.`
    : `${name}: ${count}, ${parts.join('; ')}.`;
}
