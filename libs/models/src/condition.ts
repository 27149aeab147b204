import {
  compressionOf,
  statedNumbers,
  stringOf,
  tagOf,
  tags,
  type Compression,
  type Dataset,
} from '@prelector/dicom';
import type { Condition } from '@prelector/findings';
import { unitOfAttribute } from './attribute-units.js';
import { contrastOf, type StatedContrast } from './contrast.js';
import { modelError } from './errors.js';
import type { ConditionSpec } from './manifest-parts.js';
import type { NumberOutputs } from './output-numbers.js';
import { entryOutputs, type ReaderEntries } from './readers/reader-members.js';
import { placeOf } from './pattern.js';
import { impossible } from './positive-attributes.js';
import { statedTexts } from './stated-texts.js';
import { gapSize, gapText, sliceGap } from './slice-gap.js';
import { listed, numberBeside, together } from './words.js';

type AttributeCondition = Extract<ConditionSpec, { attribute: string }>;
type OutputCondition = Extract<ConditionSpec, { output: unknown }>;
type CompressionCondition = Extract<ConditionSpec, { compression: unknown }>;
type GapCondition = Extract<ConditionSpec, { geometry: unknown }>;
type State = Condition['state'];

/**
 * Judges every condition of a manifest on the attributes of the analysed images (one data set per image or
 * frame) and on the graph's numbers. An attribute that an image does not state leaves its condition
 * `unknown`, which counts as not met, and so does one that is unreadable; and a number
 * that the attribute cannot have (a slice thickness of 0). Contrast of which a CT states nothing at all counts as none,
 * and the statement says so. Statements never hold a measurement.
 */
export function evaluateConditions(
  manifest: ReaderEntries & { readonly conditions: readonly ConditionSpec[] },
  sample: readonly Dataset[],
  outputs: NumberOutputs,
  compressions: readonly Compression[] = sample.map((image) => compressionOf(image)),
): Condition[] {
  const measured = new Set(entryOutputs(manifest).map(({ output }) => output));
  return manifest.conditions.map((spec) => {
    if ('attribute' in spec) return judgeAttribute(spec, sample);
    if ('geometry' in spec) return judgeGap(spec, sample);
    return 'compression' in spec
      ? judgeCompression(spec, compressions)
      : judgeOutputs(spec, outputs, measured);
  });
}

/** One image that lost something, or of which nobody knows, is enough. */
function judgeCompression(spec: CompressionCondition, compressions: readonly Compression[]): Condition {
  const worst = (['yes', 'unknown'] as const).find((each) =>
    compressions.some(({ lossy }) => lossy === each),
  );
  const statement = `${spec.label} ${compressionText(compressions)} (validated ${bounds(spec)})`;
  return verdict(spec, worst === undefined ? 'met' : worst === 'yes' ? 'not-met' : 'unknown', statement);
}

function judgeGap(spec: GapCondition, sample: readonly Dataset[]): Condition {
  const measured = sliceGap(sample);
  const statement = `${spec.label} ${gapText(measured)} (validated ${bounds(spec)})`;
  if (measured.kind === 'unknown') return verdict(spec, 'unknown', statement);
  // As it is printed: decimal fractions are none in binary.
  return verdict(spec, Number(gapSize(measured)) <= spec.maximum ? 'met' : 'not-met', statement);
}

function judgeAttribute(spec: AttributeCondition, sample: readonly Dataset[]): Condition {
  if (spec.absent) return judgeContrast(spec, sample);
  return spec.oneOf ? judgeText(spec, spec.oneOf, sample) : judgeNumber(spec, sample);
}

function judgeContrast(spec: AttributeCondition, sample: readonly Dataset[]): Condition {
  const stated = sample.map((image) => contrastOf(image));
  const all = (what: keyof StatedContrast) => listed(stated.flatMap((each) => each[what]));
  const contradicts = ({ given, denied }: StatedContrast) => given.length > 0 && denied.length > 0;
  if (stated.some((each) => each.given.length > 0 && !contradicts(each))) {
    return verdict(spec, 'not-met', `${spec.label} ${all('given')} (validated without)`);
  }
  if (stated.some(contradicts)) {
    const statement = `${spec.label} contradictory: ${all('given')}, and ${all('denied')} (validated without)`;
    return verdict(spec, 'unknown', statement);
  }
  if (stated.some(({ unreadable }) => unreadable.length > 0)) {
    return verdict(spec, 'unknown', `${spec.label} not clear: ${all('unreadable')} (validated without)`);
  }
  const beside = all('denied') === '' ? '' : ` beside ${all('denied')}`;
  const ct = sample.length > 0 && sample.every((image) => stringOf(image, tags.Modality) === 'CT');
  return ct
    ? verdict(spec, 'met', `${spec.label} not stated${beside}, which counts as none`)
    : verdict(spec, 'unknown', `${spec.label} not stated${beside} (validated without)`);
}

function judgeNumber(spec: AttributeCondition, sample: readonly Dataset[]): Condition {
  const tag = tagOf(spec.attribute);
  const readings = sample.map((image) => statedNumbers(image, tag));
  const unreadable = readings.find((reading) => reading.kind === 'unreadable');
  if (unreadable) return notRead(spec, unreadable.shape);
  const stated = readings.filter((reading) => reading.kind === 'numbers');
  if (stated.length === 0) return notStated(spec, sample.length, sample.length);
  const [low, high] = rangeOf(stated.flatMap(({ values }) => values));
  const [least, most] = [low, high].map((each) => numberBeside(each, limitsOf(spec)));
  const value = low === high ? least : `${least} to ${most}`;
  const statement = `${spec.label} ${value}${unitOf(spec)} (validated ${bounds(spec)})`;
  const reason = impossible(spec.attribute, low);
  if (reason !== undefined) {
    return verdict(
      spec,
      'unknown',
      `${spec.label} ${value}${unitOf(spec)}, and ${reason} (validated ${bounds(spec)})`,
    );
  }
  if (!within(spec, low) || !within(spec, high)) return verdict(spec, 'not-met', statement);
  if (stated.length < sample.length) return notStated(spec, sample.length - stated.length, sample.length);
  return verdict(spec, 'met', statement);
}

