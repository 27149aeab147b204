import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { decodePixels, type Dataset, type DecodedFrame, type Part10 } from '@prelector/dicom';
import { PrelectorError, type Recovery } from '@prelector/kernel';
import { childEntry } from './child-entry.js';

/** To a decoding thread: what one compressed frame is and how it is coded. */
export interface DecodeRequest {
  readonly id: number;
  readonly transferSyntaxUid: string;
  /** The attributes that describe the pixels (group 0028), nothing of the patient. */
  readonly dataset: Dataset;
  readonly vr: string;
  readonly codestream: Uint8Array;
}

export type DecodeReply =
  | { readonly id: number; readonly frame: DecodedFrame }
  | { readonly id: number; readonly failure: { code: string; recovery: Recovery; message: string } };

interface Waiting {
  readonly resolve: (frame: DecodedFrame) => void;
  readonly reject: (reason: Error) => void;
}

/** Threads that decode beside the one that reads. */
const MOST_THREADS = 4;

/**
 * Decodes frames: native ones in line, where a copy is all it takes; compressed ones in a few threads that
 * start with the first of them and stay for the next run.
 */
export class FrameDecoder {
  readonly #size: number;
  readonly #threads: { worker: Worker; load: number }[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(size = Math.min(MOST_THREADS, availableParallelism())) {
    this.#size = size;
  }

  /** How many frames it is worth handing in before one is awaited. */
  get width(): number {
    return this.#size + 1;
  }

  decode(part10: Part10, frame: number): Promise<DecodedFrame> {
    const { pixelData } = part10;
    if (pixelData === undefined || !pixelData.encapsulated || pixelData.beside)
      return decodePixels(part10, frame);
    // Let the lib name what is wrong when the frames do not fit the attributes.
    const codestream = pixelData.frames[frame];
    if (codestream === undefined) return decodePixels(part10, frame);
    const { promise, resolve, reject } = Promise.withResolvers<DecodedFrame>();
    const id = this.#next++;
    this.#waiting.set(id, { resolve, reject });
    const thread = this.#leastLoaded();
    thread.load++;
    // A copy of its own, so that it can be handed over instead of copied again.
    const own = new Uint8Array(codestream);
    const dataset = pixelAttributes(part10.dataset);
    const request: DecodeRequest = {
      id,
      transferSyntaxUid: part10.transferSyntaxUid,
      dataset,
      vr: pixelData.vr,
      codestream: own,
    };
    thread.worker.postMessage(request, [own.buffer]);
    return promise.finally(() => thread.load--);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  #leastLoaded() {
    if (this.#threads.length < this.#size && this.#threads.every(({ load }) => load > 0)) {
      const worker = new Worker(childEntry('decode-worker'));
      worker.on('message', (reply: DecodeReply) => this.#hear(reply));
      worker.on('error', (error) => this.#failAll(error as Error));
      this.#threads.push({ worker, load: 0 });
    }
    return this.#threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
  }

  #hear(reply: DecodeReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('frame' in reply) waiting?.resolve(reply.frame);
    else
      waiting?.reject(new PrelectorError(reply.failure.code, reply.failure.recovery, reply.failure.message));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    void this.close();
  }
}

function pixelAttributes(dataset: Dataset): Dataset {
  const kept = Object.entries(dataset).filter(([tag]) => tag.startsWith('0028') && tag !== '00280008');
  return Object.fromEntries(kept);
}
