import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DecodedFrame, Part10 } from '@prelector/dicom';
import { decodePixels, readPart10 } from '@prelector/dicom';

/** Where the shared DICOM files lie: beside the checkout. */
const ROOT = new URL('../../../shared/data/', import.meta.url).pathname;

/** Paths below the shared data folder of all files of a collection, its description apart. */
export function filesOf(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path))
    .sort()
    .filter((name) => !/\.(?:md|gz)$/u.test(name))
    .flatMap((name) => filesOf(join(path, name)));
}

export function bytesOf(path: string): Uint8Array {
  return readFileSync(join(ROOT, path));
}

export function read(path: string): Part10 {
  return readPart10(bytesOf(path));
}

export function decode(path: string, frame = 0): Promise<DecodedFrame> {
  return decodePixels(read(path), frame);
}

/** How many samples of two frames differ, and by how much at most. */
export function difference(a: DecodedFrame, b: DecodedFrame): { count: number; most: number } {
  if (a.pixels.length !== b.pixels.length)
    throw new Error(`${a.pixels.length} and ${b.pixels.length} samples`);
  let [count, most] = [0, 0];
  for (let index = 0; index < a.pixels.length; index++) {
    const difference = Math.abs((a.pixels[index] ?? 0) - (b.pixels[index] ?? 0));
    if (difference === 0) continue;
    count++;
    most = Math.max(most, difference);
  }
  return { count, most };
}
