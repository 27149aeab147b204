import { buildDataset, code, derivedUid } from '@prelector/dicom';
import { FINDINGS_VERSION, findingKinds, type Findings, type Measurement } from '@prelector/findings';

import type { EncodedEvidence, EvidenceInput } from './encode-evidence.js';
import type { Place } from './evidence-input.js';
import { evidenceForms, evidenceKinds } from './forms/registry.js';
import { seriesPlacementFor } from './series-placement.js';
import { sopClasses } from './sop-classes.js';

const hounsfield = code("[hnsf'U]", 'UCUM', 'Hounsfield unit');
const attenuation = code('112031', 'DCM', 'Attenuation Coefficient');

/** The four measurements of a lung densitometry; on the thick, sharp reconstruction densities do not hold. */
export function measurementsOf(valid: boolean): Measurement[] {
  const thickness = valid
    ? { id: 'slice-thickness', state: 'met', statement: 'slice thickness 1 mm (validated at most 1.5 mm)' }
    : {
        id: 'slice-thickness',
        state: 'not-met',
        statement: 'slice thickness 5 mm (validated at most 1.5 mm)',
      };
  const kernel = valid
    ? { id: 'kernel', state: 'met', statement: 'kernel B35f' }
    : { id: 'kernel', state: 'unknown', statement: 'kernel not stated (validated for soft kernels)' };
  const contrast = { id: 'contrast', state: 'met', statement: 'contrast agent not stated, counts as none' };
  const coverage = { id: 'coverage', state: 'met', statement: 'whole lung covered' };
  const densities = {
    valid,
    conditions: [thickness, kernel, contrast, coverage] as Measurement['conditions'],
  };
  return [
    {
      key: 'lung-volume',
      concept: code('118565006', 'SCT', 'Volume'),
      method: code('126030', 'DCM', 'Sum of segmented voxel method for volume'),
      unit: code('mL', 'UCUM', 'milliliter'),
      value: 5123.4,
      decimals: 0,
      valid: true,
      conditions: [coverage as Measurement['conditions'][number]],
    },
    {
      key: 'mean-density',
      concept: attenuation,
      derivation: code('373098007', 'SCT', 'Mean'),
      unit: hounsfield,
      value: -845.26,
      decimals: 1,
      ...densities,
    },
    {
      key: 'perc15',
      concept: code('PERC15', '99PRELECTOR', '15th percentile lung density'),
      unit: hounsfield,
      value: -921,
      decimals: 0,
      ...densities,
    },
    {
      key: 'laa-950',
      concept: code('LAA950', '99PRELECTOR', 'Low attenuation area below -950 HU'),
      unit: code('%', 'UCUM', 'Percent'),
      value: 7.3333,
      decimals: 2,
      ...densities,
    },
  ];
}

/** Findings of a lung densitometry on one series of three images. */
export function findingsOf(changes: Partial<Findings> & { valid?: boolean } = {}): Findings {
  const { valid = true, ...rest } = changes;
  return {
    version: FINDINGS_VERSION,
    outcome: 'measured',
    summary: 'Lung volume 5123 mL, low attenuation area 7.33 %.',
    groups: [
      {
        key: 'lungs',
        label: 'Both lungs',
        site: code('39607008', 'SCT', 'Lung'),
        measurements: measurementsOf(valid),
      },
    ],
    series: [
      {
        seriesInstanceUid: '1.2.826.0.1.3680043.8.498.1.1',
        modality: 'CT',
        seriesNumber: 2,
        why: 'the only axial reconstruction of the chest',
        instances: [1, 2, 3].map((number) => ({
          sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
          sopInstanceUid: `1.2.826.0.1.3680043.8.498.1.1.${number}`,
        })),
      },
    ],
    facts: [
      { name: 'Convolution kernel', value: 'L' },
      { name: 'Slice thickness', value: '5 mm' },
      { name: 'kVp', value: '120' },
    ],
    notes: ['slices 12 and 14 are 10 mm apart'],
    ...rest,
  };
}

/** A whole input; `changes` replaces members. */
export function evidenceInputOf(changes: Partial<EvidenceInput> = {}): EvidenceInput {
  const studyInstanceUid = '1.2.826.0.1.3680043.8.498.1';
  const placement = {
    installationId: '0197a4de-2f1a-7c53-9d1f-3b8f2a4c5d6e',
    studyInstanceUid,
    modelId: 'ct-lung-densitometry',
    modelName: 'CT lung densitometry',
    presentation: changes.presentation ?? 'qualified',
  };
  const createdAt = new Date('2026-01-02T12:00:00Z');
  return {
    runKey: 'run-1',
    findings: findingsOf(),
    model: {
      id: 'ct-lung-densitometry',
      name: 'CT lung densitometry',
      version: '1.0.0',
      manufacturer: 'Prelector',
      regulatoryStatus: 'not a medical device; not cleared for diagnosis',
      digest: 'a'.repeat(64),
      family: code('123104', 'DCM', 'Morphological Operations'),
    },
    presentation: 'qualified',
    installation: {
      id: placement.installationId,
      manufacturer: 'Prelector',
      modelName: 'Prelector',
      softwareVersions: '0.1.0',
    },
    source: buildDataset({
      StudyInstanceUID: studyInstanceUid,
      StudyDate: '20260101',
      StudyTime: '101500',
      StudyID: '1',
      StudyDescription: 'CT chest',
      AccessionNumber: 'ACC1',
      ReferringPhysicianName: '',
      PatientName: 'Doe^Jané',
      PatientID: 'P1',
      IssuerOfPatientID: 'HOSPITAL',
      PatientBirthDate: '19700101',
      PatientSex: 'F',
    }),
    timeZone: 'Europe/Berlin',
    analysisStartedAt: new Date('2026-01-02T12:00:00Z'),
    completedAt: new Date('2026-01-02T12:00:41Z'),
    imagesAsOf: new Date('2026-01-02T11:58:30Z'),
    forcedByMaximumWait: false,
    places: Object.fromEntries(
      evidenceKinds.map((kind) => [
        kind,
        { series: { ...seriesPlacementFor(kind, placement), createdAt }, instanceNumber: 1 },
      ]),
    ),
    ...changes,
  };
}

/** The same input with another place for every form. */
export function placed(
  input: EvidenceInput,
  change: (place: Place, kind: string) => Partial<Place>,
): EvidenceInput {
  const places = Object.entries(input.places).map(([kind, place]) => [
    kind,
    { ...place, ...change(place, kind) },
  ]);
  return { ...input, places: Object.fromEntries(places) };
}

/** The same input, every form of it replacing an object of its series. */
export function replacing(input: EvidenceInput): EvidenceInput {
  return placed(input, ({ series: { seriesInstanceUid } }, kind) => ({
    predecessor: {
      sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34',
      sopInstanceUid: derivedUid(`predecessor ${kind}`),
      seriesInstanceUid,
    },
  }));
}

/** The value, which a test knows to be there. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a value that the test relies on is absent');
  return value;
}

/** The structured reports among encoded objects that say all of a result: what reads as a tree, with every number. */
export const reportsAmong = (encoded: readonly EncodedEvidence[]): EncodedEvidence[] =>
  encoded.filter(
    ({ kind, sopClassUid }) =>
      Object.values<string>(sopClasses).includes(sopClassUid) &&
      findingKinds.every((each) => evidenceForms[kind].carries.includes(each)),
  );
