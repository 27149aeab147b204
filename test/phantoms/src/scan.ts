import { Anatomy, CUT_APEX_MM, HEIGHT_MM } from './anatomy.js';
import { Random } from './random.js';
import { attenuation, ENHANCED_BLOOD, tissue } from './tissue.js';
import { Tally } from './tally.js';

/** Taken once: looking a global up is slow where a test runs this in a realm of its own. */
const { abs, ceil, floor, max, round } = Math;

/** What is scanned and how. Lengths in mm, densities in HU. */
export interface ScanPlan {
  readonly seed: number;
  /** Rows and columns. */
  readonly pixels: number;
  readonly slices: number;
  /** Distance between slice centres. */
  readonly spacing: number;
  readonly thickness: number;
  readonly pixelSpacing: number;
  readonly noise: number;
  readonly contrast: boolean;
}

/** The choices a person makes; what is left out takes the value that meets every condition. */
export interface ScanChoices {
  readonly seed: number;
  readonly pixels?: number | undefined;
  readonly slices?: number | undefined;
  readonly thickness?: number | undefined;
  readonly noise?: number | undefined;
  readonly contrast?: boolean | undefined;
  readonly cutApex?: boolean | undefined;
}

const FIELD_MM = 358.4;
/** The table lies behind the patient, so the field of view is centred a little that way. */
const FIELD_BACK_MM = 20;
const SUBSAMPLES = 3;
const SUBSAMPLE_MM = 0.7;
const NOISE_TABLE = 1 << 16;

/** Completes the choices: 250 slices of 1.25 mm, 256 x 256 pixels of 1.4 mm, 12 HU of noise. */
export function planScan(choices: ScanChoices): ScanPlan {
  const height = choices.cutApex === true ? CUT_APEX_MM : HEIGHT_MM;
  const slices = choices.slices ?? round(height / (choices.thickness ?? 1.25));
  const pixels = choices.pixels ?? 256;
  return {
    seed: choices.seed,
    pixels,
    slices,
    spacing: height / slices,
    thickness: choices.thickness ?? height / slices,
    pixelSpacing: FIELD_MM / pixels,
    noise: choices.noise ?? 12,
    contrast: choices.contrast ?? false,
  };
}

/** Centre of the first pixel of a slice in the phantom's own coordinates (see `Anatomy`), mm. */
export function originOf(plan: ScanPlan, slice: number): [number, number, number] {
  const half = ((plan.pixels - 1) / 2) * plan.pixelSpacing;
  return [-half, FIELD_BACK_MM - half, (slice + 0.5) * plan.spacing];
}

/**
 * A made scanner: gives slices in HU, feet to head, and keeps the geometric truth of what they show. A voxel
 * is the mean of the points it covers, over its whole thickness; noise is white and normal.
 */
export class Scan {
  readonly tally: Tally;
  readonly #anatomy: Anatomy;
  readonly #noise: Float32Array;
  readonly #random: Random;
  #faces: { at: number; kinds: Uint8Array } | undefined;

  constructor(readonly plan: ScanPlan) {
    this.#random = new Random(plan.seed);
    this.#anatomy = new Anatomy(this.#random);
    this.#noise = Float32Array.from({ length: NOISE_TABLE }, () => plan.noise * this.#random.normal());
    this.tally = new Tally((plan.pixelSpacing * plan.pixelSpacing * plan.spacing) / 1000);
  }

  /** One slice: HU of each pixel, row by row from the front, columns from the patient's right. */
  slice(index: number): Int16Array {
    const { pixels, pixelSpacing, thickness } = this.plan;
    const [x0, y0, z] = originOf(this.plan, index);
    const below = this.#kindsAt(z - thickness / 2);
    const middle = this.#kindsAt(z);
    const above = this.#kindsAt(z + thickness / 2);
    const values = new Int16Array(pixels * pixels);
    for (let row = 0; row < pixels; row += 1) {
      for (let column = 0; column < pixels; column += 1) {
        const at = row * pixels + column;
        const x = x0 + column * pixelSpacing;
        const y = y0 + row * pixelSpacing;
        const kind = middle[at] as number;
        const pure = kind === below[at] && kind === above[at] && this.#isFlat(middle, row, column);
        const mean = pure ? this.#count(kind, y, 1) : this.#meanOf(x, y, z);
        values[at] = round(mean + (this.#noise[floor(this.#random.next() * NOISE_TABLE)] as number));
      }
    }
    return values;
  }

  /** Tissue at the pixel centres of a plane. The upper face of one slice is the lower face of the next. */
  #kindsAt(z: number): Uint8Array {
    if (this.#faces !== undefined && abs(this.#faces.at - z) < 1e-6) return this.#faces.kinds;
    const { pixels, pixelSpacing } = this.plan;
    const [x0, y0] = originOf(this.plan, 0);
    const kinds = new Uint8Array(pixels * pixels);
    for (let row = 0; row < pixels; row += 1) {
      for (let column = 0; column < pixels; column += 1) {
        kinds[row * pixels + column] = this.#anatomy.tissueAt(
          x0 + column * pixelSpacing,
          y0 + row * pixelSpacing,
          z,
        );
      }
    }
    this.#faces = { at: z, kinds };
    return kinds;
  }

  /** True when the neighbours on the same slice are of the same tissue. */
  #isFlat(kinds: Uint8Array, row: number, column: number): boolean {
    const { pixels } = this.plan;
    const at = row * pixels + column;
    const kind = kinds[at];
    return (
      (row === 0 || kinds[at - pixels] === kind) &&
      (row === pixels - 1 || kinds[at + pixels] === kind) &&
      (column === 0 || kinds[at - 1] === kind) &&
      (column === pixels - 1 || kinds[at + 1] === kind)
    );
  }

  #meanOf(x: number, y: number, z: number): number {
    const { pixelSpacing, thickness } = this.plan;
    const layers = max(2, ceil(thickness / SUBSAMPLE_MM));
    const weight = 1 / (SUBSAMPLES * SUBSAMPLES * layers);
    let sum = 0;
    for (let k = 0; k < layers; k += 1) {
      const pz = z + ((k + 0.5) / layers - 0.5) * thickness;
      for (let j = 0; j < SUBSAMPLES; j += 1) {
        const py = y + ((j + 0.5) / SUBSAMPLES - 0.5) * pixelSpacing;
        for (let i = 0; i < SUBSAMPLES; i += 1) {
          const px = x + ((i + 0.5) / SUBSAMPLES - 0.5) * pixelSpacing;
          sum += weight * this.#count(this.#anatomy.tissueAt(px, py, pz), py, weight);
        }
      }
    }
    return sum;
  }

  /** Counts a share of a voxel in the truth and gives its density. */
  #count(kind: number, y: number, weight: number): number {
    const hu = this.#densityOf(kind, y);
    this.tally.add(kind, hu, weight);
    return hu;
  }

  /** Parenchyma is denser at the back, where a lying patient's lung hangs: 20 HU either way. */
  #densityOf(kind: number, y: number): number {
    if (kind === tissue.parenchyma) return (attenuation[kind] as number) + y / 4;
    if (kind === tissue.blood && this.plan.contrast) return ENHANCED_BLOOD;
    return attenuation[kind] as number;
  }
}
