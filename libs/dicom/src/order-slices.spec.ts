import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { orderSlices } from './order-slices.js';
import type { SlicePlane } from './plane.js';

const plane = (z: number, more: Partial<SlicePlane> = {}): SlicePlane => ({
  imagePosition: [-100, -100, z],
  imageOrientation: [1, 0, 0, 0, 1, 0],
  pixelSpacing: [0.7, 0.7],
  rows: 512,
  columns: 512,
  frameOfReferenceUid: '1.2',
  ...more,
});

const order = (planes: SlicePlane[]) =>
  orderSlices(planes.map((each) => ({ plane: each, item: each.imagePosition[2] })));
const kinds = (planes: SlicePlane[]) => order(planes).problems.map(({ kind }) => kind);
const at = (...positions: number[]) => positions.map((z) => plane(z));

describe('orderSlices', () => {
  it('orders an even series whatever its order', () => {
    const positions = [-20, -15, -10, -5, 0, 5];
    fc.assert(
      fc.property(fc.shuffledSubarray(positions, { minLength: positions.length }), (shuffled) => {
        expect(order(at(...shuffled))).toEqual({ items: positions, positions, spacing: 5, problems: [] });
      }),
    );
  });

  it('takes none, one, and rounded positions', () => {
    expect(order([])).toEqual({ items: [], positions: [], spacing: 0, problems: [] });
    expect(order(at(7))).toEqual({ items: [7], positions: [7], spacing: 0, problems: [] });
    expect(kinds(at(0, 1.25, 2.5, 3.8, 5))).toEqual([]);
  });

  it.each([0.5, 5])(
    'spaces slices of %d mm so that they fill the height they cover, however positions are rounded',
    (step) => {
      for (const off of [0.02, -0.02]) {
        const alternating = Array.from({ length: 24 }, (_, index) => index * step + (index % 2) * off);
        const { spacing, problems } = order(at(...alternating));
        expect(problems).toEqual([]);
        expect(spacing * 23).toBeCloseTo(23 * step + off, 9);
      }
      expect(order(at(0, 5, 10, 17, 22)).spacing).toBe(5.5);
      expect(order(at(0, 5, 5, 10)).spacing).toBe(5);
    },
  );

  it.each([1, 50])('calls slices that lie %d mm aside by turns no tilted gantry', (aside) => {
    const turns = Array.from({ length: 24 }, (_, z) =>
      plane(z * 5, { imagePosition: [-100 + (z % 2) * aside, -100, z * 5] }),
    );
    expect(order(turns).problems).toEqual([
      expect.objectContaining({
        kind: 'displaced',
        count: 12,
        sentence: expect.stringContaining(` lie up to ${aside}.00 mm aside`),
      }),
    ]);
  });

  it('says which slices are missing, and how many', () => {
    const { problems, spacing } = order(at(0, 5, 10, 25, 30, 35, 45));
    expect(spacing).toBe(5);
    expect(problems).toEqual([
      expect.objectContaining({ kind: 'gap', between: [10, 25], missing: 2 }),
      expect.objectContaining({ kind: 'gap', between: [35, 45], missing: 1 }),
    ]);
    expect(problems[0]?.sentence).toBe(
      '2 slices are missing between 10.00 mm and 25.00 mm along the normal.',
    );
  });

  it('tells uneven distances and repeated positions from gaps', () => {
    expect(kinds(at(0, 5, 10, 17, 22))).toEqual(['uneven']);
    expect(kinds(at(0, 5, 5, 10))).toEqual(['duplicate-position']);
    expect(kinds(at(0, 0, 0))).toEqual(['duplicate-position']);
  });

  it('finds what is not the same in all slices', () => {
    const mixed = (more: Partial<SlicePlane>) => kinds([...at(0, 5), plane(10, more)]);
    expect(mixed({ rows: 256 })).toEqual(['mixed-size']);
    expect(mixed({ pixelSpacing: [0.7, 0.8] })).toEqual(['mixed-spacing']);
    expect(mixed({ imageOrientation: [0, 1, 0, 0, 0, 1] })).toEqual(['mixed-orientation']);
    expect(mixed({ imageOrientation: [-1, 0, 0, 0, -1, 0] })).toEqual(['mixed-orientation']);
    expect(mixed({ frameOfReferenceUid: '1.3' })).toEqual(['mixed-frame-of-reference']);
  });

  it('calls a change of spacing no missing slices', () => {
    const changing = [...Array.from({ length: 20 }, (_, i) => i * 2.5), 55, 62.5, 70, 77.5, 85];
    expect(order(at(...changing)).problems).toEqual([
      expect.objectContaining({
        kind: 'changed-spacing',
        sentence:
          'The spacing of the slices changes: 5 of 24 distances are 7.50 mm, not 2.50 mm, the first of them at 47.50 mm.',
      }),
    ]);
    expect(kinds(at(0, 1, 4, 5, 8, 9, 12, 13))).toEqual(['changed-spacing']);
    expect(kinds(at(0, 1, 2, 3, 4, 6, 8))).toEqual(['changed-spacing']);
    expect(kinds(at(0, 1, 2, 4, 6, 7, 8, 9))).toEqual(['gap', 'gap']);
  });

  it('looks at every slice: one aside, one turned, one of another pixel spacing', () => {
    const others = [0, 5, 10, 20, 25, 30].map((z) => plane(z));
    const odd = (more: Partial<SlicePlane>) => order([...others, plane(15, more)]).problems;
    expect(odd({ imagePosition: [-50, -100, 15] })).toEqual([
      {
        kind: 'displaced',
        sentence: 'The slice at 15.00 mm lies 50.00 mm aside of the line of the other slices.',
        count: 1,
      },
    ]);
    expect(odd({ imagePosition: [-100, -99, 15] })).toEqual([expect.objectContaining({ kind: 'displaced' })]);
    expect(odd({ imagePosition: [-99.8, -100, 15] })).toEqual([]);
    const turn = (degrees: number) => {
      const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
      return odd({ imageOrientation: [cosine, sine, 0, -sine, cosine, 0] });
    };
    expect(turn(0.3)).toEqual([expect.objectContaining({ kind: 'mixed-orientation', count: 1 })]);
    expect(turn(0.02)).toEqual([]);
    expect(odd({ pixelSpacing: [0.71, 0.7] })).toEqual([
      expect.objectContaining({
        sentence: 'The slice at 15.00 mm has another pixel spacing than the others.',
      }),
    ]);
  });

  it('names the odd one by what people call it, be it the first', () => {
    const named = [0, 1, 2, 3].map((z) => ({
      plane: plane(z, z === 0 ? { pixelSpacing: [1, 1] } : {}),
      item: z,
      name: `image ${z + 1}`,
    }));
    expect(orderSlices(named).problems[0]?.sentence).toBe(
      'Image 1 (at 0.00 mm) has another pixel spacing than the others.',
    );
    const half = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((z) =>
      plane(z, { imagePosition: [z < 5 ? 0 : 9, 0, z] }),
    );
    expect(order(half).problems[0]).toMatchObject({ kind: 'displaced', count: 5 });
  });

  it('finds a tilt that drifts from slice to slice', () => {
    const drifting = Array.from({ length: 40 }, (_, z) => {
      const [sine, cosine] = [Math.sin((z * 0.02 * Math.PI) / 180), Math.cos((z * 0.02 * Math.PI) / 180)];
      return plane(z, { imageOrientation: [1, 0, 0, 0, cosine, sine] });
    });
    expect(kinds(drifting)).toEqual(['mixed-orientation']);
  });

  it('finds a tilted gantry: slices stacked along z while their normal leans', () => {
    const [sine, cosine] = [Math.sin((16.5 * Math.PI) / 180), Math.cos((16.5 * Math.PI) / 180)];
    const tilted = [0, 5, 10, 15].map((z) => plane(z, { imageOrientation: [1, 0, 0, 0, cosine, -sine] }));
    const { problems, spacing } = order(tilted);
    expect(problems).toEqual([expect.objectContaining({ kind: 'sheared', angle: 16.5 })]);
    expect(spacing).toBeCloseTo(5 * cosine, 9);
  });

  it('takes an oblique volume as even', () => {
    const half = Math.SQRT1_2;
    const oblique = [0, 1, 2, 3].map((step) =>
      plane(0, { imagePosition: [0, -step * half, step * half], imageOrientation: [1, 0, 0, 0, half, half] }),
    );
    expect(order(oblique)).toMatchObject({ problems: [], spacing: expect.closeTo(1, 9) });
  });
});
