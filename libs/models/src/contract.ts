import { tagOf, tags } from '@prelector/dicom';
import { acquisitionTags } from './acquisition-attributes.js';
import { contrastTags } from './contrast.js';
import { typeTags } from './image-type.js';
import type { Manifest } from './manifest.js';
import { inputsOf } from './model-inputs.js';

/**
 * Version of what this code makes of a manifest and images: selection, the building of the volume, the
 * reading of outputs. Part of the run key: raise it when the same input could give another result.
 */
export const ANALYSIS_CONTRACT_VERSION = 8;

/** Attributes read whatever the manifest says: kind, geometry, pixels, values, padding, compression. */
const alwaysRead: readonly string[] = [
  ...typeTags,
  tags.SOPInstanceUID,
  tags.Modality,
  tags.BodyPartExamined,
  tags.SeriesNumber,
  tags.InstanceNumber,
  tags.ImagePositionPatient,
  tags.ImageOrientationPatient,
  tags.FrameOfReferenceUID,
  tags.PixelSpacing,
  tags.SliceThickness,
  tags.Rows,
  tags.Columns,
  tags.SamplesPerPixel,
  tags.BitsAllocated,
  tags.BitsStored,
  tags.HighBit,
  tags.PixelRepresentation,
  tags.PhotometricInterpretation,
  tags.RescaleIntercept,
  tags.RescaleSlope,
  tags.RescaleType,
  tagOf('Units'),
  tags.ModalityLUTSequence,
  tags.PixelPaddingValue,
  tags.PixelPaddingRangeLimit,
  tags.RealWorldValueMappingSequence,
  tags.MultienergyCTAcquisition,
  tags.MultienergyCTAcquisitionSequence,
  tags.MultienergyCTProcessingSequence,
  tags.MultienergyCTCharacteristicsSequence,
  tags.MonoenergeticEnergyEquivalent,
  tags.LossyImageCompression,
  tags.LossyImageCompressionRetired,
  tags.LossyImageCompressionRatio,
  tags.LossyImageCompressionMethod,
  tags.DerivationCodeSequence,
  tags.DerivationImageSequence,
  ...contrastTags,
];

/**
 * The tags that selection, preprocessing, validity and stated facts read of an image: what the digest of an
 * instance covers beside its pixels. Ascending, each once.
 */
export function selectionTags(manifest: Manifest): string[] {
  const keywords = [
    ...manifest.input.selection.prefer.map(({ attribute }) => attribute),
    ...manifest.conditions.flatMap((spec) => ('attribute' in spec ? [spec.attribute] : [])),
    ...manifest.facts.map((fact) => (typeof fact === 'string' ? fact : fact.attribute)),
  ];
  const ofSteps = inputsOf(manifest).flatMap(({ reads }) => reads);
  return [...new Set([...alwaysRead, ...acquisitionTags, ...ofSteps, ...keywords.map(tagOf)])].sort();
}
