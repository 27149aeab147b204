export { areAllCancelled } from './cancelled-orders.js';
export type { CountedOrder, OrderNumber } from './cancelled-orders.js';
export {
  FINDINGS_VERSION,
  analysedSeriesSchema,
  codedConceptSchema,
  conditionSchema,
  findingsSchema,
  measurementGroupSchema,
  measurementSchema,
  modelIdentitySchema,
  outcomes,
  readings,
  sourceInstanceSchema,
  statedFactSchema,
} from './findings.js';
export type {
  AnalysedSeries,
  Condition,
  Findings,
  Measurement,
  MeasurementGroup,
  ModelIdentity,
  Outcome,
  SourceInstance,
} from './findings.js';
export type { ComparableName, ImageIdentity, NameParts, PatientNumber, StudyIdentity } from './identity.js';
export { isSaidAlike, remaindersOf } from './lost-characters.js';
export { nameSpelling } from './person-name.js';
export {
  joiningKeys,
  joiningWords,
  judgeJoining,
  numberReusedDays,
  provisionalTies,
  noStrongerThan,
  signedReportDays,
  ties,
  twoPatients,
} from './joining.js';
export type { Joining, JoiningKey, Meeting, Tie } from './joining.js';
export { namespaceParts, namespaceText, namespacesAgree } from './namespace.js';
export { presentationFor } from './presentation.js';
export type { NodePurpose, Presentation } from './presentation.js';
export {
  deliveryTransitions,
  mayGo,
  orderTransitions,
  readingTransitions,
  runTransitions,
  steps,
  studyTransitions,
} from './states.js';
export type {
  ActivationState,
  DeliveryState,
  OrderState,
  ReadingState,
  RunState,
  StepName,
  StudyState,
  Transitions,
} from './states.js';
export {
  compareArchiveWithArchive,
  compareOrderWithArchive,
  compareSearchWithInstance,
  identityOfDataset,
  identityOfSearch,
  withoutEmpty,
} from './identity-comparison.js';
export type { ComparisonOptions, IdentityAttribute, IdentityVerdict } from './identity-comparison.js';
export {
  countInstances,
  isDerivedModality,
  isSourceSeries,
  judgeCompleteness,
  readableModality,
  sameCounts,
} from './completeness.js';
export type {
  Completeness,
  CompletenessPolicy,
  Expectation,
  Observation,
  ObservedSeries,
} from './completeness.js';
export { hasMoreImages } from './copies.js';
export { inputDigest, runKey } from './run-key.js';
export type { RunKeyParts } from './run-key.js';
export { findingKinds, findingKindsOf } from './finding-kinds.js';
export type { FindingKind } from './finding-kinds.js';
export { isOnTheWay, namesOf, stands, whatCarries } from './carrying-forms.js';
export type { Carrying, FormDelivery } from './carrying-forms.js';
export { decideSending } from './sending.js';
export type { LatePolicy, SendingCircumstances, SendingDecision } from './sending.js';