function judgeText(
  spec: AttributeCondition,
  patterns: readonly string[],
  sample: readonly Dataset[],
): Condition {
  const tag = tagOf(spec.attribute);
  const readings = sample.map((image) => statedTexts(image, tag));
  const unreadable = readings.find((reading) => reading.kind === 'unreadable');
  if (unreadable) return notRead(spec, unreadable.shape);
  const stated = readings.flatMap((reading) => (reading.kind === 'texts' ? [reading.values] : []));
  if (stated.length === 0) return notStated(spec, sample.length, sample.length);
  const statement = `${spec.label} ${listed(stated.map((values) => values.join('/')))} (validated ${bounds(spec)})`;
  if (stated.some((values) => placeOf(values, patterns) < 0)) return verdict(spec, 'not-met', statement);
  if (stated.length < sample.length) return notStated(spec, sample.length - stated.length, sample.length);
  return verdict(spec, 'met', statement);
}

function judgeOutputs(
  spec: OutputCondition,
  outputs: NumberOutputs,
  measured: ReadonlySet<string>,
): Condition {
  const names = [spec.output].flat();
  const values = names.map((name) => {
    const value = outputs[name];
    if (value === undefined) throw modelError('model.output-missing', name);
    return value;
  });
  const validated = `(validated ${bounds(spec)})`;
  if (!values.every((value) => Number.isFinite(value))) {
    return verdict(spec, 'unknown', `${spec.label} could not be computed ${validated}`);
  }
  const met = values.every((value) => within(spec, value));
  // A condition on a measurement must not print it, whatever unit it is in: it may be withheld.
  const numbers = [...measured].flatMap((name) => outputs[name] ?? []);
  const tells = (value: number) => numbers.some((number) => sameFigures(value, number));
  if (names.some((name) => measured.has(name)) || values.some(tells)) {
    return verdict(
      spec,
      met ? 'met' : 'not-met',
      `${spec.label} ${met ? 'as' : 'not as'} validated (${bounds(spec)})`,
    );
  }
  const shown = values.map((value) => numberBeside(value, limitsOf(spec))).join(' and ');
  return verdict(spec, met ? 'met' : 'not-met', `${spec.label} ${shown}${unitOf(spec)} ${validated}`);
}

function notRead(spec: ConditionSpec, shape: string): Condition {
  return verdict(spec, 'unknown', `${spec.label} unreadable: ${shape} (validated ${bounds(spec)})`);
}

function notStated(spec: ConditionSpec, missing: number, all: number): Condition {
  const where = missing === all ? 'not stated' : `not stated on ${missing} of ${all} images`;
  return verdict(spec, 'unknown', `${spec.label} ${where} (validated ${bounds(spec)})`);
}

function within(
  spec: { minimum?: number | undefined; maximum?: number | undefined },
  value: number,
): boolean {
  const exact = (spec as Partial<OutputCondition>).equals;
  return (
    value >= (spec.minimum ?? -Infinity) &&
    value <= (spec.maximum ?? Infinity) &&
    (exact === undefined || value === exact)
  );
}

function bounds(spec: ConditionSpec): string {
  if (spec.validated !== undefined) return spec.validated;
  if ('attribute' in spec && spec.oneOf) return listed(spec.oneOf, 6);
  if ('compression' in spec) return 'without';
  const unit = unitOf(spec);
  const [minimum, maximum, equals] = limitsOf(spec);
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}${unit}`;
  if (maximum !== undefined) return `at most ${maximum}${unit}`;
  if (minimum !== undefined) return `at least ${minimum}${unit}`;
  return equals === undefined ? 'without' : `${equals}${unit}`;
}

function limitsOf(spec: ConditionSpec): (number | undefined)[] {
  const { minimum, maximum, equals } = spec as Partial<OutputCondition>;
  return [minimum, maximum, equals];
}

/**
 * True where a reader learns one number from another: equal to half a percent, sign and place of the point aside, as 27.1 L
 * is of 27135.7 mL.
 */
function sameFigures(one: number, other: number): boolean {
  if (one === 0 || other === 0) return one === other;
  const places = Math.log10(Math.abs(one / other));
  return Math.abs(10 ** (places - Math.round(places)) - 1) < 0.005;
}

/** What is known of the compression of images, each kind once. */
export function compressionText(compressions: readonly Compression[]): string {
  const words = compressions.map(({ statement }) => statement);
  return words.length === 0 ? 'not known' : together(words);
}

/** The smallest and the largest of any number of values: too many for one call of `Math.min`. */
function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Infinity,
    -Infinity,
  ] as [number, number]);
}

function unitOf(spec: ConditionSpec): string {
  const unit = spec.unit ?? ('attribute' in spec ? unitOfAttribute(spec.attribute) : undefined);
  return unit === undefined ? '' : ` ${unit}`;
}

function verdict({ id }: ConditionSpec, state: State, statement: string): Condition {
  return { id, state, statement };
}
