import {
  compressionOf,
  contentDigest,
  frameCount,
  frameDataset,
  numberOf,
  readPart10,
  stringOf,
  tags,
  type Compression,
  type Dataset,
  type DecodedFrame,
  type EncodedFrame,
  type Part10,
} from '@prelector/dicom';
import type { AnalysedSeries, SourceInstance } from '@prelector/findings';
import { digestOf, type Log } from '@prelector/kernel';
import {
  VolumeBuilder,
  isRead,
  numberOutputNames,
  numbersOfOutputs,
  readFindings,
  selectionTags,
  type Manifest,
  type OnnxModel,
  type Volume,
} from '@prelector/models';
import type { FrameDecoder } from './frame-decoder.js';
import { runError } from './errors.js';
import { InstanceCheck } from './instance-check.js';
import { geometryChange } from './geometry-change.js';
import { sourceOf } from './instance-source.js';
import { ownCopy } from './own-copy.js';
import type { ChildAnswer, RunnerJob, RunnerProgress } from './protocol.js';

/** What the child keeps between runs. */
export interface WarmModel {
  readonly manifest: Manifest;
  readonly model: OnnxModel;
}

/** What the images came to. */
interface Intake {
  readonly volume: Volume;
  readonly sample: readonly Dataset[];
  readonly compressions: readonly Compression[];
  readonly instanceDigests: Record<string, string>;
  readonly check: InstanceCheck;
  readonly fetchMs: number;
  readonly decodeMs: number;
}

/** Progress is told at most this often while instances arrive. */
const PROGRESS_STEPS = 20;

/**
 * One run, in the child: fetches the series part by part, checks each instance, decodes it into the volume,
 * runs the graph and reads its outputs as findings.
 */
export async function performRun(
  job: RunnerJob,
  warm: WarmModel,
  decoder: FrameDecoder,
  report: (progress: RunnerProgress) => void,
  log: Log,
): Promise<ChildAnswer> {
  const intake = await takeIn(job, warm.manifest, decoder, report, log);
  report({ stage: 'inferring' });
  const started = performance.now();
  const outputs = await warm.model.run(
    inputsOf(warm.manifest, intake.volume),
    numberOutputNames(warm.manifest),
  );
  const inferMs = performance.now() - started;
  return {
    findings: readFindings(warm.manifest, numbersOfOutputs(outputs), {
      series: analysedSeries(job, intake),
      sample: intake.sample,
      compressions: intake.compressions,
      notes: [...new Set([...(job.series.notes ?? []), ...intake.volume.notes])],
      facts: [
        { name: 'Slices analysed', value: String(intake.volume.order.length) },
        { name: 'Slice spacing', value: `${Number(intake.volume.spacing[0].toFixed(3))} mm` },
      ],
    }),
    identities: intake.check.identities,
    instanceDigests: intake.instanceDigests,
    timings: { fetchMs: intake.fetchMs, decodeMs: intake.decodeMs, inferMs },
  };
}

async function takeIn(
  job: RunnerJob,
  manifest: Manifest,
  decoder: FrameDecoder,
  report: (progress: RunnerProgress) => void,
  log: Log,
): Promise<Intake> {
  const total = job.series.instances.length;
  const check = new InstanceCheck(job);
  // The selection gives single slices in their order; several frames of one instance have none beforehand.
  const order = job.series.instances.map(({ sopInstanceUid }) => sopInstanceUid);
  const expected = job.series.slices === total ? order : undefined;
  const builder = new VolumeBuilder(manifest, job.series.slices ?? total, expected);
  const intake = new InstanceIntake(manifest, builder, decoder);
  const source = sourceOf(job, log);
  const started = performance.now();
  try {
    for await (const bytes of source.instances(job)) {
      const part10 = readPart10(bytes);
      const uid = check.take(part10.dataset);
      if (uid !== undefined) await intake.add(uid, part10);
      if (check.done % Math.ceil(total / PROGRESS_STEPS) === 0) {
        report({ stage: 'fetching', done: check.done, total });
      }
    }
    await intake.settle();
  } finally {
    await intake.abandon();
    await source.close();
  }
  check.finish();
  const volume = builder.finish();
  const change = geometryChange(job.series, volume);
  if (change !== undefined) throw runError('run.images-differ', change);
  const fetchMs = performance.now() - started - intake.decodeMs;
  const { sample, compressions, instanceDigests, decodeMs } = intake;
  return { volume, sample, compressions, instanceDigests, check, fetchMs: Math.max(0, fetchMs), decodeMs };
}

