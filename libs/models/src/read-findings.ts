import {
  compressionOf,
  multiEnergyOf,
  statedNumbers,
  stringsOf,
  tagOf,
  vrOf,
  type Compression,
  type Dataset,
} from '@prelector/dicom';
import { groupName, measurementName } from '@prelector/evidence';
import {
  FINDINGS_VERSION,
  type AnalysedSeries,
  type Condition,
  type Findings,
  type Measurement,
  type MeasurementGroup,
} from '@prelector/findings';
import { unitOfAttribute } from './attribute-units.js';
import { compressionText, evaluateConditions, type NumberOutputs } from './condition.js';
import { modelError } from './errors.js';
import { impossibleMeasurement } from './measured-kind.js';
import type { Manifest } from './manifest.js';
import type { TensorValue } from './onnx-model.js';
import { listed, plainNumber, together, wordsOfKeyword } from './words.js';

/** What a run knows beside the graph's outputs. */
export interface FindingsContext {
  readonly series: AnalysedSeries;
  /** The attributes of the analysed images, one data set per image or frame. */
  readonly sample: readonly Dataset[];
  /** How each of them was compressed; by default as their attributes say. */
  readonly compressions?: readonly Compression[];
  /** Remarks on the input, e.g. of the volume. */
  readonly notes?: readonly string[];
  /** Facts beside those of the manifest, e.g. the slice spacing that was measured. */
  readonly facts?: Findings['facts'];
}

type MeasurementSpec = Manifest['groups'][number]['measurements'][number];

/** The outputs of a graph that measurements and conditions read, each once. */
export function numberOutputNames(manifest: Manifest): string[] {
  const conditions = manifest.conditions.flatMap((spec) => ('output' in spec ? [spec.output].flat() : []));
  const measurements = manifest.groups.flatMap(({ measurements }) =>
    measurements.map(({ output }) => output),
  );
  return [...new Set([...measurements, ...conditions])];
}

/** One-element tensors as numbers; throws `model.output-not-a-number` for any other. */
export function numbersOfOutputs(outputs: Readonly<Record<string, TensorValue>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]) => {
      if (data.length !== 1) throw modelError('model.output-not-a-number', `${name} [${dims.join(', ')}]`);
      return [name, Number(data[0])];
    }),
  );
}

/**
 * What the graph's numbers say: measurements with the conditions under which they hold, the facts that every
 * report states, and remarks. A number that is not finite becomes a note, not a measurement. The outcome is
 * `measured`, also when no measurement is valid, and `failed` when not one could be computed.
 */
export function readFindings(manifest: Manifest, outputs: NumberOutputs, context: FindingsContext): Findings {
  const compressions = context.compressions ?? context.sample.map((image) => compressionOf(image));
  const conditions = evaluateConditions(manifest, context.sample, outputs, compressions);
  const byId = new Map(conditions.map((condition) => [condition.id, condition]));
  const groups = manifest.groups.map((group): MeasurementGroup => {
    const { measurements, ...about } = group;
    return {
      ...defined(about),
      measurements: measurements.flatMap((spec) => measurementOf(manifest, spec, outputs, byId)),
    };
  });
  const measurements = groups.flatMap((group) => group.measurements);
  const computed = new Set(measurements.map(({ key }) => key));
  const failures = manifest.groups.flatMap((group) =>
    group.measurements
      .filter(({ key }) => !computed.has(key))
      .map(
        (spec) =>
          `${groupName(defined(group))}: ${measurementName(defined(spec))} could not be computed on these images`,
      ),
  );
  return {
    version: FINDINGS_VERSION,
    outcome: measurements.length === 0 ? 'failed' : 'measured',
    summary: summaryOf(manifest, measurements),
    groups: groups.filter((group) => group.measurements.length > 0),
    series: [context.series],
    facts: [
      ...factsOf(manifest, context.sample),
      ...sourceFacts(context.sample, compressions),
      ...(context.facts ?? []),
    ],
    notes: [...(context.notes ?? []), ...failures, ...assumptions(conditions)],
  };
}

