import { tagOf } from './dictionary.js';

const FRAME_TYPES = ['CTImageFrameType', 'MRImageFrameType', 'PETFrameType', 'XRay3DFrameType'].concat([
  ...['USImageDescription', 'ParametricMapFrameType', 'IntravascularOCTFrameType'],
  'MRSpectroscopyFrameType',
]);

/** On these the place of a frame and its values depend: where they stand in any other macro nothing is read. */
const DECISIVE: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['PixelMeasures'], ['PixelSpacing', 'SliceThickness']],
  [['PlanePosition'], ['ImagePositionPatient']],
  [['PlaneOrientation'], ['ImageOrientationPatient']],
  [['PixelValueTransformation'], ['RescaleSlope', 'RescaleIntercept', 'RescaleType']],
  [FRAME_TYPES, ['FrameType']],
  // Of a lookup table no macro speaks, and the mapping to real world values is one itself.
  [[], ['ModalityLUTSequence', 'RealWorldValueMappingSequence']],
];

/** What tells acquisitions apart and what conditions ask for; objects converted from single images keep it elsewhere. */
const OTHERS: typeof DECISIVE = [
  [['PixelMeasures'], ['SpacingBetweenSlices']],
  [FRAME_TYPES, ['VolumetricProperties', 'VolumeBasedCalculationTechnique', 'PixelPresentation']],
  [['FrameContent'], ['FrameAcquisitionNumber', 'FrameAcquisitionDateTime', 'FrameReferenceDateTime']],
  [['FrameContent'], ['StackID', 'InStackPositionNumber', 'TemporalPositionIndex', 'DimensionIndexValues']],
  [['FrameContent'], ['CardiacCyclePosition', 'RespiratoryCyclePosition', 'FrameAcquisitionDuration']],
  [['CardiacSynchronization'], ['NominalPercentageOfCardiacPhase', 'NominalCardiacTriggerDelayTime']],
  [['CardiacSynchronization'], ['ActualCardiacTriggerDelayTime']],
  [['RespiratorySynchronization'], ['NominalPercentageOfRespiratoryPhase']],
  [['RespiratorySynchronization'], ['NominalRespiratoryTriggerDelayTime']],
  [['TemporalPosition'], ['TemporalPositionTimeOffset']],
  [['IrradiationEventIdentification'], ['IrradiationEventUID']],
  [['CTAcquisitionType'], ['AcquisitionType']],
  [['CTReconstruction'], ['ConvolutionKernel', 'ConvolutionKernelGroup', 'ReconstructionAlgorithm']],
  [['CTXRayDetails'], ['KVP', 'FilterType']],
  [['MREcho'], ['EffectiveEchoTime']],
  [['MRTimingAndRelatedParameters'], ['FlipAngle', 'RepetitionTime']],
  [['MRDiffusion'], ['DiffusionBValue', 'DiffusionDirectionality']],
];

const sequence = (name: string) => tagOf(`${name}Sequence`);

/** By attribute, the sequences of the functional group macros that define it (PS3.3 C.7.6.16.2, C.8.13, C.8.15). */
export const definingMacros: ReadonlyMap<string, readonly string[]> = new Map(
  [...DECISIVE, ...OTHERS].flatMap(([macros, keywords]) =>
    keywords.map((keyword) => [tagOf(keyword), macros.map(sequence)] as const),
  ),
);

/** The attributes that count in no other macro, even where the one that defines them does not state them. */
export const decisiveAttributes: ReadonlySet<string> = new Set(
  DECISIVE.flatMap(([, keywords]) => keywords.map(tagOf)),
);

/**
 * Where objects converted from single images keep what the macros of their class have no place for (PS3.3
 * C.7.6.16.2.25, C.7.6.16.2.26).
 */
export const unassignedMacros: ReadonlySet<string> = new Set(
  ['UnassignedSharedConvertedAttributes', 'UnassignedPerFrameConvertedAttributes'].map(sequence),
);
