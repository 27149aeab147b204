import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../faults/fault.js';
import type { Faults } from '../faults/fault-book.js';
import type { Piece } from './body.js';

/** Says to the server how the connection is to end in the middle of a body. */
export class BodyCut extends Error {
  constructor(readonly how: 'close' | 'reset') {
    super('cut');
  }
}

/** The bytes of a body as the faults of its request let them through. */
export async function* faultyBody(pieces: AsyncIterable<Piece>, faults: Faults): AsyncGenerator<Uint8Array> {
  const cut = faults.of('cut-off', 'reset');
  const hang = placed(faults.of('hang'));
  const tiny = faults.all.some(({ shape }) => shape === 'tiny-chunks');
  const drip = faults.of('slow-drip') ?? (tiny ? unhurried : undefined);
  let passed = 0;
  for await (const piece of pieces) {
    const stop = cut ?? hang;
    const room = stop ? roomFor(stop, piece, passed) : piece.bytes.length;
    passed += Math.min(room, piece.bytes.length);
    yield* dripping(piece.bytes.subarray(0, room), drip);
    if (!stop || (room >= piece.bytes.length && !endsHere(stop, piece))) continue;
    if (hang && !cut) await sleep((hang.seconds ?? 3600) * 1000, undefined, { ref: false });
    else if (cut?.how === 'end') return;
    else throw new BodyCut(cut?.kind === 'reset' || cut?.how === 'reset' ? 'reset' : 'close');
  }
}

/** Many small chunks, one after the other at once. */
const unhurried: Fault = { kind: 'slow-drip', bytesPerSecond: 0 };
const tinyBytes = 777;

/** A hang with no place of its own is over before the body begins. */
function placed(hang: Fault | undefined): Fault | undefined {
  return hang?.afterBytes === undefined && hang?.afterParts === undefined ? undefined : hang;
}

/** How many bytes of a piece still pass. A cut with no place of its own is in the middle of the first part. */
function roomFor({ afterBytes, afterParts }: Fault, { bytes, part }: Piece, passed: number): number {
  if (afterBytes !== undefined) return Math.min(bytes.length, Math.max(0, afterBytes - passed));
  if (afterParts !== undefined) return part > afterParts ? 0 : bytes.length;
  return passed > 0 ? Math.floor(bytes.length / 2) : bytes.length;
}

function endsHere({ afterBytes, afterParts }: Fault, { ends, part }: Piece): boolean {
  return afterBytes === undefined && afterParts !== undefined && part >= afterParts && ends === true;
}

async function* dripping(bytes: Uint8Array, drip: Fault | undefined): AsyncGenerator<Uint8Array> {
  if (!drip) {
    if (bytes.length > 0) yield bytes;
    return;
  }
  const { bytesPerSecond: perSecond = 1024 } = drip;
  const step = perSecond > 0 ? Math.ceil(perSecond / 10) : tinyBytes;
  for (let at = 0; at < bytes.length; at += step) {
    yield bytes.subarray(at, at + step);
    if (perSecond > 0) await sleep((step / perSecond) * 1000, undefined, { ref: false });
  }
}
