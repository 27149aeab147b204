import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { limits, PrelectorError } from '@prelector/kernel';
import { inflate, inflatedBound, inflatedHeads } from './inflate.js';

const MiB = 1024 * 1024;
const deflated = (bytes: Uint8Array) => new Uint8Array(deflateRawSync(bytes));
const codeOf = (action: () => unknown): string => {
  try {
    action();
    return 'none';
  } catch (thrown) {
    if (thrown instanceof PrelectorError) return thrown.code;
    throw thrown;
  }
};

describe('the bound of a deflated data set', () => {
  it('is 64 MiB for a small one, then 200 times its size, and never more than an instance may have', () => {
    expect(inflatedBound(0)).toBe(64 * MiB);
    expect(inflatedBound(1000)).toBe(64 * MiB);
    expect(inflatedBound(MiB)).toBe(200 * MiB);
    expect(inflatedBound(1024 * MiB)).toBe(limits.inflatedBytes);
  });

  it('holds: not a byte more comes out', () => {
    const zeros = deflated(new Uint8Array(100_000));
    expect(inflate(zeros, 100_000)).toHaveLength(100_000);
    expect(codeOf(() => inflate(zeros, 99_999))).toBe('dicom.too-large');
    expect(codeOf(() => [...inflatedHeads(zeros, 99_999)])).toBe('dicom.too-large');
  });
});

describe('heads of a deflated data set', () => {
  // Multiplied by an odd constant the index is as good as random, so it deflates to about its own size.
  const noise = Uint8Array.from({ length: 300_000 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24);

  it('grow until they are the whole', () => {
    const heads = [...inflatedHeads(deflated(noise), 64 * MiB)];
    const lengths = heads.map((head) => head.length);
    expect(lengths).toEqual([...lengths].sort((one, other) => one - other));
    for (const head of heads) expect(Buffer.from(head).equals(noise.subarray(0, head.length))).toBe(true);
    expect(lengths.at(-1)).toBe(noise.length);
  });

  it('of one that is cut off give what there is, where the whole is refused', () => {
    const cut = deflated(noise).subarray(0, 1000);
    expect([...inflatedHeads(cut, 64 * MiB)].at(-1)?.length).toBeGreaterThan(0);
    expect(codeOf(() => inflate(cut, 64 * MiB))).toBe('dicom.truncated');
    expect(codeOf(() => inflate(Uint8Array.of(0xff, 0xff, 0xff), MiB))).toBe('dicom.malformed');
  });
});
