import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { numbersOf, stringOf, stringsOf } from './dataset.js';
import { tagOf } from './dictionary.js';
import { frameDataset, framesProblem } from './frames.js';
import { rescaled } from './rescale.js';
import { tags } from './tags.js';

type Items = Record<string, unknown>;

/** What the macros of an enhanced CT say, each in its own place. */
const proper = {
  PixelMeasuresSequence: { PixelSpacing: [0.8, 0.8], SliceThickness: 2 },
  PlanePositionSequence: { ImagePositionPatient: [0, 0, 5] },
  PlaneOrientationSequence: { ImageOrientationPatient: [1, 0, 0, 0, 1, 0] },
  PixelValueTransformationSequence: { RescaleSlope: 1, RescaleIntercept: -1024, RescaleType: 'HU' },
  CTImageFrameTypeSequence: { FrameType: ['ORIGINAL', 'PRIMARY', 'AXIAL'] },
};

const decisive: readonly [keyof typeof proper, string, unknown][] = [
  ['PixelMeasuresSequence', 'PixelSpacing', [2, 2]],
  ['PixelMeasuresSequence', 'SliceThickness', 7],
  ['PlanePositionSequence', 'ImagePositionPatient', [0, 0, 9]],
  ['PlaneOrientationSequence', 'ImageOrientationPatient', [-1, 0, 0, 0, 1, 0]],
  ['PixelValueTransformationSequence', 'RescaleSlope', 5],
  ['PixelValueTransformationSequence', 'RescaleIntercept', 0],
  ['PixelValueTransformationSequence', 'RescaleType', 'HU_MOD'],
  ['CTImageFrameTypeSequence', 'FrameType', ['DERIVED', 'PRIMARY', 'AXIAL']],
];

const inItems = (macros: Items) =>
  Object.fromEntries(Object.entries(macros).map(([name, item]) => [name, [item]]));

function enhanced(shared: Items, own: Items, more: Items = {}) {
  return buildDataset({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1',
    SOPInstanceUID: '1.2.3',
    Modality: 'CT',
    Rows: 4,
    Columns: 4,
    ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME'],
    NumberOfFrames: 1,
    SharedFunctionalGroupsSequence: [inItems(shared)],
    PerFrameFunctionalGroupsSequence: [inItems(own)],
    ...more,
  });
}

const undescribed = (named: RegExp) =>
  expect.objectContaining({ code: 'dicom.frames-undescribed', message: expect.stringMatching(named) });

describe.each([
  'FrameContentSequence',
  'FrameAnatomySequence',
  'CTReconstructionSequence',
  'UnassignedSharedConvertedAttributesSequence',
  'UnassignedPerFrameConvertedAttributesSequence',
])('an attribute in %s, which does not define it', (place) => {
  it.each(decisive)('is refused beside another one in %s: %s', (home, keyword, other) => {
    const tag = tagOf(keyword);
    const named = new RegExp(
      `\\(${tag.slice(0, 4)},${tag.slice(4)}\\) stands in .*, and is not what .* states`,
      'u',
    );
    for (const image of [
      enhanced(proper, { [place]: { [keyword]: other } }),
      enhanced({ ...proper, [place]: { [keyword]: other } }, {}),
      enhanced({ [place]: { [keyword]: other } }, proper),
    ]) {
      expect(framesProblem(image)).toMatch(named);
      expect(() => frameDataset(image, 0)).toThrow(undescribed(named));
    }
    const { [keyword]: _due, ...silent } = proper[home] as Items;
    const alone = enhanced({ ...proper, [home]: silent }, { [place]: { [keyword]: other } });
    expect(framesProblem(alone)).toMatch(/stands in .*, and .*, which defines it, does not state it/u);
  });

  it.each(decisive)('is read where it says the same as %s: %s', (home, keyword) => {
    const same = { [keyword]: (proper[home] as Items)[keyword] };
    const image = enhanced(proper, { [place]: same });
    expect(framesProblem(image)).toBeUndefined();
    const [beside, without] = [frameDataset(image, 0), frameDataset(enhanced(proper, {}), 0)];
    expect(beside[tagOf(keyword)]).toEqual(without[tagOf(keyword)]);
  });
});

it.each(['ModalityLUTSequence', 'RealWorldValueMappingSequence'])(
  'a %s in any macro is refused',
  (keyword) => {
    for (const place of ['PixelValueTransformationSequence', 'UnassignedSharedConvertedAttributesSequence']) {
      const item = { ...((proper as Items)[place] as Items), [keyword]: [{ LUTExplanation: 'x' }] };
      expect(framesProblem(enhanced({ ...proper, [place]: item }, {}))).toMatch(
        / Sequence \([0-9A-F,]{9}\) stands in .* Sequence .*, where it has no place$/u,
      );
    }
  },
);

