import {
  ConfigurationVersionRow,
  CredentialRow,
  FeedRow,
  PackageActivationRow,
  PacsNodeRow,
  RuleRow,
} from './configuration/configuration.entity.js';
import { EventRow } from './events/event.entity.js';
import {
  AcceptanceRow,
  ArtifactRow,
  DeliveryRow,
  EvidenceRow,
  EvidenceSeriesRow,
} from './evidence/evidence.entity.js';
import {
  IdentityRow,
  IdentitySightingRow,
  PatientMergeRow,
  ReleasedIdentityRow,
} from './identities/identity.entity.js';
import { InstallationRow } from './installation.entity.js';
import { TurnedAwayRow } from './notices/turned-away.entity.js';
import { NodeRefusalRow } from './nodes/node-refusal.entity.js';
import { NoticeBodyRow, NoticeRow, NoticeSubjectRow } from './notices/notice.entity.js';
import { OrderKeyRow, OrderRow, OrderStudyRow } from './orders/order.entity.js';
import { PollWindowRow } from './polls/poll-window.entity.js';
import { FindingsRow, RunInputRow, RunRow } from './runs/run.entity.js';
import { AttemptRow, DeadLetterRow, OutboxRow, StepRow } from './steps/step.entity.js';
import { ObservationRow, StudyCopyRow, StudyKeyRow, StudyRow, VerdictRow } from './studies/study.entity.js';

/** Every entity of the ledger. They name each other by id only: no relation is ever loaded by accident. */
export const entities = [
  AcceptanceRow,
  ArtifactRow,
  AttemptRow,
  ConfigurationVersionRow,
  CredentialRow,
  DeadLetterRow,
  DeliveryRow,
  EventRow,
  EvidenceRow,
  EvidenceSeriesRow,
  FeedRow,
  FindingsRow,
  IdentityRow,
  IdentitySightingRow,
  ReleasedIdentityRow,
  InstallationRow,
  NodeRefusalRow,
  NoticeBodyRow,
  NoticeRow,
  NoticeSubjectRow,
  ObservationRow,
  OrderKeyRow,
  OrderRow,
  OrderStudyRow,
  OutboxRow,
  PackageActivationRow,
  PacsNodeRow,
  PatientMergeRow,
  PollWindowRow,
  RuleRow,
  RunInputRow,
  RunRow,
  StepRow,
  StudyCopyRow,
  StudyKeyRow,
  StudyRow,
  TurnedAwayRow,
  VerdictRow,
];
