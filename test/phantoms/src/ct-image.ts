import { buildDataset, derivedUid, type Dataset } from '@prelector/dicom';
import type { PhantomIdentity } from './identity.js';
import { originOf, type ScanPlan } from './scan.js';

const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const INTERCEPT = -1024;
const LARGEST = 4095;
/** Table position of the phantom's lower end, so that positions are not all positive. */
const TABLE_MM = -400;

/** The words of the header that a site may want to vary. */
export interface CtHeader {
  readonly identity: PhantomIdentity;
  readonly plan: ScanPlan;
  readonly kernel: string;
  readonly contrastAgent: string | undefined;
}

/** SOP Instance UID of a slice: fixed by its series, so a phantom made again by the same UIDs is the same. */
export function sopInstanceUidOf(identity: PhantomIdentity, slice: number): string {
  return derivedUid(`phantom ${identity.seriesInstanceUid} ${slice}`);
}

/** One slice as a CT Image (PS3.3 A.3), 12 bits unsigned, instances numbered from the head down. */
export function ctImage(header: CtHeader, slice: number, values: Int16Array): Dataset {
  const { identity, plan } = header;
  const [x, y, z] = originOf(plan, slice);
  const position = z + TABLE_MM;
  return buildDataset({
    ...patientAndStudy(header),
    ...acquisition(header),
    SOPClassUID: CT_IMAGE,
    SOPInstanceUID: sopInstanceUidOf(identity, slice),
    InstanceNumber: plan.slices - slice,
    ImagePositionPatient: [fixed(x), fixed(y), fixed(position)],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SliceLocation: fixed(position),
    PixelSpacing: [fixed(plan.pixelSpacing), fixed(plan.pixelSpacing)],
    Rows: plan.pixels,
    Columns: plan.pixels,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    RescaleIntercept: INTERCEPT,
    RescaleSlope: 1,
    RescaleType: 'HU',
    WindowCenter: -500,
    WindowWidth: 1500,
    PixelData: { vr: 'OW', bytes: stored(values) },
  });
}

function patientAndStudy({ identity }: CtHeader): Record<string, unknown> {
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: identity.patientName,
    PatientID: identity.patientId,
    IssuerOfPatientID: identity.issuerOfPatientId,
    PatientBirthDate: identity.birthDate,
    PatientSex: identity.sex,
    StudyInstanceUID: identity.studyInstanceUid,
    StudyID: '1',
    StudyDate: identity.date,
    StudyTime: identity.time,
    StudyDescription: 'CT chest, phantom',
    AccessionNumber: identity.accessionNumber,
    ReferringPhysicianName: '',
    SeriesInstanceUID: identity.seriesInstanceUid,
    FrameOfReferenceUID: identity.frameOfReferenceUid,
    PositionReferenceIndicator: '',
  };
}

function acquisition({ identity, plan, kernel, contrastAgent }: CtHeader): Record<string, unknown> {
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    Modality: 'CT',
    SeriesNumber: 2,
    SeriesDescription: `Chest ${fixed(plan.thickness)} ${kernel}`,
    SeriesDate: identity.date,
    SeriesTime: identity.time,
    AcquisitionDate: identity.date,
    AcquisitionTime: identity.time,
    ContentDate: identity.date,
    ContentTime: identity.time,
    AcquisitionNumber: 1,
    Manufacturer: 'Prelector',
    ManufacturerModelName: 'Chest CT phantom',
    SoftwareVersions: '1',
    BodyPartExamined: 'CHEST',
    PatientPosition: 'HFS',
    KVP: 120,
    SliceThickness: fixed(plan.thickness),
    SpacingBetweenSlices: fixed(plan.spacing),
    ConvolutionKernel: kernel,
    ContrastBolusAgent: contrastAgent,
  };
}

/** Lengths to a tenth of a micrometre: what DS can hold in its 16 characters, with no binary tail. */
function fixed(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** Stored values of a slice: HU less the intercept, held within 12 bits. */
function stored(values: Int16Array): Uint8Array {
  const words = Uint16Array.from(values, (hu) => Math.min(LARGEST, Math.max(0, hu - INTERCEPT)));
  return new Uint8Array(words.buffer);
}