it('objects converted from single images say in their unassigned attributes what they have no macro for', () => {
  const image = enhanced(
    { ...proper, UnassignedSharedConvertedAttributesSequence: { KVP: 120, ConvolutionKernel: 'B70f' } },
    {
      FrameContentSequence: { FrameAcquisitionNumber: 3 },
      UnassignedPerFrameConvertedAttributesSequence: {
        AcquisitionNumber: 3,
        IrradiationEventUID: '1.2',
        RespiratoryCyclePosition: 'END_RESPIR',
      },
    },
  );
  expect(framesProblem(image)).toBeUndefined();
  const frame = frameDataset(image, 0);
  expect(numbersOf(frame, tags.KVP)).toEqual([120]);
  expect(stringOf(frame, tags.ConvolutionKernel)).toBe('B70f');
  expect(numbersOf(frame, tags.AcquisitionNumber)).toEqual([3]);
  expect(stringOf(frame, tagOf('IrradiationEventUID'))).toBe('1.2');
  expect(stringOf(frame, tagOf('RespiratoryCyclePosition'))).toBe('END_RESPIR');
});

it('the macro that defines what tells acquisitions apart says it, and no other one', () => {
  const reconstruction = { CTReconstructionSequence: { ConvolutionKernel: 'B30f' } };
  const unassigned = (kernel: string) => ({
    UnassignedSharedConvertedAttributesSequence: { ConvolutionKernel: kernel },
  });
  const image = enhanced({ ...proper, ...reconstruction, ...unassigned('B70f') }, {});
  expect(framesProblem(image)).toMatch(/^Convolution Kernel \(0018,1210\) stands in /u);
  const elsewhere = enhanced({ ...proper, FrameAnatomySequence: { KVP: 80 } }, {});
  expect(frameDataset(elsewhere, 0)[tags.KVP]).toBeUndefined();
});

it('no macro says how the pixels of all frames lie, or by what they were made', () => {
  const image = enhanced(proper, {
    FrameContentSequence: { Rows: 2, BitsStored: 4, PixelRepresentation: 1, Modality: 'MR' },
  });
  const frame = frameDataset(image, 0);
  expect(numbersOf(frame, tags.Rows)).toEqual([4]);
  expect(frame[tags.BitsStored]).toBeUndefined();
  expect(frame[tags.PixelRepresentation]).toBeUndefined();
  expect(stringOf(frame, tags.Modality)).toBe('CT');
});

describe('functional groups in a single image', () => {
  const single = (groups: Items, more: Items = {}, sopClass = '2') =>
    buildDataset({
      SOPClassUID: `1.2.840.10008.5.1.4.1.1.${sopClass}`,
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      PixelSpacing: [0.8, 0.8],
      SliceThickness: 2,
      ImagePositionPatient: [0, 0, 5],
      ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
      RescaleSlope: 1,
      RescaleIntercept: -1024,
      KVP: 120,
      SharedFunctionalGroupsSequence: [inItems(groups)],
      ...more,
    });

  it.each(decisive)('are refused where they contradict it, in %s by %s', (home, keyword, other) => {
    const own = keyword === 'FrameType' ? 'Image Type' : keyword.replaceAll(/([a-z])([A-Z])/gu, '$1 $2');
    const [name] = own.replace('Patient', '').trim().split('  ');
    for (const sopClass of ['2', '4', '7', '128']) {
      const image = single({ [home]: { [keyword]: other } }, {}, sopClass);
      expect(framesProblem(image)).toMatch(
        new RegExp(`^${name} .* of the image is not what its functional groups say`, 'u'),
      );
      expect(() => frameDataset(image, 0)).toThrow(undescribed(/functional groups/u));
    }
  });

  it('are not read where they say the same, and refuse nothing', () => {
    const image = single({ ...proper, PixelValueTransformationSequence: { RescaleSlope: 1 } });
    expect(framesProblem(image)).toBeUndefined();
    expect(frameDataset(image, 0)).toBe(image);
    const values = rescaled(
      {
        rows: 1,
        columns: 2,
        samplesPerPixel: 1,
        bitsStored: 16,
        signed: false,
        photometricInterpretation: 'MONOCHROME2',
        pixels: Uint16Array.of(0, 1024),
      },
      image,
    );
    expect(Array.from(values)).toEqual([-1024, 0]);
    expect(stringsOf(frameDataset(image, 0), tags.ImageType)).toEqual(['ORIGINAL', 'PRIMARY', 'AXIAL']);
  });

  it('are refused for any attribute that the image states otherwise', () => {
    expect(framesProblem(single({ CTXRayDetailsSequence: { KVP: 80 } }))).toMatch(/^KVP /u);
    expect(framesProblem(single({ CTXRayDetailsSequence: { KVP: 120 } }))).toBeUndefined();
  });

  it.each(['RealWorldValueMappingSequence', 'ContrastBolusUsageSequence'])(
    'are refused where only they have a %s',
    (sequence) => {
      const item = { RealWorldValueSlope: 2, ContrastBolusAgentAdministered: 'YES' };
      expect(framesProblem(single({ [sequence]: item }))).toMatch(/is not what its functional groups say/u);
    },
  );

  it.each([2, 24])('do not make it one of %d frames: Number of Frames is named', (NumberOfFrames) => {
    for (const image of [
      single({}, { NumberOfFrames }),
      single({}, { NumberOfFrames, SharedFunctionalGroupsSequence: [] }),
    ]) {
      expect(framesProblem(image)).toBe(
        `Number of Frames (0028,0008) is ${NumberOfFrames}, and an image of its SOP Class has one frame`,
      );
    }
  });
});
