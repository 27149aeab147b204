import { code, type CodedConcept } from '@prelector/dicom';

import { concepts } from './concepts.js';
import { modalityTable } from './modalities.js';

/** Codes beyond those that reports are always made of: PS3.16 Annex D, CID 7162, 7464, 219, 240, 250, 7181. */
const others: readonly CodedConcept[] = [
  code('126011', 'DCM', 'Derived Imaging Measurements'),
  code('130400', 'DCM', 'Geometric purpose of region'),
  code('111030', 'DCM', 'Image Region'),
  code('111041', 'DCM', 'Outline'),
  code('111010', 'DCM', 'Center'),
  code('121191', 'DCM', 'Referenced Segment'),
  code('121214', 'DCM', 'Referenced Segmentation Frame'),
  code('121231', 'DCM', 'Volume Surface'),
  code('121232', 'DCM', 'Source series for segmentation'),
  code('121233', 'DCM', 'Source image for segmentation'),
  code('112227', 'DCM', 'Frame of Reference UID'),
  code('111012', 'DCM', 'Certainty of Finding'),
  code('111047', 'DCM', 'Probability of cancer'),
  code('122157', 'DCM', 'Probability'),
  code('112031', 'DCM', 'Attenuation Coefficient'),
  code('126030', 'DCM', 'Sum of segmented voxel method for volume'),
  code('111243', 'DCM', 'Not all algorithms succeeded; without findings'),
  code('111244', 'DCM', 'Not all algorithms succeeded; with findings'),
  code('111222', 'DCM', 'Succeeded'),
  code('111223', 'DCM', 'Partially Succeeded'),
  code('121006', 'DCM', 'Person'),
  code('121008', 'DCM', 'Person Observer Name'),
  code('123101', 'DCM', 'Neighborhood Analysis'),
  code('123102', 'DCM', 'Adaptive Filtering'),
  code('123103', 'DCM', 'Edge Detection'),
  code('123104', 'DCM', 'Morphological Operations'),
  code('123105', 'DCM', 'Histogram Analysis'),
  code('123106', 'DCM', 'Multi-Scale/Resolution Filtering'),
  code('123107', 'DCM', 'Cluster Analysis'),
  code('123108', 'DCM', 'Multispectral Processing'),
  code('123109', 'DCM', 'Manual Processing'),
  code('123110', 'DCM', 'Artificial Intelligence'),
  code('123111', 'DCM', 'Deformable Models'),
  code('118565006', 'SCT', 'Volume'),
  code('42798000', 'SCT', 'Area'),
  code('103339001', 'SCT', 'Long Axis'),
  code('103340004', 'SCT', 'Short Axis'),
  code('373098007', 'SCT', 'Mean'),
  code('75958009', 'SCT', 'Bounded by'),
  code('52101004', 'SCT', 'Present'),
  code('272519000', 'SCT', 'Absent'),
  code('373068000', 'SCT', 'Undetermined'),
  code('10828004', 'SCT', 'Positive'),
  code('260385009', 'SCT', 'Negative'),
  code('24028007', 'SCT', 'Right'),
  code('7771000', 'SCT', 'Left'),
  code('51440002', 'SCT', 'Bilateral'),
  code('66459002', 'SCT', 'Unilateral'),
  code('39607008', 'SCT', 'Lung'),
  code('mm', 'UCUM', 'millimeter'),
  code('mm2', 'UCUM', 'square millimeter'),
  code('mm3', 'UCUM', 'cubic millimeter'),
  code('mL', 'UCUM', 'milliliter'),
  code("[hnsf'U]", 'UCUM', 'Hounsfield unit'),
  code('%', 'UCUM', 'Percent'),
  code('1', 'UCUM', 'no units'),
];

/** Every code whose meaning we know, with that meaning: no report is written in which one has another. */
export const knownCodes: readonly CodedConcept[] = [...Object.values(concepts), ...modalityTable, ...others];
const meanings = new Map(knownCodes.map(({ scheme, value, meaning }) => [`${scheme} ${value}`, meaning]));
const dicomCodes = new Map(
  knownCodes
    .filter(({ scheme }) => scheme === 'DCM')
    .map(({ value, meaning }) => [meaning.toLowerCase(), value]),
);

/** The meaning that the standard gives a code, where it is one we know. */
export function knownMeaning({ value, scheme }: CodedConcept): string | undefined {
  return meanings.get(`${scheme} ${value}`);
}

/** The DCM code of a meaning, where it is one we know: shows a code that a slip put under its name. */
export function knownDicomCode(meaning: string): string | undefined {
  return dicomCodes.get(meaning.toLowerCase());
}
