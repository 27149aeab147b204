export { Ledger } from './ledger.js';
export type { LedgerOptions } from './ledger.js';
export type { LedgerChannel } from './channel-listener.js';
export type { Tx } from './tx.js';
export { ledgerError, ledgerErrors } from './errors.js';
export { IdentityVault } from './identities/identity-vault.js';
export type { KeyRing, Sealed } from './identities/identity-vault.js';
export { accessionsOf } from './identities/accession-numbers.js';
export type { AccessionNumber } from './identities/accession-numbers.js';
export {
  identityOfImages,
  isOnePatient,
  latestSighting,
  openIdentity,
  patientHmac,
  knownIdentity,
  recordSighting,
  storeIdentity,
} from './identities/identities.js';
export type { KeptIdentity, Sighting } from './identities/identities.js';
export { scheduleStep } from './steps/schedule-step.js';
export type { ScheduledStep, ScheduleRequest } from './steps/schedule-step.js';
export { claimStep, lastAttemptSaid, renewLease } from './steps/claim-step.js';
export type { Claim, ClaimRequest } from './steps/claim-step.js';
export { assertClaim, buryStep, completeStep, deferStep, retryStep } from './steps/end-step.js';
export type { StepFailure } from './steps/end-step.js';
export { nextDueAt, putBack, takeDueOutbox } from './steps/outbox.js';
export type { DueStep } from './steps/outbox.js';
export { requeueStale } from './steps/requeue-stale.js';
export type { Requeued, StaleRequest } from './steps/requeue-stale.js';
export {
  isOpenDeadLetter,
  lockRowsOfDeadLetter,
  openDeadLetters,
  reviveDeadLetter,
} from './steps/dead-letters.js';
export type { DeadLetter } from './steps/dead-letters.js';
export {
  linkNotice,
  openNoticeBody,
  recordHl7Notice,
  recordNotice,
  settleNotice,
} from './notices/notices.js';
export type {
  NewHl7Notice,
  NewNotice,
  NoticeSubject,
  RecordedHl7Notice,
  Settlement,
} from './notices/notices.js';
export { feedsHeard, messagesOf } from './notices/told-messages.js';
export type { FeedHeard, MessageQuery, ToldMessage } from './notices/told-messages.js';
export {
  countWaitingOrders,
  hasOrderOfItsOwn,
  heldOrders,
  isCancelled,
  linkBetween,
  lockOrder,
  namedByPerson,
  prolongOrder,
  orderById,
  ordersOfStudy,
  ordersSpeakingOf,
  studiesOfOrder,
} from './orders/orders.js';
export { nowOf } from './database-clock.js';
export {
  admitAccount,
  askNodeAgain,
  forgetRefusedAccount,
  nodeRefusals,
  noteRefusedAccount,
} from './nodes/node-refusals.js';
export type { NodeAccount, NodeRefusal } from './nodes/node-refusals.js';
export { lockAboutOrders, lockAboutStudies } from './lock-in-order.js';
export type { StatedStudy } from './lock-in-order.js';
export { lockKnownOrders, recordOrder } from './orders/record-order.js';
export { isPlaced } from './orders/new-order.js';
export type { NewOrder } from './orders/new-order.js';
export type { RecordedOrder } from './orders/record-order.js';
export { ordersApart, uniteMerged } from './orders/unite-merged.js';
export { recordFirstOrder } from './orders/first-order.js';
export type { FirstOrder } from './orders/first-order.js';
export { forgetUnusableOrders, recordUnusableOrder } from './orders/unusable-orders.js';
export { applyOrder, joinOrder, joinStudy } from './joining/join-orders.js';
export type { ArchiveStatement } from './joining/order-identities.js';
export { asInstancesState, latestSeen, statedByInstances } from './joining/seen-by-archive.js';
export { takeUpKeptBack } from './studies/kept-back.js';
export { linkOrderToStudy, takeUpCancelled } from './joining/link-orders.js';
export { countAnew, studyInEarnest } from './joining/study-reading.js';
export { keepListedKeys, keepStudyKeys, lockNumbers, ordersMeeting, studyKeys } from './orders/order-keys.js';
export type { Met, StatedNumber } from './orders/order-keys.js';
export { judgeWaiting, refiled } from './joining/judge-study.js';
export { kinshipOf, underNumberOf } from './joining/kinship.js';
export type { Kinship, StandIns } from './joining/kinship.js';
export {
  lockMergedPatients,
  recordPatientMerge,
  studiesAwaitingMerge,
  undoPatientMerge,
} from './joining/patient-merges.js';
export type { LockedPatients, NewPatientMerge, StatedMerge } from './joining/patient-merges.js';
export { raisePriority } from './studies/raise-priority.js';
export { selectAnew, selectOtherCopies, selectStudyAnew } from './studies/select-anew.js';
export { holdStudy, lastReason, resumeStudy } from './transitions/hold-study.js';
export type { Hold } from './transitions/hold-study.js';
export { claimPoll, ensurePoll, finishPoll, pollStates, renewPoll } from './polls/polls.js';
export type { PollClaim, PollEnd } from './polls/polls.js';
export { deliveriesInDoubt, needsPerson, statusCounts, waitingReasons } from './story/status-counts.js';
export type { InDoubt, NeedsPerson, StatusCounts } from './story/status-counts.js';
export { deadLettersTold } from './story/told-dead-letters.js';
export type { ToldDeadLetter } from './story/told-dead-letters.js';
export { deliveriesOfStudy, studyStory } from './story/study-story.js';
export type { OpenStep, StoryDelivery, StudyStory } from './story/study-story.js';
export type { StoryEntry } from './story/story-entries.js';
export { removeOrphanArtifacts } from './retention/orphan-artifacts.js';
export { purgeNoticeBodies, purgeStudy } from './retention/purge.js';
export type { Purged } from './retention/purge.js';
export { LedgerModule } from './ledger.module.js';
export type { LedgerModuleAsyncOptions, LedgerSource } from './ledger.module.js';
export { attributeTo, isPerson, personOf, recordEvent } from './events/record-event.js';
export type { NewEvent } from './events/record-event.js';
export {
  cancelAgain,
  moveDelivery,
  moveOrder,
  moveReading,
  moveRun,
  moveStudy,
} from './transitions/moves.js';
export type { StudyPatch } from './transitions/moves.js';
export type { Move } from './transitions/move-row.js';
export {
  completeCopiesBeside,
  copiesOfStudy,
  findOrCreateCopy,
  findOrCreateStudy,
  latestObservation,
  latestVerdicts,
  observationsOf,
  ownSeriesOf,
  pollDigests,
  recordObservation,
  recordVerdict,
  setNotedInstances,
  setPollDigest,
  studyByUid,
} from './studies/studies.js';
export type { NewStudy, NewVerdict } from './studies/studies.js';
export {
  createRun,
  earlierDigests,
  fetchElsewhere,
  findingsOfRun,
  identityInputOf,
  inputsOfRun,
  isTakenOver,
  latestRevision,
  lockRun,
  newestRunsByNode,
  recordFindings,
  recordRunInputs,
  runById,
  runsOfStudy,
} from './runs/runs.js';
export type { NewestRun, NewRun, NewRunInput } from './runs/runs.js';
export {
  createEvidence,
  evidenceById,
  evidenceInSeries,
  evidenceOfRun,
  findOrCreateEvidenceSeries,
  evidenceSeriesOf,
  latestInSeries,
  recordArtifact,
} from './evidence/evidence.js';
export type { NewEvidence, NewEvidenceSeries } from './evidence/evidence.js';
export { createDelivery, deliveriesOfRun, deliveryById } from './evidence/deliveries.js';
export type { NewDelivery } from './evidence/deliveries.js';
export {
  acceptancesOfNode,
  forgetRefusals,
  isRefusalStanding,
  recordAcceptance,
} from './evidence/acceptances.js';
export type { AcceptanceKey, NewAcceptance } from './evidence/acceptances.js';
export { applySite } from './configuration/apply-site.js';
export type { ChangedBy, ConfigurationChange, SiteConfiguration } from './configuration/apply-site.js';
export {
  activationOfRule,
  configurationHistory,
  configurationRevision,
  configurationVersion,
  currentConfiguration,
  wasSwitchedOnFor,
} from './configuration/current-configuration.js';
export type { CurrentConfiguration } from './configuration/current-configuration.js';
export { openCredential, storeCredential } from './configuration/credentials.js';
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
export { releaseSeenIdentities, releasedIdentities } from './identities/released-identities.js';
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
export {
  completeCopy,
  copyById,
  expectationOf,
  lockStudy,
  standingRunsOf,
  procedureCodesOf,
  raiseRevision,
  setCompleteness,
  setReleasedIdentity,
  stopWithholding,
  studyById,
  withholdStudy,
} from './studies/study-progress.js';
export { reviveRow } from './transitions/revive-row.js';
export { hasNewerResult, olderStore, supersedeOlder, wasAttempted } from './transitions/supersede.js';
export {
  attemptsEndedWith,
  beginDoubt,
  doubtOf,
  endDoubt,
  explainDelivery,
  lockDelivery,
  lockStudyOfDelivery,
  resumeDoubt,
  ruleIdsOfRun,
  siblingsOfDelivery,
} from './evidence/delivery-context.js';
export type { Doubt, Sibling } from './evidence/delivery-context.js';
export { identitiesOfOrders, ordersOfStudyOrAccession } from './joining/order-identities.js';
export type { SpokenOf } from './joining/order-identities.js';
export { ordersNaming } from './orders/orders-naming.js';
export type { OrderNaming } from './orders/orders-naming.js';
export { ordersTold } from './orders/told-orders.js';
export type { OrderQuery, ToldNumbers, ToldOrder, ToldOrders } from './orders/told-orders.js';
export type { SoughtNumbers } from './orders/sought-numbers.js';
export { accessionTold, studiesTold } from './story/told-studies.js';
export type { StudyQuery, ToldAccession, ToldStudies, ToldStudy } from './story/told-studies.js';
export { recordTurnedAway, turnedAway } from './notices/turned-away.js';
export type { NewTurnedAway, TurnedAway } from './notices/turned-away.js';
