import { wordsOfKeyword } from './words.js';

/** Attributes of PS3.3 that are lengths, times, voltages and the like: none of them is ever zero or less. */
const positive: ReadonlySet<string> = new Set([
  // Sizes and distances
  ...['SliceThickness', 'NominalScannedPixelSpacing', 'PixelSpacing', 'ImagerPixelSpacing'],
  ...['ReconstructionDiameter', 'DataCollectionDiameter', 'DistanceSourceToDetector'],
  ...['DistanceSourceToPatient', 'DistanceSourceToDataCollectionCenter', 'FocalSpots'],
  ...['SingleCollimationWidth', 'TotalCollimationWidth', 'Rows', 'Columns', 'ReconstructionFieldOfView'],
  ...[
    'SpacingBetweenSlices',
    'ReconstructionPixelSpacing',
    'DetectorElementSpacing',
    'FieldOfViewDimensions',
  ],
  // Radiation
  ...['KVP', 'XRayTubeCurrent', 'XRayTubeCurrentInmA', 'XRayTubeCurrentInuA', 'ExposureTime'],
  ...['ExposureTimeInms', 'ExposureTimeInuS', 'Exposure', 'ExposureInmAs', 'ExposureInuAs', 'CTDIvol'],
  ...['RevolutionTime', 'SpiralPitchFactor', 'GeneratorPower'],
  // Magnetic resonance
  ...['MagneticFieldStrength', 'ImagingFrequency', 'RepetitionTime', 'EchoTime', 'EffectiveEchoTime'],
  ...['PixelBandwidth', 'NumberOfAverages', 'EchoTrainLength'],
]);

/** Why a number is none that an attribute can have, in words: `0 is no slice thickness`; undefined where it may. */
export function impossible(keyword: string, value: number): string | undefined {
  if (!positive.has(keyword) || value > 0) return undefined;
  return `${value} is no ${lower(wordsOfKeyword(keyword))}`;
}

/** `slice thickness` of `Slice thickness`, and `KVP` as it is. */
function lower(words: string): string {
  return /^[A-Z]{2}/u.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}
