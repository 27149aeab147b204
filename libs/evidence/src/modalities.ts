import { code, type CodedConcept } from '@prelector/dicom';

/** Acquisition modalities (CID 29) by the value of Modality (0008,0060). */
const modalityConcepts: Readonly<Record<string, CodedConcept>> = {
  CR: code('CR', 'DCM', 'Computed Radiography'),
  CT: code('CT', 'DCM', 'Computed Tomography'),
  DX: code('DX', 'DCM', 'Digital Radiography'),
  MG: code('MG', 'DCM', 'Mammography'),
  MR: code('MR', 'DCM', 'Magnetic Resonance'),
  NM: code('NM', 'DCM', 'Nuclear Medicine'),
  PT: code('PT', 'DCM', 'Positron emission tomography'),
  RF: code('RF', 'DCM', 'Radiofluoroscopy'),
  US: code('US', 'DCM', 'Ultrasound'),
  XA: code('XA', 'DCM', 'X-Ray Angiography'),
};

const imagingProcedure = code('363679005', 'SCT', 'Imaging procedure');

/** Procedures of the baseline context group 100 by modality. */
const procedureConcepts: Readonly<Record<string, CodedConcept>> = {
  CT: code('25045-6', 'LN', 'CT unspecified body region'),
  MR: code('25056-3', 'LN', 'MRI unspecified body region'),
  NM: code('49118-3', 'LN', 'NM unspecified body region'),
  PT: code('44136-0', 'LN', 'PET unspecified body region'),
};

/** Modality as a coded concept (CID 29), or undefined for one that the table lacks. */
export function modalityConcept(modality: string): CodedConcept | undefined {
  return modalityConcepts[modality];
}

/**
 * Procedure reported (TID 1500): the imaging procedure that was analysed, not the algorithm (IHE AIR
 * 6.5.3). Named by modality alone: what a body part attribute claims is not repeated as our statement.
 */
export function procedureConcept(modalities: readonly string[]): CodedConcept {
  const named = new Set(modalities.map((modality) => procedureConcepts[modality] ?? imagingProcedure));
  const [only] = named;
  return named.size === 1 && only ? only : imagingProcedure;
}

/** All concepts of this table, for the gate's list of meanings. */
export const modalityTable: readonly CodedConcept[] = [
  ...Object.values(modalityConcepts),
  ...Object.values(procedureConcepts),
  imagingProcedure,
];
