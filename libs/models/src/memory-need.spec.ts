import { describe, expect, it } from '@jest/globals';
import { ctSeries, manifestWith } from './images.testing.js';
import { memoryNeed } from './memory-need.js';
import { selectSeries } from './selection.js';

const MIB = 1024 ** 2;
const size = { images: 40, rows: 2048, columns: 1024 };
const series = [
  {
    seriesInstanceUid: '1.2.3.4',
    instances: ctSeries(size.images, { Rows: size.rows, Columns: size.columns }),
  },
];

describe('memoryNeed', () => {
  it('is what the steps and the readers of a manifest hold of a series', () => {
    const { input } = manifestWith();
    const floats = manifestWith({ input: { ...input, volume: { ...input.volume, type: 'float32' } } });
    const numbers = 2 * Float64Array.BYTES_PER_ELEMENT;
    expect(memoryNeed(manifestWith(), size)).toBe(160 * MIB + numbers);
    expect(memoryNeed(floats, size)).toBe(320 * MIB + numbers);
  });

  it('refuses a series that by itself is more than a run may hold, before it is fetched, and says how much', () => {
    expect(selectSeries(manifestWith({ memoryMiB: 160 }), series)).toMatchObject({
      outcome: 'not-applicable',
      reason: expect.stringContaining('it takes 161 MiB by itself, and a run of the model may take 160 MiB'),
    });
    expect(selectSeries(manifestWith({ memoryMiB: 161 }), series).outcome).toBe('selected');
  });
});
