import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePart10 } from '@prelector/dicom';
import { ctImage, sopInstanceUidOf, type CtHeader } from './ct-image.js';
import { phantomError } from './errors.js';
import type { PhantomIdentity } from './identity.js';
import { Scan } from './scan.js';
import type { LungTruth } from './tally.js';

/** What `truth.json` says: who the phantom is, how it was scanned, and what is in it. */
export interface PhantomTruth extends LungTruth {
  readonly kind: 'chest-ct';
  readonly seed: number;
  readonly identity: PhantomIdentity;
  readonly acquisition: {
    readonly slices: number;
    readonly spacingMm: number;
    readonly thicknessMm: number;
    readonly pixelSpacingMm: number;
    readonly kernel: string;
    readonly contrastAgent: string | null;
  };
  /** False when the scan ends below the apices. */
  readonly wholeLung: boolean;
  readonly sopInstanceUids: readonly string[];
}

export interface WriteOptions {
  readonly wholeLung: boolean;
  /** Called after each slice. */
  readonly onSlice?: ((done: number, of: number) => void) | undefined;
}

/**
 * Writes a study of one series into a new or empty folder: `IM0001.dcm` (the highest slice) and on, then
 * `truth.json`, so that a folder without it is one that was cut off.
 *
 * @throws `phantom.folder-not-empty`; what the file system says.
 */
export async function writeStudy(
  folder: string,
  header: CtHeader,
  { wholeLung, onSlice }: WriteOptions,
): Promise<PhantomTruth> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw phantomError('phantom.folder-not-empty', folder);
  const { plan, identity } = header;
  const scan = new Scan(plan);
  for (let slice = 0; slice < plan.slices; slice += 1) {
    const file = `IM${String(plan.slices - slice).padStart(4, '0')}.dcm`;
    await writeFile(join(folder, file), encodePart10(ctImage(header, slice, scan.slice(slice))));
    onSlice?.(slice + 1, plan.slices);
  }
  const truth = truthOf(header, scan.tally.truth(), wholeLung);
  await writeFile(join(folder, 'truth.json'), `${JSON.stringify(truth, undefined, 2)}\n`);
  return truth;

  function truthOf(made: CtHeader, lung: LungTruth, whole: boolean): PhantomTruth {
    return {
      kind: 'chest-ct',
      seed: plan.seed,
      identity,
      acquisition: {
        slices: plan.slices,
        spacingMm: plan.spacing,
        thicknessMm: plan.thickness,
        pixelSpacingMm: plan.pixelSpacing,
        kernel: made.kernel,
        contrastAgent: made.contrastAgent ?? null,
      },
      wholeLung: whole,
      ...lung,
      sopInstanceUids: Array.from({ length: plan.slices }, (_, slice) => sopInstanceUidOf(identity, slice)),
    };
  }
}
