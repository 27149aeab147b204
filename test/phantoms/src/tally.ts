import { isLung, tissue } from './tissue.js';

/** Taken once: looking a global up is slow where a test runs this in a realm of its own. */
const { max, min, round } = Math;

/** What the phantom holds by its geometry, within the slices that were made. */
export interface LungTruth {
  readonly lungVolumeMl: number;
  readonly meanHu: number;
  readonly perc15Hu: number;
  readonly laa950Percent: number;
  readonly bullaMl: number;
  readonly emphysemaMl: number;
  readonly airwaysMl: number;
  readonly bowelGasMl: number;
}

const LOWEST_HU = -1024;
const BINS = 1024;

/** Adds up volumes and lung densities, free of noise and of any segmentation. */
export class Tally {
  readonly #voxels = new Float64Array(16);
  readonly #histogram = new Float64Array(BINS);
  #sum = 0;

  /** @param voxelMl volume of one voxel */
  constructor(readonly voxelMl: number) {}

  /** Counts a share of one voxel. */
  add(kind: number, hu: number, weight: number): void {
    (this.#voxels[kind] as number) += weight;
    if (!isLung(kind)) return;
    this.#sum += hu * weight;
    const bin = min(BINS - 1, max(0, round(hu) - LOWEST_HU));
    (this.#histogram[bin] as number) += weight;
  }

  truth(): LungTruth {
    const lung = this.#histogram.reduce((sum, share) => sum + share, 0);
    const some = lung === 0 ? 1 : lung;
    const low = this.#histogram.subarray(0, -950 - LOWEST_HU).reduce((sum, share) => sum + share, 0);
    const ml = (kind: number) => (this.#voxels[kind] as number) * this.voxelMl;
    return {
      lungVolumeMl: lung * this.voxelMl,
      meanHu: this.#sum / some,
      perc15Hu: this.#percentile(0.15 * lung),
      laa950Percent: (100 * low) / some,
      bullaMl: ml(tissue.bulla),
      emphysemaMl: ml(tissue.emphysema),
      airwaysMl: ml(tissue.airway),
      bowelGasMl: ml(tissue.bowelGas),
    };
  }

  #percentile(share: number): number {
    let running = 0;
    const bin = this.#histogram.findIndex((count) => (running += count) >= share && running > 0);
    return bin < 0 ? 0 : bin + LOWEST_HU;
  }
}
