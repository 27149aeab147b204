import { numberOf, tags, type Dataset } from '@prelector/dicom';
import type { Manifest } from './manifest.js';
import { inputsOf } from './model-inputs.js';
import { entryBytes } from './readers/reader-members.js';
import { refused, type FittingSeries, type Refusal } from './series.js';
import type { ImageSize } from './steps/input-step.js';

const MIB = 1024 ** 2;

/** Bytes that the steps and the readers of a manifest hold for a series of a size: the least that a run of it takes. */
export function memoryNeed(manifest: Manifest, size: ImageSize): number {
  const inputs = inputsOf(manifest).reduce((sum, input) => sum + input.bytes(size), 0);
  return inputs + entryBytes(manifest, size.images * size.rows * size.columns);
}

/** A series that fits, unless what has to be held of it alone is more than the package may take. */
export function memoryRefusal(manifest: Manifest, verdict: FittingSeries | Refusal): FittingSeries | Refusal {
  if ('why' in verdict) return verdict;
  const need = Math.ceil(memoryNeed(manifest, sizeOf(verdict.images)) / MIB);
  if (need <= manifest.memoryMiB) return verdict;
  return refused(`it takes ${need} MiB by itself, and a run of the model may take ${manifest.memoryMiB} MiB`);
}

/** Of images, or frames, of one size. */
export function sizeOf(images: readonly Dataset[]): ImageSize {
  const first = images[0] as Dataset;
  return {
    images: images.length,
    rows: numberOf(first, tags.Rows) ?? 0,
    columns: numberOf(first, tags.Columns) ?? 0,
  };
}
