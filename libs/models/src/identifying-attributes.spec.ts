import { describe, expect, it } from '@jest/globals';
import { isIdentifying } from './identifying-attributes.js';

describe('isIdentifying', () => {
  it.each([
    ...['PatientName', 'PatientWeight', 'PatientState', 'MedicalAlerts', 'ReferencedPatientSequence'],
    ...[
      'ReasonForStudy',
      'ReasonForTheRequestedProcedure',
      'AdmittingDiagnosesDescription',
      'StudyDescription',
    ],
    ...['RequestAttributesSequence', 'RequestedProcedureDescription', 'RequestedProcedureLocation'],
    ...[
      'OrderCallbackPhoneNumber',
      'OrderEntererLocation',
      'PatientTransportArrangements',
      'PerformedLocation',
    ],
    ...['DeviceID', 'GantryID', 'DetectorID', 'PlateID', 'StationName', 'TimezoneOffsetFromUTC'],
    ...['SpecimenIdentifier', 'ContainerIdentifier', 'ConfidentialityCode', 'RetrieveAETitle', 'RetrieveURL'],
    ...['ImageComments', 'DerivationDescription', 'UnformattedTextValue', 'SeriesTime'],
  ])('is true of %s', (keyword) => expect(isIdentifying(keyword)).toBe(true));

  it.each([
    ...[
      'PatientAge',
      'PatientSex',
      'SOPClassUID',
      'Modality',
      'ImageType',
      'BodyPartExamined',
      'ProtocolName',
    ],
    ...[
      'SliceThickness',
      'SliceLocation',
      'KVP',
      'ConvolutionKernel',
      'FilterType',
      'ExposureTime',
      'CTDIvol',
    ],
    ...[
      'ContrastBolusAgent',
      'ContrastBolusRoute',
      'Manufacturer',
      'ManufacturerModelName',
      'SoftwareVersions',
    ],
    ...['SeriesDescription', 'SeriesNumber', 'AcquisitionNumber', 'PatientPosition', 'MagneticFieldStrength'],
    ...[
      'EchoTime',
      'RepetitionTime',
      'ReceiveCoilName',
      'SequenceName',
      'LossyImageCompression',
      'RescaleType',
    ],
  ])('is false of %s, which says what an image is', (keyword) => expect(isIdentifying(keyword)).toBe(false));
});
