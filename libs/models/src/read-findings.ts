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
import { FINDINGS_VERSION, type AnalysedSeries, type Condition, type Findings } from '@prelector/findings';
import { unitOfAttribute } from './attribute-units.js';
import { compressionText, evaluateConditions } from './condition.js';
import type { Manifest } from './manifest.js';
import type { TensorValue } from './onnx-model.js';
import { numbersOfOutputs } from './output-numbers.js';
import { oneNumber } from './output-shape.js';
import { wantedOutputs } from './read-outputs.js';
import { combineReadings } from './readers/combine-readings.js';
import type { MadeArtifact } from './readers/output-reader.js';
import { statedReaders } from './readers/reader-members.js';
import type { MadeInput } from './steps/input-step.js';
import { listed, plainNumber, together, wordsOfKeyword } from './words.js';

/** What a run knows beside the graph's outputs. */
export interface FindingsContext {
  /** Those that were analysed, in the order of the roles. */
  readonly series: readonly AnalysedSeries[];
  /** The attributes of the analysed images, one data set per image or frame. */
  readonly sample: readonly Dataset[];
  /** How each of them was compressed; by default as their attributes say. */
  readonly compressions?: readonly Compression[];
  /** Remarks on the input, e.g. of the volume. */
  readonly notes?: readonly string[];
  /** What the graph was fed, by role. */
  readonly inputs?: ReadonlyMap<string, MadeInput>;
  /** Facts beside those of the manifest, e.g. the slice spacing that was measured. */
  readonly facts?: Findings['facts'];
}

/** What a run says: its findings, and the bytes that they name. */
export interface Readings {
  readonly findings: Findings;
  readonly artifacts: readonly MadeArtifact[];
}

/** The outputs of a graph that a run reads, each once. */
export function outputNames(manifest: Manifest): string[] {
  return [...new Set(wantedOutputs(manifest).map(({ output }) => output))];
}

/** Those of them that are one number each, as measurements and conditions read them. */
export function numberOutputNames(manifest: Manifest): string[] {
  const numbers = wantedOutputs(manifest).filter(({ as }) => as === oneNumber);
  return [...new Set(numbers.map(({ output }) => output))];
}

/**
 * What the outputs of the graph say, by the readers that the manifest has entries for, with the conditions under which
 * it holds, the facts that every report states, and remarks.
 */
export function readFindings(
  manifest: Manifest,
  outputs: Readonly<Record<string, TensorValue>>,
  context: FindingsContext,
): Readings {
  const compressions = context.compressions ?? context.sample.map((image) => compressionOf(image));
  const numbers = numbersOfOutputs(outputs, numberOutputNames(manifest));
  const conditions = evaluateConditions(manifest, context.sample, numbers, compressions);
  const readings = statedReaders(manifest).map(({ reader, entries }) =>
    reader.read(entries, outputs, {
      name: manifest.name,
      declared: manifest.conditions,
      conditions: new Map(conditions.map((condition) => [condition.id, condition])),
      inputs: context.inputs ?? new Map(),
    }),
  );
  const { outcome, summary, groups, notes, artifacts } = combineReadings(readings);
  const findings: Findings = {
    version: FINDINGS_VERSION,
    outcome,
    summary,
    groups: [...groups],
    series: [...context.series],
    facts: [
      ...factsOf(manifest, context.sample),
      ...sourceFacts(context.sample, compressions),
      ...(context.facts ?? []),
    ],
    notes: [...(context.notes ?? []), ...notes, ...assumptions(conditions)],
  };
  return { findings, artifacts };
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