/** Decodes instances into the volume, a few compressed frames at a time. */
class InstanceIntake {
  readonly sample: Dataset[] = [];
  readonly compressions: Compression[] = [];
  readonly instanceDigests: Record<string, string> = {};
  decodeMs = 0;
  readonly #tags: readonly string[];
  readonly #selection: Manifest['input']['selection'];
  readonly #builder: VolumeBuilder;
  readonly #decoder: FrameDecoder;
  readonly #inFlight: Promise<unknown>[] = [];

  constructor(manifest: Manifest, builder: VolumeBuilder, decoder: FrameDecoder) {
    this.#tags = selectionTags(manifest);
    this.#selection = manifest.input.selection;
    this.#builder = builder;
    this.#decoder = decoder;
  }

  async add(uid: string, part10: Part10): Promise<void> {
    const started = performance.now();
    const count = frameCount(part10.dataset);
    const read = Array.from({ length: count }, (_, index) => ({
      index,
      attributes: ownCopy(pick(frameDataset(part10.dataset, index), this.#tags)),
    })).filter(({ attributes }) => isRead(this.#selection, attributes));
    if (read.length === 0)
      throw runError('run.images-differ', 'an image is of a type that the model does not read');
    const digests: string[] = [];
    let placed = 0;
    for (const { index, attributes } of read) {
      this.sample.push(attributes);
      this.compressions.push(compressionOf(attributes, encodedFrame(part10, index)));
      const place = (frame: DecodedFrame) => {
        digests[index] = contentDigest(frame.pixels, attributes, [...this.#tags]);
        this.#builder.add({ sopInstanceUid: uid, attributes, frame, ...(count > 1 ? { index } : {}) });
        if (++placed < read.length) return;
        const own = digests.filter((digest) => digest !== undefined);
        this.instanceDigests[uid] = count === 1 ? (own[0] as string) : digestOf(own);
      };
      const decoded = this.#decoder.decode(part10, index).then(place);
      // A native frame is a view of the instance's bytes, which are gone when the next one is asked for.
      await (part10.pixelData?.encapsulated ? this.#queue(decoded) : decoded);
    }
    this.decodeMs += performance.now() - started;
  }

  /** Waits for what is still being decoded; throws its first failure. */
  async settle(): Promise<void> {
    const started = performance.now();
    await Promise.all(this.#inFlight.splice(0));
    this.decodeMs += performance.now() - started;
  }

  /** Waits for what is still being decoded, whatever it comes to: after a failure nothing more is wanted. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#inFlight.splice(0));
  }

  async #queue(work: Promise<void>): Promise<void> {
    this.#inFlight.push(work);
    // Its failure is thrown where it is awaited; until then it must not count as unhandled.
    work.catch(() => undefined);
    if (this.#inFlight.length >= this.#decoder.width) await this.#inFlight.shift();
  }
}

function encodedFrame({ transferSyntaxUid, pixelData }: Part10, index: number): EncodedFrame | undefined {
  return pixelData?.encapsulated ? { transferSyntaxUid, stream: pixelData.frames[index] } : undefined;
}

function pick(dataset: Dataset, tags: readonly string[]): Dataset {
  return Object.fromEntries(tags.flatMap((tag) => (dataset[tag] === undefined ? [] : [[tag, dataset[tag]]])));
}

function inputsOf({ input }: Manifest, volume: Volume) {
  const { tensor, spacing } = input.volume;
  return {
    [tensor]: volume.tensor,
    ...(spacing === undefined
      ? {}
      : { [spacing]: { type: 'float32' as const, dims: [3], data: Float32Array.from(volume.spacing) } }),
  };
}

/** The series as analysed: its instances in the order of the slices. */
function analysedSeries({ series }: RunnerJob, { volume, check }: Intake): AnalysedSeries {
  const byUid = new Map(series.instances.map((instance) => [instance.sopInstanceUid, instance]));
  const instances = [...new Set(volume.order)].map((uid) => byUid.get(uid) as SourceInstance);
  const seriesDescription = stringOf(check.first, tags.SeriesDescription);
  const seriesNumber = numberOf(check.first, tags.SeriesNumber);
  return {
    seriesInstanceUid: series.seriesInstanceUid,
    modality: stringOf(check.first, tags.Modality) ?? '',
    ...(seriesDescription === undefined ? {} : { seriesDescription }),
    ...(seriesNumber !== undefined && Number.isInteger(seriesNumber) ? { seriesNumber } : {}),
    why: series.why,
    instances,
  };
}
