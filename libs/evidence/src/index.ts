export { copyProblems } from './copied-attributes.js';
export type { CopyProblem, CopyProblems } from './copied-attributes.js';
export { identifyingAttributes } from './identifying-attributes.js';
export { disagreementOf, fullness, imageIdentityOf } from './stated-identity.js';
export { codeFault } from './code-fault.js';
export { knownCodes } from './known-meanings.js';
export { checkEvidence } from './check-evidence.js';
export { encodeEvidence } from './encode-evidence.js';
export { evidenceError, evidenceErrors } from './errors.js';
export { evidenceKinds } from './evidence-input.js';
export type {
  EncodedEvidence,
  EvidenceInput,
  EvidenceKind,
  Installation,
  PredecessorReference,
  SeriesPlacement,
} from './evidence-input.js';
export { formsFor, sopClassOfKind } from './forms-for.js';
export type { FormAcceptance, FormChoice } from './forms-for.js';
export type { Problem } from './problem.js';
export { seriesPlacementFor } from './series-placement.js';
export type { PlacementInput } from './series-placement.js';
export { compareStored } from './compare-stored.js';
export type { StoredComparison, StoredDifference } from './compare-stored.js';
export { reportComments, reportMeasurements } from './report-measurements.js';
export type { ReportedMeasurement } from './report-measurements.js';
export { reportTree } from './report-tree.js';
export { measurementLines } from './measurement-line.js';
export { groupName, measurementName } from './measurement-words.js';
export { presentFindings } from './presented-findings.js';
export type { MeasurementStanding, PresentedFindings } from './presented-findings.js';
