import { buildDataset, type Dataset } from '@prelector/dicom';
import { checkManifest } from './package.js';

/** The metadata of an axial CT slice at a height, with any attribute changed. */
export function ctSlice(z: number, changes: Record<string, unknown> = {}): Dataset {
  return buildDataset({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: `1.2.3.${Math.round(z * 100) + 100_000}`,
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.4',
    Modality: 'CT',
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    SeriesNumber: 2,
    SliceThickness: 1.25,
    ConvolutionKernel: 'B31f',
    KVP: 120,
    ImagePositionPatient: [-10, -10, z],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    PixelSpacing: [0.8, 0.7],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: 3,
    Columns: 4,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
    RescaleSlope: 1,
    RescaleIntercept: -1024,
    FrameOfReferenceUID: '1.2.3.9',
    ...changes,
  });
}

/** Slices 1 mm apart, feet to head. */
export function ctSeries(count: number, changes: Record<string, unknown> = {}): Dataset[] {
  return Array.from({ length: count }, (_, index) => ctSlice(index, changes));
}

const hounsfield = { value: "[hnsf'U]", scheme: 'UCUM', meaning: 'Hounsfield unit' };

/** A manifest for the graph `threshold.onnx` of the fixtures. */
export const plainManifest = {
  schema: 1,
  id: 'air-volume',
  name: 'Air volume',
  version: '1.0.0',
  manufacturer: 'Prelector',
  license: 'Apache-2.0',
  regulatory: { status: 'not a medical device; not cleared for diagnosis' },
  family: { value: '123105', scheme: 'DCM', meaning: 'Histogram Analysis' },
  graph: 'model.onnx',
  memoryMiB: 1024,
  timeoutSeconds: 60,
  input: {
    selection: {
      modality: ['CT'],
      sopClasses: ['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.2.1'],
      imageType: { exclude: ['LOCALIZER', 'DERIVED\\SECONDARY'] },
      bodyPart: { exclude: ['HEAD'] },
      minimumInstances: 4,
      maximumSliceSpacingMm: 10,
      prefer: [
        { attribute: 'ConvolutionKernel', values: ['B3?f', 'STANDARD'], reason: 'a smooth kernel' },
        { attribute: 'SliceThickness', order: 'ascending', reason: 'thin slices' },
      ],
    },
    volume: {
      layout: 'ZYX',
      order: 'feet-to-head',
      values: 'HU',
      type: 'int16',
      tensor: 'volume',
      spacing: 'spacing',
      outside: -1024,
    },
  },
  conditions: [
    {
      id: 'slice-thickness',
      label: 'slice thickness',
      attribute: 'SliceThickness',
      maximum: 1.5,
      unit: 'mm',
    },
    { id: 'kernel', label: 'kernel', attribute: 'ConvolutionKernel', oneOf: ['B3?f', 'STANDARD'] },
    { id: 'contrast', label: 'contrast agent', attribute: 'ContrastBolusAgent', absent: true },
    { id: 'coverage', label: 'air on the outer slices', output: ['first_slice', 'last_slice'], equals: 0 },
    { id: 'plausible', label: 'air volume', output: 'volume_ml', minimum: 1, maximum: 10, unit: 'mL' },
  ],
  facts: ['ConvolutionKernel', 'KVP', { attribute: 'ContrastBolusAgent', label: 'Contrast agent' }],
  groups: [
    {
      key: 'air',
      label: 'Air',
      site: { value: '39607008', scheme: 'SCT', meaning: 'Lung' },
      measurements: [
        {
          key: 'air-volume',
          output: 'volume_ml',
          concept: { value: '118565006', scheme: 'SCT', meaning: 'Volume' },
          unit: { value: 'mL', scheme: 'UCUM', meaning: 'milliliter' },
          decimals: 1,
          conditions: ['coverage', 'plausible'],
        },
        {
          key: 'mean-density',
          output: 'mean_hu',
          concept: { value: '112031', scheme: 'DCM', meaning: 'Attenuation Coefficient' },
          derivation: { value: '373098007', scheme: 'SCT', meaning: 'Mean' },
          unit: hounsfield,
          decimals: 0,
          conditions: ['slice-thickness', 'kernel', 'contrast', 'coverage'],
        },
      ],
    },
  ],
};

/** The manifest above of `values: rescaled`, measuring the volume alone; members of its input and others changed. */
export const rescaledManifest = (
  { selection = {}, volume = {} }: { selection?: object; volume?: object } = {},
  changes: Record<string, unknown> = {},
) => {
  const { input, groups } = structuredClone(plainManifest);
  const [group] = groups;
  return manifestWith({
    input: {
      selection: { ...input.selection, ...selection },
      volume: { ...input.volume, values: 'rescaled', ...volume },
    },
    groups: [{ ...group, measurements: group?.measurements.slice(0, 1) }],
    ...changes,
  });
};

/** The manifest above, checked, with top-level members changed. */
export const manifestWith = (changes: Record<string, unknown> = {}) =>
  checkManifest({ ...structuredClone(plainManifest), ...changes });
