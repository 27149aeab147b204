import { code } from '@prelector/dicom';

/** Coding scheme of the concepts that no standard scheme has; named in Coding Scheme Identification. */
export const PRIVATE_SCHEME = '99PRELECTOR';

/** The coded concepts that reports are built from: PS3.16 Annex D and the context groups named in brackets. */
export const concepts = {
  // Documents and their sections (CID 7021, 7000, 7001, 7002)
  imagingMeasurementReport: code('126000', 'DCM', 'Imaging Measurement Report'),
  imagingMeasurements: code('126010', 'DCM', 'Imaging Measurements'),
  qualitativeEvaluations: code('C0034375', 'UMLS', 'Qualitative Evaluations'),
  measurementGroup: code('125007', 'DCM', 'Measurement Group'),
  imageLibrary: code('111028', 'DCM', 'Image Library'),
  imageLibraryGroup: code('126200', 'DCM', 'Image Library Group'),
  diagnosticImagingReport: code('18748-4', 'LN', 'Diagnostic Imaging Report'),
  summary: code('121111', 'DCM', 'Summary'),
  findings: code('121070', 'DCM', 'Findings'),
  finding: code('121071', 'DCM', 'Finding'),
  procedureDescriptions: code('121064', 'DCM', 'Current Procedure Descriptions'),
  procedureDescription: code('121065', 'DCM', 'Procedure Description'),
  // Context (TID 1204, 1002, 1004, 1500, 1602)
  language: code('121049', 'DCM', 'Language of Content Item and Descendants'),
  englishUnitedStates: code('en-US', 'RFC5646', 'English (United States)'),
  observerType: code('121005', 'DCM', 'Observer Type'),
  device: code('121007', 'DCM', 'Device'),
  deviceObserverUid: code('121012', 'DCM', 'Device Observer UID'),
  deviceObserverName: code('121013', 'DCM', 'Device Observer Name'),
  deviceObserverManufacturer: code('121014', 'DCM', 'Device Observer Manufacturer'),
  deviceObserverModelName: code('121015', 'DCM', 'Device Observer Model Name'),
  deviceObserverSerialNumber: code('121016', 'DCM', 'Device Observer Serial Number'),
  procedureReported: code('121058', 'DCM', 'Procedure reported'),
  modality: code('121139', 'DCM', 'Modality'),
  // Groups and measurements (TID 1501, 300, 4108)
  trackingIdentifier: code('112039', 'DCM', 'Tracking Identifier'),
  trackingUniqueIdentifier: code('112040', 'DCM', 'Tracking Unique Identifier'),
  findingSite: code('363698007', 'SCT', 'Finding Site'),
  laterality: code('272741003', 'SCT', 'Laterality'),
  measurementMethod: code('370129005', 'SCT', 'Measurement Method'),
  derivation: code('121401', 'DCM', 'Derivation'),
  comment: code('121106', 'DCM', 'Comment'),
  // Algorithm (TID 4019)
  algorithmName: code('111001', 'DCM', 'Algorithm Name'),
  algorithmVersion: code('111003', 'DCM', 'Algorithm Version'),
  algorithmParameters: code('111002', 'DCM', 'Algorithm Parameters'),
  algorithmFamily: code('111000', 'DCM', 'Algorithm Family'),
  // Outcome (CID 6047, CID 6042)
  processingSummary: code('111017', 'DCM', 'CAD Processing and Findings Summary'),
  summaryOfAnalyses: code('111065', 'DCM', 'Summary of Analyses'),
  succeededWithoutFindings: code('111241', 'DCM', 'All algorithms succeeded; without findings'),
  succeededWithFindings: code('111242', 'DCM', 'All algorithms succeeded; with findings'),
  noneSucceeded: code('111245', 'DCM', 'No algorithms succeeded; without findings'),
  failed: code('111224', 'DCM', 'Failed'),
  notAttempted: code('111225', 'DCM', 'Not Attempted'),
  // Purposes of reference (CID 7005, CID 7009)
  processingEquipment: code('109102', 'DCM', 'Processing Equipment'),
  replacedReport: code('121360', 'DCM', 'Replaced report'),
} as const;