function measurementOf(
  manifest: Manifest,
  spec: MeasurementSpec,
  outputs: NumberOutputs,
  conditions: ReadonlyMap<string, Condition>,
): Measurement[] {
  const value = outputs[spec.output];
  if (value === undefined) throw modelError('model.output-missing', spec.output);
  if (!Number.isFinite(value)) return [];
  const declared = spec.conditions.map((id) => conditions.get(id) as Condition);
  const impossible = impossibleMeasurement(value, spec.unit, isSigned(manifest, spec));
  const own: Condition[] = impossible
    ? [...declared, { id: 'possible', state: 'not-met', statement: `${spec.concept.meaning} ${impossible}` }]
    : declared;
  const { output: _tensor, conditions: _ids, ...about } = spec;
  // Without a condition nobody knows whether it holds: that is neither true nor false.
  const valid = own.length === 0 ? null : own.every(({ state }) => state === 'met');
  return [{ ...defined(about), value, valid, conditions: own }];
}

/** Whether a condition on the number allows one below zero, as of a change or a signed distance. */
function isSigned({ conditions }: Manifest, { output }: MeasurementSpec): boolean {
  return conditions.some(
    (spec) => 'output' in spec && [spec.output].flat().includes(output) && (spec.minimum ?? 0) < 0,
  );
}

/** Without members that are undefined, which JSON would drop and strict types refuse. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function summaryOf(manifest: Manifest, measurements: readonly Measurement[]): string {
  const all = measurements.length;
  if (all === 0) return `${manifest.name}: nothing could be measured on these images.`;
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
    ? `${manifest.name}: ${count}, each within the conditions it was validated for.`
    : `${manifest.name}: ${count}, ${parts.join('; ')}.`;
}

/** What every report states of the images, whatever the manifest says: loss, and a spectrum of its own. */
function sourceFacts(sample: readonly Dataset[], compressions: readonly Compression[]): Findings['facts'] {
  const energies = sample.map(multiEnergyOf).filter((energy) => energy !== undefined);
  return [
    { name: 'Lossy compression', value: compressionText(compressions) },
    ...(energies.length > 0 ? [{ name: 'Multi-energy', value: together(energies) }] : []),
  ];
}

function factsOf(manifest: Manifest, sample: readonly Dataset[]): Findings['facts'] {
  return manifest.facts.map((fact) => {
    const attribute = typeof fact === 'string' ? fact : fact.attribute;
    const label = typeof fact === 'string' ? undefined : fact.label;
    const unit = (typeof fact === 'string' ? undefined : fact.unit) ?? unitOfAttribute(attribute);
    const values = sample.map((image) => textOf(image, tagOf(attribute))).filter((text) => text !== '');
    const isRead = values.every((text) => !text.startsWith('unreadable'));
    const value = values.length === 0 ? 'not stated' : `${listed(values)}${unit && isRead ? ` ${unit}` : ''}`;
    return { name: label ?? wordsOfKeyword(attribute), value };
  });
}

/** The values of an attribute as one text; decimal strings as people write numbers (`5`, not `5.00`). */
function textOf(image: Dataset, tag: string): string {
  if (!['DS', 'IS'].includes(vrOf(tag))) return stringsOf(image, tag).join('/');
  const reading = statedNumbers(image, tag);
  if (reading.kind === 'absent') return '';
  if (reading.kind === 'unreadable') return `unreadable: ${reading.shape}`;
  return reading.values.map((value) => plainNumber(value, 6)).join('/');
}

/** What was taken as met without being stated must be said, even where nothing is outside its conditions. */
function assumptions(conditions: readonly Condition[]): string[] {
  return conditions
    .filter(({ state, statement }) => state === 'met' && statement.includes('counts as none'))
    .map(({ statement }) => statement);
}
