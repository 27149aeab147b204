import { parentPort } from 'node:worker_threads';
import { decodePixels, type DecodedFrame } from '@prelector/dicom';
import { asPrelectorError } from '@prelector/kernel';
import type { DecodeReply, DecodeRequest } from './frame-decoder.js';

/** A thread of a runner that decodes compressed frames, one after the other. */
parentPort?.on('message', (request: DecodeRequest) => void answer(request));

async function answer(request: DecodeRequest): Promise<void> {
  const reply = await decode(request);
  const transfer = 'frame' in reply ? [reply.frame.pixels.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(reply, transfer);
}

async function decode({
  id,
  transferSyntaxUid,
  dataset,
  vr,
  codestream,
}: DecodeRequest): Promise<DecodeReply> {
  try {
    const pixelData = { frames: [codestream], encapsulated: true, vr };
    const frame = await decodePixels({ meta: {}, dataset, transferSyntaxUid, pixelData });
    return { id, frame: withOwnBuffer(frame) };
  } catch (thrown) {
    const { code, recovery, message } = asPrelectorError(thrown);
    return { id, failure: { code, recovery, message } };
  }
}

/** Pixels that are a view of a codec's memory must not be handed over with all of it. */
function withOwnBuffer(frame: DecodedFrame): DecodedFrame {
  const { pixels } = frame;
  return pixels.byteLength === pixels.buffer.byteLength ? frame : { ...frame, pixels: pixels.slice() };
}
