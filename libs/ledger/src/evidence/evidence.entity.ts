import type { DeliveryState, Presentation } from '@prelector/findings';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { JsonObject } from '../json-object.js';

/** Bytes kept outside the database, named by the SHA-256 of their plain form. */
@Entity('artifact')
export class ArtifactRow {
  @PrimaryColumn('text') digest!: string;
  @Column('bigint') size!: string;
  @Column('text') mediaType!: string;
  @Column('boolean') encrypted!: boolean;
  @Column('timestamptz') createdAt!: Date;
  @Column('timestamptz', { nullable: true }) purgedAt!: Date | null;
}

/** The series that one kind of evidence of one model has in a study; fixed at first use. */
@Entity('evidence_series')
export class EvidenceSeriesRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') installationId!: string;
  @Column('uuid') studyId!: string;
  @Column('text') modelId!: string;
  @Column('text') kind!: string;
  @Column('text') presentation!: Presentation;
  @Column('text') seriesInstanceUid!: string;
  @Column('int') seriesNumber!: number;
  @Column('text') seriesDescription!: string;
  /** Series Date and Time of every instance in it. */
  @Column('timestamptz') createdAt!: Date;
}

/** One DICOM object made from findings; its bytes are an artifact before the first attempt. */
@Entity('evidence')
export class EvidenceRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') runId!: string;
  @Column('uuid') studyId!: string;
  @Column('uuid') evidenceSeriesId!: string;
  @Column('text') kind!: string;
  @Column('text') presentation!: Presentation;
  @Column('uuid') identityId!: string;
  @Column('text') sopClassUid!: string;
  @Column('text') sopInstanceUid!: string;
  @Column('text') seriesInstanceUid!: string;
  @Column('int') instanceNumber!: number;
  /** `TID 1500`, `Basic Text`, ... */
  @Column('text') template!: string;
  @Column('text') transferSyntax!: string;
  @Column('text') artifactDigest!: string;
  @Column('timestamptz') encodedAt!: Date;
  @Column('uuid', { nullable: true }) predecessorId!: string | null;
}

/** One piece of evidence to one PACS node. */
@Entity('delivery')
export class DeliveryRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') evidenceId!: string;
  @Column('uuid') nodeId!: string;
  @Column('int') nodeVersion!: number;
  @Column('uuid', { nullable: true }) ruleId!: string | null;
  @Column('int', { nullable: true }) ruleVersion!: number | null;
  @Column('text') state!: DeliveryState;
  @Column('text', { nullable: true }) stateReason!: string | null;
  /** Attributes that the server changed: tags and what kind of change, never values of identity. */
  @Column('jsonb', { nullable: true }) coercions!: JsonObject[] | null;
  @Column('timestamptz') createdAt!: Date;
  /** When a store began of which nobody yet knows whether it took place; null: it is known whether the node has it. */
  @Column('timestamptz', { nullable: true }) inDoubtSince!: Date | null;
  @Column('timestamptz', { nullable: true }) storedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) verifiedAt!: Date | null;
  @Column('timestamptz') updatedAt!: Date;
}

export type AcceptanceStatus = 'accepted' | 'refused' | 'unknown';
export type AcceptanceSource = 'declared' | 'probed' | 'learnt';

/** Whether a server takes a form of evidence, and how we know. */
@Entity('acceptance')
export class AcceptanceRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') nodeId!: string;
  @Column('text') service!: string;
  @Column('text') sopClassUid!: string;
  @Column('text') template!: string;
  @Column('text') transferSyntax!: string;
  @Column('text') status!: AcceptanceStatus;
  @Column('text') how!: AcceptanceSource;
  /** What was declared or answered, in words or codes; no identity. */
  @Column('text') evidence!: string;
  @Column('text', { nullable: true }) serverVersion!: string | null;
  @Column('timestamptz') at!: Date;
}
