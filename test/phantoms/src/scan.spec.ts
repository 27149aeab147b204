import { describe, expect, it } from '@jest/globals';
import { planScan, Scan, type ScanChoices } from './scan.js';
import type { LungTruth } from './tally.js';

const small = { seed: 1, pixels: 96, thickness: 4 };

function scanned(choices: ScanChoices): { slices: Int16Array[]; truth: LungTruth } {
  const scan = new Scan(planScan(choices));
  const slices = Array.from({ length: scan.plan.slices }, (_, index) => scan.slice(index));
  return { slices, truth: scan.tally.truth() };
}

describe('planScan', () => {
  it('makes slices that meet the conditions of densitometry unless asked otherwise', () => {
    expect(planScan({ seed: 1 })).toMatchObject({
      slices: 250,
      thickness: 1.25,
      spacing: 1.25,
      contrast: false,
    });
  });

  it('spreads a given number of slices over the same chest', () => {
    expect(planScan({ seed: 1, slices: 50 })).toMatchObject({ slices: 50, spacing: 6.25, thickness: 6.25 });
  });
});

describe('Scan', () => {
  it('gives the same voxels and truth for the same seed, others for another', () => {
    const [first, again, other] = [scanned(small), scanned(small), scanned({ ...small, seed: 2 })];
    expect(again).toEqual(first);
    expect(other.truth.laa950Percent).not.toBe(first.truth.laa950Percent);
  });

  it('knows the volume of a bulla of 3 cm', () => {
    const { truth } = scanned(small);
    expect(truth.bullaMl).toBeCloseTo((4 / 3) * Math.PI * 1.5 ** 3, 0);
  });

  it('has the same truth whatever the slices and the noise', () => {
    const { truth } = scanned(small);
    const { truth: finer } = scanned({ seed: 1, pixels: 128, thickness: 2.5, noise: 50 });
    expect(finer.lungVolumeMl / truth.lungVolumeMl).toBeCloseTo(1, 2);
    expect(finer.laa950Percent).toBeCloseTo(truth.laa950Percent, 1);
    expect(finer.meanHu).toBeCloseTo(truth.meanHu, 0);
  });

  it('counts the densities that its voxels show', () => {
    const { truth } = scanned({ ...small, noise: 0 });
    expect(truth.lungVolumeMl).toBeGreaterThan(4000);
    expect(truth.meanHu).toBeGreaterThan(-905);
    expect(truth.meanHu).toBeLessThan(-875);
    expect(truth.perc15Hu).toBeLessThan(truth.meanHu);
    expect(truth.airwaysMl).toBeGreaterThan(30);
    expect(truth.bowelGasMl).toBeGreaterThan(100);
  });

  it('shows the trachea, and no lung, on its highest slice', () => {
    const { slices } = scanned({ ...small, noise: 0 });
    const dark = airMm2(slices.at(-1) as Int16Array, small.pixels);
    expect(dark).toBeGreaterThan(200);
    expect(dark).toBeLessThan(300);
  });

  it('cuts the lungs when it ends below the apices', () => {
    const { slices, truth } = scanned({ ...small, noise: 0, cutApex: true });
    expect(airMm2(slices.at(-1) as Int16Array, small.pixels)).toBeGreaterThan(10_000);
    expect(truth.lungVolumeMl).toBeLessThan(scanned(small).truth.lungVolumeMl);
  });

  it('brightens blood, and only blood, with a contrast agent', () => {
    const plain = scanned({ ...small, noise: 0 });
    const enhanced = scanned({ ...small, noise: 0, contrast: true });
    expect(enhanced.truth).toEqual(plain.truth);
    const heart = Math.round(plain.slices.length * 0.35);
    const at = 43 * small.pixels + 54;
    expect(plain.slices[heart]?.[at]).toBe(45);
    expect(enhanced.slices[heart]?.[at]).toBe(250);
  });
});

/** Area below -600 HU in the middle of a slice, inside the body, mm2. */
function airMm2(values: Int16Array, pixels: number): number {
  const pixelMm = planScan({ seed: 1, pixels }).pixelSpacing;
  const inside = values.filter((hu, at) => {
    const x = (at % pixels) - pixels / 2;
    const y = Math.floor(at / pixels) - pixels / 2 + 20 / pixelMm;
    return hu < -600 && (x * pixelMm) ** 2 / 150 ** 2 + (y * pixelMm) ** 2 / 95 ** 2 < 1;
  });
  return inside.length * pixelMm * pixelMm;
}
