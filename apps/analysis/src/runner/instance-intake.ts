import {
  compressionOf,
  contentDigest,
  frameCount,
  frameDataset,
  type Compression,
  type Dataset,
  type DecodedFrame,
  type EncodedFrame,
  type Part10,
} from '@prelector/dicom';
import { digestOf } from '@prelector/kernel';
import { isRead, selectionTags, type InputWork, type Manifest, type ModelInput } from '@prelector/models';
import { runError } from './errors.js';
import type { FrameDecoder } from './frame-decoder.js';
import { ownCopy } from './own-copy.js';

/** Decodes the instances of a series into what the model is fed, a few compressed frames at a time. */
export class InstanceIntake {
  readonly sample: Dataset[] = [];
  readonly compressions: Compression[] = [];
  readonly instanceDigests: Record<string, string> = {};
  decodeMs = 0;
  readonly #tags: readonly string[];
  readonly #selection: ModelInput['selection'];
  readonly #work: InputWork;
  readonly #decoder: FrameDecoder;
  readonly #inFlight: Promise<unknown>[] = [];

  constructor(manifest: Manifest, { selection }: ModelInput, work: InputWork, decoder: FrameDecoder) {
    this.#tags = selectionTags(manifest);
    this.#selection = selection;
    this.#work = work;
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
        this.#work.add({ sopInstanceUid: uid, attributes, frame, ...(count > 1 ? { index } : {}) });
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
