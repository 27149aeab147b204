import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One statement of an identity, encrypted. Purging empties body and HMACs; the row stays. */
@Entity('identity')
export class IdentityRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') keyId!: string;
  @Column('bytea', { nullable: true }) body!: Buffer | null;
  /** Of the whole statement, so that an equal one is not kept twice. */
  @Column('text', { nullable: true }) contentHmac!: string | null;
  /** Of Patient ID alone, as a person asks for it. */
  @Column('text', { nullable: true }) patientNumberHmac!: string | null;
  /** Of the issuer of Patient ID, empty where none is stated. */
  @Column('text', { nullable: true }) patientNamespaceHmac!: string | null;
  @Column('timestamptz') createdAt!: Date;
  @Column('timestamptz', { nullable: true }) purgedAt!: Date | null;
}

/** At its announcement a search says who the patient is, at every other stage the file of an instance does. */
export type SightingStage = 'announcement' | 'look' | 'fetch' | 'store' | 'read-back';

/** Which identity a study showed at which stage. */
@Entity('identity_sighting')
export class IdentitySightingRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') studyId!: string;
  @Column('uuid', { nullable: true }) runId!: string | null;
  @Column('uuid', { nullable: true }) nodeId!: string | null;
  @Column('text') stage!: SightingStage;
  @Column('uuid') identityId!: string;
  @Column('timestamptz') at!: Date;
}

/** An identity that a person took for the same patient when releasing a study; no other is covered. */
@Entity('released_identity')
export class ReleasedIdentityRow {
  @PrimaryColumn('uuid') studyId!: string;
  /** Of what it states of patient and study, whoever stated it. */
  @PrimaryColumn('text') contentHmac!: string;
  @Column('timestamptz') at!: Date;
  @Column('text') who!: string;
}

/** A patient number that was retired for another, as HMACs with those of their issuers, empty where none is stated. */
@Entity('patient_merge')
export class PatientMergeRow {
  @PrimaryColumn('uuid') feedId!: string;
  @PrimaryColumn('text') retired!: string;
  @PrimaryColumn('text') retiredNamespace!: string;
  @PrimaryColumn('text') survivor!: string;
  @PrimaryColumn('text') survivorNamespace!: string;
  @Column('timestamptz') at!: Date;
}
