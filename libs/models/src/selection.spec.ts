import { describe, expect, it } from '@jest/globals';
import { ctSeries, ctSlice, manifestWith } from './images.testing.js';
import { selectSeries } from './selection.js';

const manifest = manifestWith();
const candidate = (seriesInstanceUid: string, changes: Record<string, unknown> = {}, count = 6) => ({
  seriesInstanceUid,
  instances: ctSeries(count, { SeriesInstanceUID: seriesInstanceUid, ...changes }),
});

describe('selectSeries', () => {
  it('takes the only series that fits, its instances in the order of the slices', () => {
    const { instances, ...rest } = candidate('1.1');
    const selection = selectSeries(manifest, [{ ...rest, instances: instances.toReversed() }]);
    expect(selection.outcome).toBe('selected');
    expect(selection.chosen).toMatchObject({
      seriesInstanceUid: '1.1',
      why: 'the only series that fits',
      modality: 'CT',
      seriesNumber: 2,
      slices: 6,
      voxels: 6 * 3 * 4,
    });
    expect(selection.chosen?.instances.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(
      [0, 1, 2, 3, 4, 5].map((z) => `1.2.3.${z * 100 + 100_000}`),
    );
  });

  it('prefers by kernel before thickness and says why, whatever the order of the answers', () => {
    const sharp = candidate('1.1', { ConvolutionKernel: 'B70f', SliceThickness: 1 });
    const thick = candidate('1.2', { SliceThickness: 3 });
    const thin = candidate('1.3', { SliceThickness: 1.25 });
    for (const order of [
      [sharp, thick, thin],
      [thin, sharp, thick],
      [thick, thin, sharp],
    ]) {
      const { chosen, rejected } = selectSeries(manifest, order);
      expect(chosen?.seriesInstanceUid).toBe('1.3');
      expect(chosen?.why).toBe('of 3 series that fit: Slice thickness 1.25, not 3 (thin slices)');
      expect(rejected).toContainEqual({
        seriesInstanceUid: '1.1',
        why: 'fits, but another series is preferred: Convolution kernel B31f, not B70f (a smooth kernel)',
      });
    }
  });

  it('chooses the same of two equal series whatever the order', () => {
    const [first, second] = [candidate('1.5'), candidate('1.4')];
    expect(selectSeries(manifest, [first, second]).chosen?.seriesInstanceUid).toBe('1.4');
    expect(selectSeries(manifest, [second, first]).chosen?.seriesInstanceUid).toBe('1.4');
  });

  it('prefers the stated over the not stated, and more images among equals', () => {
    const silent = candidate('1.1', { ConvolutionKernel: undefined });
    expect(selectSeries(manifest, [silent, candidate('1.2')]).chosen?.seriesInstanceUid).toBe('1.2');
    expect(
      selectSeries(manifest, [candidate('1.1'), candidate('1.2', {}, 8)]).chosen?.seriesInstanceUid,
    ).toBe('1.2');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another modality', { Modality: 'MR' }, 'modality MR'],
    ['another SOP Class', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }, 'SOP Class'],
    [
      'localizers only',
      { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] },
      'type that the model does not read',
    ],
    ['derived secondary images', { ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'] }, 'type that the model'],
    ['an excluded body part', { BodyPartExamined: 'head' }, 'body part head'],
    ['no position', { ImagePositionPatient: undefined }, 'no position'],
    ['coronal slices', { ImageOrientationPatient: [1, 0, 0, 0, 0, -1] }, 'not axial'],
    ['an instance without a UID', { SOPInstanceUID: undefined }, 'no valid SOP Instance UID'],
  ])('is not applicable to %s', (_what, changes, why) => {
    const selection = selectSeries(manifest, [candidate('1.1', changes)]);
    expect(selection).toMatchObject({ outcome: 'not-applicable' });
    expect(selection.rejected[0]?.why).toContain(why);
    expect(selection.chosen).toBeUndefined();
  });

  it('refuses slices that are turned by more than 15 degrees', () => {
    const tilt = (20 * Math.PI) / 180;
    const orientation = [1, 0, 0, 0, Math.cos(tilt), Math.sin(tilt)];
    const instances = [0, 1, 2, 3, 4].map((step) =>
      ctSlice(step, {
        ImageOrientationPatient: orientation,
        ImagePositionPatient: [0, -step * Math.sin(tilt), step * Math.cos(tilt)],
      }),
    );
    const selection = selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances }]);
    expect(selection.rejected[0]?.why).toContain('not axial');
  });

  it('takes derived primary images, and a series that states no body part', () => {
    const changes = { ImageType: ['DERIVED', 'PRIMARY', 'AXIAL'], BodyPartExamined: undefined };
    expect(selectSeries(manifest, [candidate('1.1', changes)]).outcome).toBe('selected');
  });

  it('leaves a localizer among the slices out and says so', () => {
    const { instances, ...rest } = candidate('1.1');
    const localizer = ctSlice(500, { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] });
    const { chosen } = selectSeries(manifest, [{ ...rest, instances: [...instances, localizer] }]);
    expect(chosen?.instances).toHaveLength(6);
    expect(chosen?.notes).toEqual(['1 image of the series of another type left out']);
  });

  it('calls a missing slice incomplete input and names where', () => {
    const instances = ctSeries(8).filter((_, index) => index !== 4);
    const selection = selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances }]);
    expect(selection.outcome).toBe('incomplete-input');
    expect(selection.reason).toContain('One slice is missing between 3.00 mm and 5.00 mm');
  });

  it('calls too few images incomplete input', () => {
    const selection = selectSeries(manifest, [candidate('1.1', {}, 3)]);
    expect(selection).toMatchObject({ outcome: 'incomplete-input' });
    expect(selection.reason).toContain('3 images, fewer than 4');
  });

  it('refuses two slices at one position, as two phases in one series leave them', () => {
    const instances = [
      ...ctSeries(6),
      ...ctSeries(6).map((slice, index) => ({
        ...slice,
        ...ctSlice(index, { SOPInstanceUID: `9.${index}` }),
      })),
    ];
    expect(selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances }]).outcome).toBe('not-applicable');
  });

  it('refuses uneven slices, or notes them where the manifest allows it', () => {
    const instances = [0, 1, 2, 3, 4.4, 5.4].map((z) => ctSlice(z));
    const series = [{ seriesInstanceUid: '1.1', instances }];
    expect(selectSeries(manifest, series).outcome).toBe('not-applicable');
    const lenient = manifestWith({
      input: { ...manifest.input, selection: { ...manifest.input.selection, unevenSpacing: 'note' } },
    });
    expect(selectSeries(lenient, series).chosen?.notes).toHaveLength(1);
  });

  it('refuses slices too far apart', () => {
    const instances = [0, 12, 24, 36].map((z) => ctSlice(z));
    const { rejected } = selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances }]);
    expect(rejected[0]?.why).toBe('slices lie 12 mm apart, more than 10 mm');
  });

  it('says that a study without series has none', () => {
    expect(selectSeries(manifest, [])).toEqual({
      outcome: 'not-applicable',
      reason: 'no series that Air volume reads: the study has no series',
      rejected: [],
    });
    expect(selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: [] }]).outcome).toBe(
      'not-applicable',
    );
  });

  it.each<[string, Record<string, unknown>]>([
    [
      'Rescale Slope (0028,1053) is absent and Rescale Intercept (0028,1052) is absent',
      { RescaleSlope: '', RescaleIntercept: undefined },
    ],
    ['Rescale Intercept (0028,1052) cannot be read as a number: `-1024,0`', { RescaleIntercept: '-1024,0' }],
    ['Rescale Slope (0028,1053) is "0", not a slope', { RescaleSlope: '0' }],
    ['Rescale Type (0028,1054) is "MGML", not HU', { RescaleType: 'MGML' }],
    ['Rescale Type (0028,1054) is "HU_MOD", not HU', { RescaleType: 'HU_MOD' }],
    [
      'Photometric Interpretation (0028,0004) is "PALETTE COLOR"',
      { PhotometricInterpretation: 'PALETTE COLOR' },
    ],
    ['Photometric Interpretation (0028,0004) is absent', { PhotometricInterpretation: undefined }],
    ['Samples Per Pixel (0028,0002) is "3"', { SamplesPerPixel: 3 }],
    ['Number of Frames (0028,0008) cannot be read as a number: `4,0`', { NumberOfFrames: '4,0' }],
    ['High Bit (0028,0102) is 11, and Bits Stored (0028,0101) 16', { HighBit: 11 }],
    ['Pixel Representation (0028,0103) is "2"', { PixelRepresentation: 2 }],
  ])('refuses values that are no HU, with attribute and value: %s', (why, changes) => {
    expect(selectSeries(manifest, [candidate('1.1', changes)]).rejected[0]?.why).toContain(why);
    const one = ctSeries(6).map((image, index) => (index === 3 ? ctSlice(3, changes) : image));
    const { outcome, rejected } = selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: one }]);
    expect(outcome).toBe('not-applicable');
    expect(rejected[0]?.why).toContain(why);
    expect(rejected[0]?.why).toContain('(1 of 6 images)');
  });

  it('takes any unit where the manifest asks for rescaled values, and still no colour', () => {
    const rescaled = manifestWith({
      input: { ...manifest.input, volume: { ...manifest.input.volume, values: 'rescaled' } },
    });
    const outcome = (changes: Record<string, unknown>) =>
      selectSeries(rescaled, [candidate('1.1', changes)]).outcome;
    expect(outcome({ RescaleType: 'MGML' })).toBe('selected');
    expect(outcome({ RescaleSlope: undefined, RescaleIntercept: undefined })).toBe('selected');
    expect(outcome({ RescaleSlope: undefined })).toBe('not-applicable');
    expect(outcome({ PhotometricInterpretation: 'PALETTE COLOR' })).toBe('not-applicable');
  });

  it('takes multi-energy images unless the manifest refuses them, and never two energies at once', () => {
    const vmi = (energy: number) => ({
      ImageType: ['DERIVED', 'PRIMARY', 'AXIAL', 'VMI'],
      MonoenergeticEnergyEquivalent: energy,
      RescaleType: 'HU',
    });
    const refusing = manifestWith({
      input: { ...manifest.input, selection: { ...manifest.input.selection, multiEnergy: 'refuse' } },
    });
    expect(selectSeries(manifest, [candidate('1.1', vmi(70))]).outcome).toBe('selected');
    expect(selectSeries(refusing, [candidate('1.1', vmi(70))]).rejected[0]?.why).toContain(
      'the model reads no virtual monoenergetic image at 70 keV (Image Type (0008,0008) VMI)',
    );
    const mixed = [0, 1, 2, 3, 4, 5].map((z) => ctSlice(z, vmi(z % 2 === 0 ? 40 : 70)));
    expect(
      selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: mixed }]).rejected[0]?.why,
    ).toContain('images of several kinds in one series');
  });
});
