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
export type { ComparableName, StudyIdentity } from './identity.js';
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
