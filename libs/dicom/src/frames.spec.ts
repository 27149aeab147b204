import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { itemsOf, numbersOf, stringOf, stringsOf } from './dataset.js';
import { frameCount, frameDataset, framesProblem } from './frames.js';
import { compressionOf } from './lossy-compression.js';
import { planeOf } from './plane.js';
import { tags } from './tags.js';

const enhanced = buildDataset({
  Modality: 'CT',
  NumberOfFrames: 2,
  Rows: 4,
  Columns: 4,
  ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'MIXED'],
  SharedFunctionalGroupsSequence: [
    {
      PixelMeasuresSequence: [{ PixelSpacing: [0.5, 0.5], SliceThickness: 2 }],
      PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
      CTImageFrameTypeSequence: [{ FrameType: ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'] }],
    },
  ],
  PerFrameFunctionalGroupsSequence: [
    { PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 10] }] },
    {
      PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 12] }],
      PixelMeasuresSequence: [{ PixelSpacing: [0.5, 0.5], SliceThickness: 3 }],
    },
  ],
});

describe('frameDataset', () => {
  it('looks like a classic image, the frame winning over what is shared', () => {
    const [first, second] = [frameDataset(enhanced, 0), frameDataset(enhanced, 1)];
    expect(planeOf(first)?.imagePosition).toEqual([0, 0, 10]);
    expect(planeOf(second)?.imagePosition).toEqual([0, 0, 12]);
    expect(numbersOf(first, tags.SliceThickness)).toEqual([2]);
    expect(numbersOf(second, tags.SliceThickness)).toEqual([3]);
    expect(stringsOf(first, tags.ImageType)).toEqual(['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE']);
    expect(frameCount(first)).toBe(1);
  });

  it('leaves a classic image as it is, and the enhanced one unchanged', () => {
    const classic = buildDataset({ Rows: 4 });
    expect(frameDataset(classic, 0)).toBe(classic);
    expect(frameCount(enhanced)).toBe(2);
    expect(enhanced[tags.SliceThickness]).toBeUndefined();
  });

  it.each([-1, 2, 0.5])('has no frame %p', (index) => {
    expect(() => frameDataset(enhanced, index)).toThrow(
      expect.objectContaining({ code: 'dicom.no-such-frame' }),
    );
  });

  const withGroups = (
    shared: Record<string, unknown>,
    own: Record<string, unknown>[],
    more: Record<string, unknown> = {},
  ) =>
    buildDataset({
      SOPInstanceUID: '1.2.3',
      NumberOfFrames: own.length,
      ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'MIXED'],
      SharedFunctionalGroupsSequence: [shared],
      PerFrameFunctionalGroupsSequence: own,
      ...more,
    });
  const position = (z: number) => ({ PlanePositionSequence: [{ ImagePositionPatient: [0, 0, z] }] });

  it('takes nothing from private sequences, unknown ones and loose attributes of the groups', () => {
    const image = withGroups({}, [position(5)]);
    const group = image[tags.PerFrameFunctionalGroupsSequence]?.Value?.[0] as Record<string, object>;
    const intruder = buildDataset({
      SOPInstanceUID: '9.9',
      ImagePositionPatient: [7, 7, 7],
      RescaleIntercept: 0,
    });
    Object.assign(group, {
      '2005100F': { vr: 'SQ', Value: [intruder] },
      '00081115': { vr: 'SQ', Value: [intruder] },
      ...buildDataset({ RescaleSlope: 3, ImagePositionPatient: [8, 8, 8] }),
    });
    const frame = frameDataset(image, 0);
    expect(stringOf(frame, tags.SOPInstanceUID)).toBe('1.2.3');
    expect(numbersOf(frame, tags.ImagePositionPatient)).toEqual([0, 0, 5]);
    expect(frame[tags.RescaleIntercept]).toBeUndefined();
    expect(frame[tags.RescaleSlope]).toBeUndefined();
  });

  it('lets no functional group say which object the frame is in, or whose', () => {
    const image = withGroups({ FrameAnatomySequence: [{ PatientID: 'other', SOPInstanceUID: '9.9' }] }, [
      { PlanePositionSequence: [{ ImagePositionPatient: [0, 0, 5], SeriesInstanceUID: '9.9' }] },
    ]);
    const frame = frameDataset(image, 0);
    expect(stringOf(frame, tags.SOPInstanceUID)).toBe('1.2.3');
    expect(frame[tags.PatientID]).toBeUndefined();
    expect(frame[tags.SeriesInstanceUID]).toBeUndefined();
  });

  it('replaces a shared macro by the own one of a frame as a whole, and by no empty one', () => {
    const shared = { PixelMeasuresSequence: [{ PixelSpacing: [1, 1], SliceThickness: 2 }] };
    const image = withGroups(shared, [{ PixelMeasuresSequence: [{ PixelSpacing: [3, 3] }] }, position(5)]);
    const second = image[tags.PerFrameFunctionalGroupsSequence]?.Value?.[1] as Record<string, object>;
    second[tags.PixelMeasuresSequence] = { vr: 'SQ', Value: [{}] };
    expect(numbersOf(frameDataset(image, 0), tags.PixelSpacing)).toEqual([3, 3]);
    expect(numbersOf(frameDataset(image, 0), tags.SliceThickness)).toEqual([]);
    expect(numbersOf(frameDataset(image, 1), tags.PixelSpacing)).toEqual([1, 1]);
  });

  it('lets no derivation of a frame take away what all frames, or the object, went through', () => {
    const derived = (value: string) => ({
      DerivationImageSequence: [{ DerivationCodeSequence: [{ value, scheme: 'DCM', meaning: 'Derived' }] }],
    });
    const [lossy, other] = [derived('113040'), derived('113072')];
    for (const image of [
      withGroups(lossy, [{ ...position(5), ...other }]),
      withGroups({}, [{ ...position(5), ...other }], lossy),
      withGroups(other, [position(5)], lossy),
      withGroups(other, [{ ...position(5), ...lossy }]),
    ]) {
      expect(compressionOf(frameDataset(image, 0))).toEqual({ lossy: 'yes', statement: 'yes' });
    }
    const neither = frameDataset(withGroups(other, [{ ...position(5), ...other }]), 0);
    expect(compressionOf(neither).lossy).toBe('no');
  });

  it.each(['MRImageFrameTypeSequence', 'CTImageFrameTypeSequence', 'PETFrameTypeSequence'])(
    'gives each frame its own type of %s as Image Type',
    (sequence) => {
      const types = [
        ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'],
        ['DERIVED', 'PRIMARY', 'AXIAL', 'MAX_IP'],
      ];
      const image = withGroups(
        {},
        types.map((type) => ({ [sequence]: [{ FrameType: type }] })),
      );
      expect(types.map((_, index) => stringsOf(frameDataset(image, index), tags.ImageType))).toEqual(types);
    },
  );

  it.each<[string[], string[], string[]]>([
    [
      ['DERIVED', 'PRIMARY', 'VOLUME', 'MAXIMUM'],
      ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'],
      ['DERIVED', 'PRIMARY', 'AXIAL', 'NONE', 'MAXIMUM'],
    ],
    [
      ['ORIGINAL', 'SECONDARY'],
      ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      ['ORIGINAL', 'SECONDARY', 'AXIAL'],
    ],
    [
      ['MIXED', 'PRIMARY', 'VOLUME', 'MIXED'],
      ['DERIVED', 'PRIMARY', 'AXIAL', 'VMI'],
      ['DERIVED', 'PRIMARY', 'AXIAL', 'VMI'],
    ],
    [
      ['ORIGINAL', 'PRIMARY', 'axial', 'NONE'],
      ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'],
      ['ORIGINAL', 'PRIMARY', 'AXIAL', 'NONE'],
    ],
    [['ORIGINAL', 'PRIMARY', 'VOLUME'], [], ['ORIGINAL', 'PRIMARY', 'VOLUME']],
  ])('lets Image Type %j of the object say what Frame Type %j leaves out', (object, own, all) => {
    const image = withGroups({}, [{ CTImageFrameTypeSequence: [{ FrameType: own }] }], { ImageType: object });
    expect(stringsOf(frameDataset(image, 0), tags.ImageType)).toEqual(all);
  });

  it('keeps a calculation or distortion of which only the object speaks', () => {
    const own = {
      FrameType: ['ORIGINAL'],
      VolumeBasedCalculationTechnique: 'NONE',
      VolumetricProperties: 'VOLUME',
    };
    const of = (more: Record<string, unknown>) => {
      const frame = frameDataset(withGroups({}, [{ CTImageFrameTypeSequence: [own] }], more), 0);
      return [tags.VolumeBasedCalculationTechnique, tags.VolumetricProperties].map((tag) =>
        stringsOf(frame, tag),
      );
    };
    expect(of({ VolumeBasedCalculationTechnique: 'MAX_IP', VolumetricProperties: 'SAMPLED' })).toEqual([
      ['NONE', 'MAX_IP'],
      ['VOLUME', 'SAMPLED'],
    ]);
    expect(of({ VolumeBasedCalculationTechnique: 'MIXED', VolumetricProperties: 'MIXED' })).toEqual([
      ['NONE'],
      ['VOLUME'],
    ]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['PlanePositionSequence', { ImagePositionPatient: [0, 0, 1] }, { ImagePositionPatient: [0, 0, 2] }],
    ['PixelValueTransformationSequence', { RescaleSlope: 1 }, { RescaleSlope: 1, RescaleIntercept: 0 }],
    [
      'PlaneOrientationSequence',
      { ImageOrientationPatient: [1, 0, 0, 0, 1, 0] },
      { ImageOrientationPatient: [1, 0, 0, 0, -1, 0] },
    ],
    ['PixelMeasuresSequence', { SliceThickness: 1 }, { SliceThickness: 1.001 }],
    ['CTImageFrameTypeSequence', { FrameType: ['ORIGINAL'] }, { FrameType: ['DERIVED'] }],
    ['FrameContentSequence', { FrameAcquisitionNumber: 1 }, { FrameAcquisitionNumber: 2 }],
  ])(
    'refuses two items of %s that differ, shared or of a frame, and takes two that are the same',
    (name, item, other) => {
      const [words] = name.split('Sequence') as [string];
      const named = new RegExp(`^${words.split('').join(' ?')} Sequence .* has 2 items that differ`, 'u');
      const twice = { [name]: [item, other] };
      for (const image of [withGroups(twice, [{}]), withGroups({}, [twice])]) {
        expect(framesProblem(image)).toMatch(named);
        expect(() => frameDataset(image, 0)).toThrow(
          expect.objectContaining({ code: 'dicom.frames-undescribed' }),
        );
      }
      const same = withGroups({ [name]: [item, item] }, [{}]);
      expect(framesProblem(same)).toBeUndefined();
      expect(frameDataset(same, 0)).toBeDefined();
    },
  );

  it.each<[string, string, Record<string, unknown>[]]>([
    [
      'spell numbers in another way',
      'PixelMeasuresSequence',
      [{ SliceThickness: '.8' }, { SliceThickness: '0.80' }],
    ],
    ['are empty behind', 'PixelMeasuresSequence', [{ SliceThickness: '.8' }, {}]],
    ['are empty before', 'PixelMeasuresSequence', [{}, { SliceThickness: '.8' }]],
    ['have no value', 'PixelMeasuresSequence', [{ SliceThickness: [] }, { SliceThickness: '.8' }]],
    [
      'comment in another way',
      'FrameContentSequence',
      [
        { FrameAcquisitionNumber: 1, FrameComments: 'one' },
        { FrameAcquisitionNumber: 1, FrameComments: 'two' },
      ],
    ],
  ])('takes two items of a macro that %s', (_what, name, items) => {
    const twice = { [name]: items };
    const images = [
      withGroups(twice, [{}]),
      withGroups({}, [twice]),
      withGroups({}, [{}], { SharedFunctionalGroupsSequence: items.map((item) => ({ [name]: [item] })) }),
    ];
    for (const image of images) {
      expect(framesProblem(image)).toBeUndefined();
      const frame = frameDataset(image, 0);
      expect([
        ...numbersOf(frame, tags.SliceThickness),
        ...numbersOf(frame, tags.FrameAcquisitionNumber),
      ]).toEqual([name === 'FrameContentSequence' ? 1 : 0.8]);
    }
  });

  it('refuses an item with a number that a server lost beside one that states it', () => {
    const image = withGroups({ PixelMeasuresSequence: [{ SliceThickness: 1 }, {}] }, [{}]);
    const shared = itemsOf(image, tags.SharedFunctionalGroupsSequence).flatMap((item) =>
      itemsOf(item, tags.PixelMeasuresSequence),
    );
    Object.assign(shared[1] ?? {}, { [tags.SliceThickness]: { vr: 'DS', lost: true } });
    expect(framesProblem(image)).toMatch(/has 2 items that differ/u);
  });

  it('refuses two Shared Functional Groups that differ, and takes two that are the same', () => {
    const shared = (...items: object[]) =>
      withGroups({}, [position(1)], { SharedFunctionalGroupsSequence: items });
    const item = { PixelMeasuresSequence: [{ SliceThickness: 1 }] };
    const image = shared(item, { PixelMeasuresSequence: [{ SliceThickness: 2 }] });
    expect(framesProblem(image)).toMatch(/^Shared Functional Groups Sequence .* has 2 items that differ/u);
    expect(() => frameDataset(image, 0)).toThrow(
      expect.objectContaining({ code: 'dicom.frames-undescribed' }),
    );
    expect(framesProblem(shared(item, item))).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'fewer groups than frames',
      { NumberOfFrames: 3 },
      /has 2 items, and Number of Frames \(0028,0008\) is 3/u,
    ],
    [
      'more groups than frames',
      { NumberOfFrames: undefined },
      /has 2 items, and Number of Frames \(0028,0008\) is 1$/u,
    ],
    ['an unreadable number of frames', { NumberOfFrames: 'many' }, /Number of Frames .* cannot be read/u],
    ['no frames', { NumberOfFrames: 0 }, /Number of Frames .* is `0`/u],
  ])('refuses %s', (_what, more, problem) => {
    const image = withGroups({}, [position(1), position(2)], more);
    expect(framesProblem(image)).toMatch(problem);
    expect(() => frameDataset(image, 0)).toThrow(
      expect.objectContaining({ code: 'dicom.frames-undescribed' }),
    );
  });
});
