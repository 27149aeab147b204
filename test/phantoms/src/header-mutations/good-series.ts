import { itemOf, raw, rawSequence, type RawElement, type RawItem } from './raw-element.js';

/** A series as data sets, one for each file. */
export interface RawSeries {
  readonly name: string;
  readonly sopClassUid: string;
  readonly images: readonly RawItem[];
}

const SLICES = 6;
const SIZE = 8;
const CT = '1.2.840.10008.5.1.4.1.1.2';
const ENHANCED_CT = '1.2.840.10008.5.1.4.1.1.2.1';
/** Stored values of a slice: no two slices and no two pixels of one are alike, and all fit 11 bits. */
const stored = (slice: number) =>
  Array.from({ length: SIZE * SIZE }, (_, index) => 200 + 100 * slice + index);

const common = (sopClassUid: string, number: number): RawElement[] => [
  raw('SOPClassUID', 'UI', sopClassUid),
  raw('SOPInstanceUID', 'UI', `2.25.200${number}`),
  raw('StudyInstanceUID', 'UI', '2.25.300'),
  raw('SeriesInstanceUID', 'UI', '2.25.400'),
  raw('FrameOfReferenceUID', 'UI', '2.25.500'),
  raw('Modality', 'CS', 'CT'),
  raw('ImageType', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
  raw('PatientID', 'LO', 'MUTATED'),
  raw('PatientName', 'PN', 'Made^Up'),
  raw('SeriesNumber', 'IS', '2'),
  raw('SamplesPerPixel', 'US', [1]),
  raw('PhotometricInterpretation', 'CS', 'MONOCHROME2'),
  raw('Rows', 'US', [SIZE]),
  raw('Columns', 'US', [SIZE]),
  raw('BitsAllocated', 'US', [16]),
  raw('BitsStored', 'US', [12]),
  raw('HighBit', 'US', [11]),
  raw('PixelRepresentation', 'US', [0]),
];

const orientation = raw('ImageOrientationPatient', 'DS', '1\\0\\0\\0\\1\\0');
const position = (slice: number) => raw('ImagePositionPatient', 'DS', `-10\\-12\\${slice * 2.5 - 30}`);
const measures = [raw('PixelSpacing', 'DS', '0.75\\0.5'), raw('SliceThickness', 'DS', '2.5')];
const rescale = (slope: string, intercept: string) => [
  raw('RescaleSlope', 'DS', slope),
  raw('RescaleIntercept', 'DS', intercept),
  raw('RescaleType', 'LO', 'HU'),
];
const numbers = (from: number, length: number) => Array.from({ length }, (_, index) => from + index);

function single(name: string, own: (slice: number) => RawElement[]): RawSeries {
  const images = numbers(0, SLICES).map((slice) =>
    itemOf(
      ...common(CT, slice),
      raw('InstanceNumber', 'IS', String(slice + 1)),
      raw('AcquisitionNumber', 'IS', '1'),
      position(slice),
      orientation,
      ...measures,
      ...own(slice),
      raw('PixelData', 'OW', stored(slice)),
    ),
  );
  return { name, sopClassUid: CT, images };
}

/** Six axial slices, 2.5 mm apart; the pixels that padding marks would be air in any case. */
export const classicSeries = single('classic', () => [
  ...rescale('1', '-1024'),
  raw('PixelPaddingValue', 'US', [0]),
]);

/** The same with a Modality LUT beside a rescale that changes nothing. */
export const tableSeries = single('table', () => [
  ...rescale('1', '0'),
  rawSequence(
    'ModalityLUTSequence',
    itemOf(
      raw('LUTDescriptor', 'US', [600, 200, 16]),
      raw('ModalityLUTType', 'LO', 'HU'),
      raw(
        'LUTData',
        'OW',
        numbers(0, 600).map((entry) => entry * 3),
      ),
    ),
  ),
]);

/** The same as frames of one enhanced CT, whose groups hold what single images state themselves. */
export const enhancedSeries: RawSeries = {
  name: 'enhanced',
  sopClassUid: ENHANCED_CT,
  images: [
    itemOf(
      ...common(ENHANCED_CT, 0),
      raw('NumberOfFrames', 'IS', String(SLICES)),
      rawSequence(
        'SharedFunctionalGroupsSequence',
        itemOf(
          rawSequence('PixelMeasuresSequence', itemOf(...measures)),
          rawSequence('PlaneOrientationSequence', itemOf(orientation)),
          rawSequence('PixelValueTransformationSequence', itemOf(...rescale('1', '-1024'))),
        ),
      ),
      rawSequence(
        'PerFrameFunctionalGroupsSequence',
        ...numbers(0, SLICES).map((slice) =>
          itemOf(
            rawSequence('PlanePositionSequence', itemOf(position(slice))),
            rawSequence(
              'CTImageFrameTypeSequence',
              itemOf(raw('FrameType', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL\\NONE')),
            ),
          ),
        ),
      ),
      raw('PixelData', 'OW', numbers(0, SLICES).flatMap(stored)),
    ),
  ],
};
