/** Units of the attributes that have one, as their definitions in PS3.3 give them; by how reports print them. */
const units: Readonly<Record<string, readonly string[]>> = {
  mm: [
    ...['SliceThickness', 'SpacingBetweenSlices', 'PixelSpacing', 'ImagerPixelSpacing', 'SliceLocation'],
    ...['NominalScannedPixelSpacing', 'ReconstructionPixelSpacing', 'DetectorElementSpacing', 'FocalSpots'],
    ...['ReconstructionDiameter', 'DataCollectionDiameter', 'ReconstructionFieldOfView', 'TableHeight'],
    ...['DistanceSourceToDetector', 'DistanceSourceToPatient', 'DistanceSourceToDataCollectionCenter'],
    ...['SingleCollimationWidth', 'TotalCollimationWidth', 'TableFeedPerRotation', 'FieldOfViewDimensions'],
    ...['ImagePositionPatient', 'ReconstructionTargetCenterPatient', 'DataCollectionCenterPatient'],
    ...['WaterEquivalentDiameter', 'BodyPartThickness'],
  ],
  'mm/s': ['TableSpeed'],
  kV: ['KVP'],
  keV: ['MonoenergeticEnergyEquivalent'],
  mA: ['XRayTubeCurrent', 'XRayTubeCurrentInmA'],
  uA: ['XRayTubeCurrentInuA'],
  mAs: ['Exposure', 'ExposureInmAs'],
  uAs: ['ExposureInuAs'],
  ms: [
    ...[
      'ExposureTime',
      'ExposureTimeInms',
      'RepetitionTime',
      'EchoTime',
      'EffectiveEchoTime',
      'InversionTime',
    ],
    ...['TriggerTime', 'FrameTime', 'ActualFrameDuration', 'NominalCardiacTriggerDelayTime'],
  ],
  us: ['ExposureTimeInuS'],
  s: ['RevolutionTime', 'AcquisitionDuration', 'RadionuclideHalfLife'],
  kW: ['GeneratorPower'],
  mGy: ['CTDIvol'],
  degrees: ['GantryDetectorTilt', 'FlipAngle', 'PositionerPrimaryAngle', 'PositionerSecondaryAngle'],
  T: ['MagneticFieldStrength'],
  MHz: ['ImagingFrequency', 'TransmitterFrequency'],
  'Hz/px': ['PixelBandwidth'],
  's/mm2': ['DiffusionBValue'],
  'W/kg': ['SAR'],
  '%': ['PercentSampling', 'PercentPhaseFieldOfView', 'EstimatedDoseSaving'],
  bpm: ['HeartRate'],
  mL: ['ContrastBolusVolume', 'ContrastBolusTotalDose'],
  'mL/s': ['ContrastFlowRate'],
  'mg/mL': ['ContrastBolusIngredientConcentration'],
  Bq: ['RadionuclideTotalDose'],
};

const byAttribute = new Map(
  Object.entries(units).flatMap(([unit, keywords]) => keywords.map((keyword) => [keyword, unit] as const)),
);

/** Every attribute of which a unit is known. */
export const attributesWithUnit: readonly string[] = [...byAttribute.keys()];

/** The unit of an attribute by the standard; undefined where it has none, or we know of none. */
export function unitOfAttribute(keyword: string): string | undefined {
  return byAttribute.get(keyword);
}

/** Why a stated unit is not that of an attribute, and what to state; undefined where it is. */
export function wrongUnit(keyword: string, unit: string): string | undefined {
  const known = unitOfAttribute(keyword);
  if (known === undefined)
    return `no unit of \`${keyword}\` is known, so that nobody could say whether it is ${unit}: leave \`unit\` out`;
  return unit === known
    ? undefined
    : `\`${keyword}\` is in ${known}, and not in ${unit} (PS3.3): state that, or none`;
}
