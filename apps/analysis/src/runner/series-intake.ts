import { numberOf, readPart10, stringOf, tags, type Compression, type Dataset } from '@prelector/dicom';
import type { AnalysedSeries, SourceInstance } from '@prelector/findings';
import type { MadeInput, Manifest, ModelInput } from '@prelector/models';
import { runError } from './errors.js';
import type { FrameDecoder } from './frame-decoder.js';
import { geometryChange } from './geometry-change.js';
import { InstanceCheck, type SeenIdentities } from './instance-check.js';
import { InstanceIntake } from './instance-intake.js';
import type { InstanceSource } from './instance-source.js';
import type { RunSeries } from './protocol.js';

/** What the images of one series came to. */
export interface SeriesIntake {
  readonly made: MadeInput;
  /** The series as analysed, its instances in the order of the images. */
  readonly analysed: AnalysedSeries;
  /** Remarks of its selection and of what was made of it. */
  readonly notes: readonly string[];
  /** Attributes, one data set per image or frame, and how each was compressed. */
  readonly sample: readonly Dataset[];
  readonly compressions: readonly Compression[];
  readonly instanceDigests: Readonly<Record<string, string>>;
  readonly fetchMs: number;
  readonly decodeMs: number;
}

/** What the series of a run share. */
export interface Intake {
  readonly studyInstanceUid: string;
  readonly manifest: Manifest;
  readonly source: InstanceSource;
  readonly decoder: FrameDecoder;
  readonly identities: SeenIdentities;
  /** Hears how many instances of the series have come. */
  readonly came: (done: number) => void;
}

/** Fetches one series part by part, checks each instance and decodes it into what the model is fed. */
export async function takeInSeries(
  series: RunSeries,
  input: ModelInput,
  { studyInstanceUid, manifest, source, decoder, identities, came }: Intake,
): Promise<SeriesIntake> {
  const total = series.instances.length;
  const check = new InstanceCheck(studyInstanceUid, series, identities);
  // The selection gives single slices in their order; several frames of one instance have none beforehand.
  const order = series.instances.map(({ sopInstanceUid }) => sopInstanceUid);
  const isInOrder = series.slices === total;
  const work = input.begin({ images: series.slices ?? total, order: isInOrder ? order : undefined });
  const intake = new InstanceIntake(manifest, input, work, decoder);
  const started = performance.now();
  try {
    for await (const bytes of source.instances(studyInstanceUid, series)) {
      const part10 = readPart10(bytes);
      const uid = check.take(part10.dataset);
      if (uid !== undefined) await intake.add(uid, part10);
      came(check.done);
    }
    await intake.settle();
  } finally {
    await intake.abandon();
  }
  check.finish();
  const made = work.finish();
  const change = geometryChange(series, made.assembled);
  if (change !== undefined) throw runError('run.images-differ', change);
  const { sample, compressions, instanceDigests, decodeMs } = intake;
  const fetchMs = Math.max(0, performance.now() - started - decodeMs);
  const notes = [...(series.notes ?? []), ...made.assembled.notes];
  const analysed = analysedSeries(series, made, check.first);
  return { made, analysed, notes, sample, compressions, instanceDigests, fetchMs, decodeMs };
}

function analysedSeries(series: RunSeries, { assembled }: MadeInput, first: Dataset): AnalysedSeries {
  const byUid = new Map(series.instances.map((instance) => [instance.sopInstanceUid, instance]));
  const instances = [...new Set(assembled.order)].map((uid) => byUid.get(uid) as SourceInstance);
  const seriesDescription = stringOf(first, tags.SeriesDescription);
  const seriesNumber = numberOf(first, tags.SeriesNumber);
  return {
    seriesInstanceUid: series.seriesInstanceUid,
    modality: stringOf(first, tags.Modality) ?? '',
    ...(seriesDescription === undefined ? {} : { seriesDescription }),
    ...(seriesNumber !== undefined && Number.isInteger(seriesNumber) ? { seriesNumber } : {}),
    why: series.why,
    instances,
  };
}
