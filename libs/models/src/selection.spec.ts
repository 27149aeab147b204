import { describe, expect, it } from '@jest/globals';
import { ctSeries, ctSlice, manifestWith, rescaledManifest } from './images.testing.js';
import { selectSeries } from './selection.js';
import type { Manifest } from './manifest.js';

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

  it('ranks by the worst of several values, and what cannot be read last', () => {
    const ofKernel = (uid: string, ConvolutionKernel: string[]) =>
      candidate(uid, { ConvolutionKernel, SliceThickness: 1 });
    const plain = candidate('1.9', { SliceThickness: 1.5 });
    for (const several of [
      ['B31f', 'B80f'],
      ['B80f', 'B31f'],
      ['', 'B31f'],
    ]) {
      const { chosen } = selectSeries(manifest, [ofKernel('1.1', several), plain]);
      expect(chosen?.seriesInstanceUid).toBe('1.9');
    }
    const none = candidate('1.1', { SliceThickness: 0 });
    expect(selectSeries(manifest, [none, candidate('1.9')]).chosen?.seriesInstanceUid).toBe('1.9');
    const two = candidate('1.1', { SliceThickness: [1, 5] });
    expect(selectSeries(manifest, [two, candidate('1.9')]).chosen?.seriesInstanceUid).toBe('1.9');
  });

  it('takes a body part of which every value is included and none is excluded', () => {
    const { selection, volume } = manifest.input;
    const bodyPart = { include: ['CHEST', 'LUNG'], exclude: ['HEAD'] };
    const chests = manifestWith({ input: { selection: { ...selection, bodyPart }, volume } });
    const outcome = (BodyPartExamined: string[]) =>
      selectSeries(chests, [candidate('1.1', { BodyPartExamined })]).outcome;
    expect(outcome(['CHEST'])).toBe('selected');
    expect(outcome(['LUNG', 'CHEST'])).toBe('selected');
    expect(outcome(['CHEST', 'ABDOMEN'])).toBe('not-applicable');
    expect(outcome(['CHEST', 'HEAD'])).toBe('not-applicable');
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
    ['two modalities at once', { Modality: ['CT', 'PT'] }, 'modality CT\\PT, not CT'],
    ['another SOP Class', { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }, 'SOP Class'],
    [
      'localizers only',
      { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] },
      'type that the model does not read',
    ],
    ['derived secondary images', { ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'] }, 'type that the model'],
    ['an excluded body part', { BodyPartExamined: 'head' }, 'body part head'],
    [
      'no position',
      { ImagePositionPatient: undefined },
      'Image Position (Patient) (0020,0032) is not stated',
    ],
    [
      'an unreadable pixel spacing',
      { PixelSpacing: ['0,7', '0,7'] },
      'Pixel Spacing (0028,0030) cannot be read as numbers: `0,7\\0,7` (6 of 6 images)',
    ],
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

  it.each<[string, Record<string, unknown>, string]>([
    [
      'Image Type',
      { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] },
      'Image Type (0008,0008) is "ORIGINAL\\PRIMARY\\LOCALIZER"',
    ],
    [
      'SOP Class',
      { SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' },
      'SOP Class UID (0008,0016) is "1.2.840.10008.5.1.4.1.1.7"',
    ],
    ['no SOP Class', { SOPClassUID: undefined }, 'SOP Class UID (0008,0016) is absent'],
    [
      'calculation',
      { VolumeBasedCalculationTechnique: 'MAX_IP' },
      'Volume Based Calculation Technique (0008,9207) is "MAX_IP"',
    ],
    ['properties', { VolumetricProperties: 'DISTORTED' }, 'Volumetric Properties (0008,9206) is "DISTORTED"'],
    [
      'acquisition',
      { AcquisitionType: 'CONSTANT_ANGLE' },
      'Acquisition Type (0018,9302) is "CONSTANT_ANGLE"',
    ],
  ])(
    'says of a hole that a slice of another %s fills that it is there, and why it is not read',
    (_what, changes, named) => {
      const { selection, volume } = manifest.input;
      const imageType = {
        ...selection.imageType,
        exclude: ['LOCALIZER', 'MAX?IP', 'DISTORTED', 'CONSTANT_ANGLE'],
      };
      const strict = manifestWith({ input: { selection: { ...selection, imageType }, volume } });
      const instances = Array.from({ length: 12 }, (_, index) => ctSlice(index, index === 5 ? changes : {}));
      const { reason, rejected } = selectSeries(strict, [{ seriesInstanceUid: '1.1', instances }]);
      expect(reason).toContain('One slice is missing');
      expect(reason).toContain(`1 image of the series left out, which the model does not read: ${named}`);
      expect(rejected[0]?.why).toContain(named);
      const few = selectSeries(strict, [{ seriesInstanceUid: '1.1', instances: instances.slice(4, 6) }]);
      expect(few.reason).toContain(named);
      expect(few.reason).toContain('1 image, fewer than');
    },
  );

  it('leaves a localizer among the slices out and says so', () => {
    const { instances, ...rest } = candidate('1.1');
    const localizer = ctSlice(500, { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] });
    const { chosen } = selectSeries(manifest, [{ ...rest, instances: [...instances, localizer] }]);
    expect(chosen?.instances).toHaveLength(6);
    expect(chosen?.notes).toEqual([
      expect.stringMatching(
        /^1 image of the series left out, which the model does not read: Image Type \(0008,0008\) is /u,
      ),
    ]);
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
      reason: 'no series that Air volume reads: the study has no series of images',
      rejected: [],
    });
    expect(selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: [] }]).outcome).toBe(
      'not-applicable',
    );
  });

  it.each<[string, Record<string, unknown>]>([
    [
      'Rescale Slope (0028,1053) is empty and Rescale Intercept (0028,1052) is absent',
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
    const rescaled = rescaledManifest();
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

  it.each([
    [6, []],
    [undefined, []],
    [7, ['the server announces 7 instances of the series and describes 6']],
    [0, ['the server announces 0 instances of the series and describes 6']],
  ])('says where the count of the server, %p, is not what is there', (announcedInstances, notes) => {
    const series = { ...candidate('1.1'), announcedInstances };
    expect(selectSeries(manifest, [{ ...series, instances: ctSeries(6) }]).chosen?.notes).toEqual(notes);
  });

  it('names the modality of series that were not looked into', () => {
    const { reason, rejected } = selectSeries(manifest, [], [{ seriesInstanceUid: '1.1', modality: 'OT' }]);
    expect(reason).toBe('no series that Air volume reads: modality OT, not CT');
    expect(rejected).toEqual([{ seriesInstanceUid: '1.1', why: 'modality OT, not CT' }]);
  });

  it('cuts no reason off', () => {
    const tilted = [0, 1, 2, 3].map((z) => ctSlice(z, { ImagePositionPatient: [z, 0, z] }));
    expect(selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: tilted }]).reason).toBe(
      'no series that Air volume reads: The slices are stacked at 45 degrees to their normal, as with a tilted gantry',
    );
  });

  const whyNot = (instances: ReturnType<typeof ctSeries>) =>
    selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances }]).rejected[0]?.why ?? '';
  const numbered = (count: number, changes: (index: number) => Record<string, unknown> = () => ({})) =>
    Array.from({ length: count }, (_, index) =>
      ctSlice(index, { InstanceNumber: index + 1, ...changes(index) }),
    );

  it.each<[string, Record<string, unknown>, string]>([
    ['lies aside', { ImagePositionPatient: [40, -10, 5] }, 'Image 6 (at 5.00 mm) lies 50.00 mm aside'],
    [
      'is mirrored',
      { ImageOrientationPatient: [-1, 0, 0, 0, 1, 0] },
      'Image 6 (at 5.00 mm) has another orientation',
    ],
    ['has other pixels', { PixelSpacing: [0.8, 0.8] }, 'Image 6 (at 5.00 mm) has another pixel spacing'],
    [
      'is of another frame',
      { FrameOfReferenceUID: '9.9' },
      'Image 6 (at 5.00 mm) has another Frame of Reference',
    ],
    ['is of another size', { Rows: 4 }, 'Image 6 (at 5.00 mm) has another number of rows'],
    [
      'states no number',
      { PixelSpacing: ['a', 'b'] },
      'cannot be read as numbers: text of 3 characters (image 6)',
    ],
    ['lies nowhere', { ImagePositionPatient: [0, 0, 1e12] }, 'lies further off than any patient (image 6)'],
    ['is of another modality', { Modality: 'OT' }, 'modality OT of 1 of 12 images, not CT'],
    [
      'is of another acquisition',
      { AcquisitionNumber: 2 },
      'by Acquisition number (not stated on 11 images, 2 on 1 image)',
    ],
    [
      'has the UID of another',
      { SOPInstanceUID: '1.2.3.100000' },
      '1 of 12 images have the SOP Instance UID of another one',
    ],
  ])('refuses a series of which one slice %s, and names it', (_what, changes, why) => {
    expect(whyNot(numbered(12, (index) => (index === 5 ? changes : {})))).toContain(why);
  });

  it('refuses a single slice, and takes two', () => {
    const few = manifestWith({
      input: { ...manifest.input, selection: { ...manifest.input.selection, minimumInstances: 1 } },
    });
    const of = (count: number) =>
      selectSeries(few, [{ seriesInstanceUid: '1.1', instances: ctSeries(count) }]);
    expect(of(1).reason).toContain('a single slice makes no volume');
    expect(of(2).outcome).toBe('selected');
  });

  it('refuses two phases that alternate by half a slice, and says by what they differ', () => {
    const phases = [0, 0.5].flatMap((shift, phase) =>
      [0, 1, 2, 3, 4, 5].map((z) => ctSlice(z + shift, { AcquisitionNumber: phase + 1 })),
    );
    expect(whyNot(phases)).toBe(
      'the series holds 2 volumes, by Acquisition number (1 on 6 images, 2 on 6 images), and the model prefers none of them',
    );
    expect(whyNot(phases.filter((_, index) => index !== 8))).toContain(
      'not each is whole: One slice is missing',
    );
  });

  it('takes the one of two volumes that the manifest prefers, at equal positions or between', () => {
    for (const shift of [0, 0.5]) {
      const kernels = ['B70f', 'B31f'].flatMap((kernel, index) =>
        [0, 1, 2, 3, 4, 5].map((z) =>
          ctSlice(z + index * shift, { ConvolutionKernel: kernel, SOPInstanceUID: `9.${index}.${z}` }),
        ),
      );
      const { chosen } = selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: kernels }]);
      expect(chosen?.instances.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(
        [0, 1, 2, 3, 4, 5].map((z) => `9.1.${z}`),
      );
      expect(chosen?.notes).toEqual([
        expect.stringContaining(
          'holds 2 volumes, by Convolution kernel (B70f on 6 images, B31f on 6 images); one',
        ),
      ]);
    }
  });

  it('refuses halves of another kernel, each of which is no whole', () => {
    const halves = numbered(12, (index) => ({ ConvolutionKernel: index < 6 ? 'B31f' : 'B70f' }));
    expect(whyNot(halves)).toContain('not each is whole: they do not cover the same range');
  });

  it.each<[string, [unknown, unknown]]>([
    ['RespiratoryCyclePosition', ['END_INSPIR', 'END_EXPIR']],
    ['CardiacCyclePosition', ['END_SYSTOLE', 'END_DIASTOLE']],
    ['NominalPercentageOfCardiacPhase', [40, 70]],
    ['NominalPercentageOfRespiratoryPhase', [0, 50]],
    ['TemporalPositionIndex', [1, 2]],
    ['TemporalPositionIdentifier', [1, 2]],
    ['RepetitionTime', [500, 3000]],
    ['EchoTime', [4.6, 9.2]],
    ['EchoNumbers', [1, 2]],
    ['InversionTime', [150, 900]],
    ['FlipAngle', [5, 15]],
    ['DiffusionBValue', [undefined, 1000]],
    ['ScanningSequence', ['SE', 'GR']],
  ])(
    'refuses two states of the patient, or two contrasts, laid end to end, by %s',
    (keyword, [below, above]) => {
      for (const lower of [6, 11]) {
        const halves = numbered(12, (index) => ({ [keyword]: index < lower ? below : above }));
        expect(whyNot(halves)).toContain('the series holds 2 volumes, by ');
      }
    },
  );

  it('takes acquisitions laid end to end, and says so', () => {
    const stations = numbered(12, (index) => ({ AcquisitionNumber: index < 6 ? 1 : 2 }));
    const { chosen } = selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: stations }]);
    expect(chosen?.slices).toBe(12);
    expect(chosen?.notes).toEqual([
      'the slices are of 2 acquisitions laid end to end, by Acquisition number',
    ]);
  });
});

