export { Ledger } from './ledger.js';
export type { LedgerOptions } from './ledger.js';
export type { LedgerChannel } from './channel-listener.js';
export { UnitOfWork } from './unit-of-work.js';
export type { Tx } from './unit-of-work.js';
export { ledgerError, ledgerErrors } from './errors.js';
export { IdentityVault } from './identities/identity-vault.js';
export type { KeyRing, Sealed } from './identities/identity-vault.js';
export { accessionsOf } from './identities/accession-numbers.js';
export type { AccessionNumber } from './identities/accession-numbers.js';
export { Identities, isOnePatient, patientHmac } from './identities/identities.js';
export type { KeptIdentity, Sighting } from './identities/identities.js';
export { Steps } from './steps/steps.js';
export type { Claim, ClaimRequest, ScheduleRequest, ScheduledStep, StepFailure } from './steps/steps.js';
export { Outbox } from './steps/outbox.js';
export type { DueStep, Requeued, StaleRequest } from './steps/outbox.js';
export { DeadLetters } from './steps/dead-letters.js';
export type { DeadLetter } from './steps/dead-letters.js';
export { Notices } from './notices/notices.js';
export type {
  NewHl7Notice,
  NewNotice,
  NoticeSubject,
  RecordedHl7Notice,
  Settlement,
} from './notices/notices.js';
export { Feeds } from './notices/feeds.js';
export type { FeedHeard, MessageQuery, NewTurnedAway, ToldMessage, TurnedAway } from './notices/feeds.js';
export { Orders, namedByPerson } from './orders/orders.js';
export { NodeRefusals } from './nodes/node-refusals.js';
export type { NodeAccount, NodeRefusal } from './nodes/node-refusals.js';
export { Locks } from './lock-in-order.js';
export type { StatedStudy } from './lock-in-order.js';
export { isPlaced } from './orders/new-order.js';
export type { NewOrder } from './orders/new-order.js';
export { OrderBook } from './orders/order-book.js';
export type { RecordedOrder } from './orders/order-book.js';
export { FirstOrders } from './orders/first-orders.js';
export type { FirstOrder } from './orders/first-orders.js';
export { Archives } from './joining/archives.js';
export type { ArchiveStatement } from './joining/archives.js';
export { studyKeys } from './orders/order-keys.js';
export type { StatedNumber } from './orders/order-keys.js';
export { Numbers } from './orders/numbers.js';
export type { Met } from './orders/numbers.js';
export { Judging, refiled } from './joining/judging.js';
export { underNumberOf } from './identities/kinship.js';
export type { Kinship, StandIns } from './identities/kinship.js';
export { PatientMerges } from './joining/patient-merges.js';
export type { LockedPatients, NewPatientMerge, StatedMerge } from './joining/patient-merges.js';
export { Holds } from './transitions/holds.js';
export type { Hold } from './transitions/holds.js';
export { Polls } from './polls/polls.js';
export type { PollClaim, PollEnd } from './polls/polls.js';
export { Status } from './story/status.js';
export type { InDoubt, NeedsPerson, StatusCounts, ToldDeadLetter } from './story/status.js';
export { Stories } from './story/stories.js';
export type { OpenStep, StoryDelivery, StoryEntry, StudyStory } from './story/stories.js';
export { Retention } from './retention/retention.js';
export type { Purged } from './retention/retention.js';
export { LedgerModule } from './ledger.module.js';
export type { LedgerModuleAsyncOptions, LedgerSource } from './ledger.module.js';
export { Events, isPerson, personOf } from './events/events.js';
export type { NewEvent } from './events/events.js';
export { Moves } from './transitions/moves.js';
export type { Move, StudyPatch } from './transitions/moves.js';
export { Studies } from './studies/studies.js';
export type { NewStudy, NewVerdict } from './studies/studies.js';
export { Runs, identityInputOf } from './runs/runs.js';
export type { NewRun, NewRunInput, NewestRun } from './runs/runs.js';
export { Evidence } from './evidence/evidence.js';
export type { NewEvidence, NewEvidenceSeries } from './evidence/evidence.js';
export { Deliveries } from './evidence/deliveries.js';
export type { Doubt, NewDelivery, Sibling } from './evidence/deliveries.js';
export { Acceptances } from './evidence/acceptances.js';
export type { AcceptanceKey, NewAcceptance } from './evidence/acceptances.js';
export { ConfigurationChanges } from './configuration/configuration-changes.js';
export type {
  ChangedBy,
  ConfigurationChange,
  SiteConfiguration,
} from './configuration/configuration-changes.js';
export { Configurations } from './configuration/configurations.js';
export type { CurrentConfiguration } from './configuration/configurations.js';
export { Credentials } from './configuration/credentials.js';
export type { Credential } from './configuration/credentials.js';
export {
  ConfigurationVersionRow,
  CredentialRow,
  FeedRow,
  PackageActivationRow,
  PacsNodeRow,
  RuleRow,
} from './configuration/configuration.entity.js';
export type { ConfigurationKind } from './configuration/configuration.entity.js';
export type { JsonObject } from './json-object.js';
export { EventRow } from './events/event.entity.js';
export type { SubjectKind } from './events/event.entity.js';
export {
  AcceptanceRow,
  ArtifactRow,
  DeliveryRow,
  EvidenceRow,
  EvidenceSeriesRow,
} from './evidence/evidence.entity.js';
export type { AcceptanceSource, AcceptanceStatus } from './evidence/evidence.entity.js';
export { IdentityRow, IdentitySightingRow, ReleasedIdentityRow } from './identities/identity.entity.js';
export type { SightingStage } from './identities/identity.entity.js';
export { NoticeBodyRow, NoticeRow, NoticeSubjectRow } from './notices/notice.entity.js';
export type { AckCode, NoticeDisposition, NoticeKind } from './notices/notice.entity.js';
export { OrderKeyRow, OrderRow, OrderStudyRow } from './orders/order.entity.js';
export { PollWindowRow } from './polls/poll-window.entity.js';
export type { PollKind } from './polls/poll-window.entity.js';
export { FindingsRow, RunInputRow, RunRow } from './runs/run.entity.js';
export type { RunSelection } from './runs/run.entity.js';
export { AttemptRow, DeadLetterRow, OutboxRow, StepRow } from './steps/step.entity.js';
export type { AttemptResult, StepState } from './steps/step.entity.js';
export { ObservationRow, StudyCopyRow, StudyKeyRow, StudyRow, VerdictRow } from './studies/study.entity.js';
export { OrderStatements } from './joining/order-statements.js';
export type { SpokenOf } from './joining/order-statements.js';
export { OrderSearch } from './orders/order-search.js';
export type { OrderNaming, OrderQuery, ToldNumbers, ToldOrder, ToldOrders } from './orders/order-search.js';
export type { SoughtNumbers } from './orders/sought-numbers.js';
export { StudySearch } from './story/study-search.js';
export type { StudyQuery, ToldAccession, ToldStudies, ToldStudy } from './story/study-search.js';
export { StudyCopies } from './studies/study-copies.js';
export { Patients } from './identities/patients.js';
export { MergedOrders } from './orders/merged-orders.js';
export { UnusableOrders } from './orders/unusable-orders.js';
export { Superseding } from './transitions/superseding.js';
export { OrderLinks } from './joining/order-links.js';
export { OrderEffects } from './joining/order-effects.js';
export { Joining } from './joining/joining.js';