describe('selectSeries of enhanced images', () => {
  const enhanced = (frames: number, changes: (index: number) => Record<string, unknown>, more = {}) =>
    ctSlice(0, {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1',
      ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'MIXED'],
      ImagePositionPatient: undefined,
      NumberOfFrames: frames,
      PerFrameFunctionalGroupsSequence: Array.from({ length: frames }, (_, index) => ({
        PlanePositionSequence: [{ ImagePositionPatient: [0, 0, index] }],
        CTImageFrameTypeSequence: [{ FrameType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'] }],
        ...changes(index),
      })),
      ...more,
    });
  const select = (instance: ReturnType<typeof ctSlice>) =>
    selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances: [instance] }]);

  it.each([
    'MultienergyCTAcquisitionSequence',
    'MultienergyCTProcessingSequence',
    'MultienergyCTCharacteristicsSequence',
  ])('sees that a frame is of a multi-energy acquisition by its own or a shared %s', (keyword) => {
    const { input } = manifest;
    const refusing = manifestWith({
      input: { ...input, selection: { ...input.selection, multiEnergy: 'refuse' } },
    });
    const macro = { [keyword]: [{ DerivationDescription: 'of two spectra' }] };
    for (const instance of [
      enhanced(8, () => macro, { RescaleType: 'HU' }),
      enhanced(8, () => ({}), { RescaleType: 'HU', SharedFunctionalGroupsSequence: [macro] }),
    ]) {
      const { reason } = selectSeries(refusing, [{ seriesInstanceUid: '1.1', instances: [instance] }]);
      expect(reason).toMatch(/the model reads no image of a multi-energy acquisition \(Multi-?energy CT/u);
    }
    const one = enhanced(8, (index) => (index === 3 ? macro : {}), { RescaleType: 'HU' });
    expect(select(one).reason).toContain('images of several kinds in one series');
  });

  it('takes the frames of one volume', () => {
    expect(select(enhanced(8, () => ({}))).chosen).toMatchObject({ slices: 8, instances: [{}] });
  });

  it.each<[string, string[], string]>([
    ['that the manifest leaves out', ['DERIVED', 'SECONDARY', 'MIP', 'NONE'], 'selected'],
    ['that it does not know', ['DERIVED', 'PRIMARY', 'VOLUME', 'MAXIMUM'], 'not-applicable'],
  ])('reads no frames of a type %s as slices of the volume', (_what, type, outcome) => {
    const mixed = enhanced(16, (index) =>
      index % 2 === 0 ? {} : { CTImageFrameTypeSequence: [{ FrameType: type }] },
    );
    const selection = select(mixed);
    expect(selection.outcome).toBe(outcome);
    expect(JSON.stringify(selection)).toMatch(
      /8 images of the series left out, which the model does not read: Frame Type .* with Image Type is|holds 2 volumes, by Image type .* frames of one instance/u,
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'whose frames are not each described',
      { NumberOfFrames: 9 },
      /has 8 items, and Number of Frames .* is 9/u,
    ],
    ['that does not say how many frames it has', { NumberOfFrames: 'x' }, /Number of Frames/u],
  ])('refuses one %s', (_what, more, why) => {
    expect(select(enhanced(8, () => ({}), more)).reason).toMatch(why);
  });

  const PLAIN = ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'];
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['Image Type of a projection', { ImageType: ['DERIVED', 'PRIMARY', 'VOLUME', 'MAXIMUM'] }, /MAXIMUM/u],
    ['Image Type of a localizer', { ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER', 'NONE'] }, /LOCALIZER/u],
    ['Image Type of one energy', { ImageType: ['DERIVED', 'PRIMARY', 'VOLUME', 'VMI'] }, /monoenergetic/u],
    ['Image Type of a secondary image', { ImageType: ['DERIVED', 'SECONDARY', 'VOLUME'] }, /SECONDARY/u],
    ['calculation', { ImageType: PLAIN, VolumeBasedCalculationTechnique: 'MAX_IP' }, /MAX_IP/u],
    ['distortion', { ImageType: PLAIN, VolumetricProperties: 'DISTORTED' }, /DISTORTED/u],
  ])('refuses plain frames of an object that contradicts them by its %s', (_what, more, why) => {
    const { input } = manifest;
    const { selection } = input;
    const imageType = {
      ...selection.imageType,
      exclude: ['MAXIMUM', 'MAX?IP', 'LOCALIZER', 'SECONDARY', 'DISTORTED'],
    };
    const strict: Manifest = {
      ...manifest,
      input: { ...input, selection: { ...selection, imageType, multiEnergy: 'refuse' } },
    };
    const own = {
      FrameType: PLAIN,
      VolumeBasedCalculationTechnique: 'NONE',
      VolumetricProperties: 'VOLUME',
    };
    const instance = enhanced(8, () => ({ CTImageFrameTypeSequence: [own] }), more);
    expect(selectSeries(strict, [{ seriesInstanceUid: '1.1', instances: [instance] }])).toMatchObject({
      outcome: 'not-applicable',
      reason: expect.stringMatching(why),
    });
    const silent = enhanced(8, () => ({ CTImageFrameTypeSequence: [own] }), {
      VolumetricProperties: 'MIXED',
    });
    expect(selectSeries(strict, [{ seriesInstanceUid: '1.1', instances: [silent] }]).outcome).toBe(
      'selected',
    );
  });

  it('does not guess the type of frames of a mixed object', () => {
    const silent = enhanced(8, () => ({ CTImageFrameTypeSequence: undefined }));
    expect(select(silent).reason).toContain('ORIGINAL\\PRIMARY\\VOLUME\\MIXED');
  });
});
