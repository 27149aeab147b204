import type { Completeness, ObservedSeries, ReadingState, StudyState } from '@prelector/findings';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A DICOM Study that we watch. */
@Entity('study')
export class StudyRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') studyInstanceUid!: string;
  @Column('text') state!: StudyState;
  @Column('text', { nullable: true }) stateReason!: string | null;
  @Column('text') readingState!: ReadingState;
  @Column('text', { nullable: true }) readingReason!: string | null;
  /** The last judgement with its reason in words. */
  @Column('jsonb', { nullable: true }) completeness!: Completeness | null;
  @Column('timestamptz', { nullable: true }) completedAt!: Date | null;
  /** How many times it was judged complete. */
  @Column('int') completionNo!: number;
  @Column('int') priority!: number;
  /** Nothing but messages marked as test or training has announced it: never to a clinical node. */
  @Column('boolean') testOnly!: boolean;
  /** Its identity at announcement. */
  @Column('uuid', { nullable: true }) identityId!: string | null;
  /** The archive's identity that a person took as right when releasing the study. */
  @Column('uuid', { nullable: true }) releasedIdentityId!: string | null;
  @Column('timestamptz', { nullable: true }) releasedAt!: Date | null;
  /** Study Date as the archive stated it at announcement, `YYYYMMDD`. */
  @Column('text', { nullable: true }) studyDate!: string | null;
  /** Held only until its orders and the archive agree; see `holds.lift`. */
  @Column('boolean') awaitsOrder!: boolean;
  /** The person who asked for analysis without sending; any other notice clears it. */
  @Column('text', { nullable: true }) withheldBy!: string | null;
  /** Part of the run key: raised to run again on the same instances. */
  @Column('int') revision!: number;
  @Column('timestamptz') firstHeardAt!: Date;
  /** From when the maximum wait counts: first heard, or reopened. */
  @Column('timestamptz') watchingSince!: Date;
  @Column('timestamptz') updatedAt!: Date;
}

/** The study as it stands on one PACS node. */
@Entity('study_copy')
export class StudyCopyRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') studyId!: string;
  @Column('uuid') nodeId!: string;
  @Column('timestamptz') firstSeenAt!: Date;
  @Column('timestamptz') lastSeenAt!: Date;
  @Column('timestamptz') lastChangedAt!: Date;
  @Column('int', { nullable: true }) instances!: number | null;
  @Column('int', { nullable: true }) series!: number | null;
  /** Digest of what the last poll stated of it, so that an unchanged study costs no further request. */
  @Column('text', { nullable: true }) pollDigest!: string | null;
  /** Source images when it was noted and not announced, at most; the first baseline. */
  @Column('int', { nullable: true }) notedInstances!: number | null;
  /** As of when this copy was judged complete; null while it is watched. */
  @Column('timestamptz', { nullable: true }) completedAt!: Date | null;
  /** It was taken as complete because the maximum wait ran out. */
  @Column('boolean') forced!: boolean;
}

/** Counts of one copy at one moment; source images only. */
@Entity('observation')
export class ObservationRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') copyId!: string;
  @Column('timestamptz') at!: Date;
  @Column('int') instances!: number;
  @Column('jsonb') series!: ObservedSeries[];
}

/** What a rule decided for one completion of a study, and why. */
@Entity('verdict')
export class VerdictRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') studyId!: string;
  @Column('int') completionNo!: number;
  @Column('uuid', { nullable: true }) ruleId!: string | null;
  @Column('int', { nullable: true }) ruleVersion!: number | null;
  @Column('text') decision!: 'run' | 'skip';
  @Column('text') reason!: string;
  @Column('uuid', { nullable: true }) runId!: string | null;
  @Column('timestamptz') at!: Date;
}

/** The UID or an accession number of a study, as HMAC, by which orders meet it. */
@Entity('study_key')
export class StudyKeyRow {
  @PrimaryColumn('uuid') studyId!: string;
  @PrimaryColumn('text') number!: string;
  /** HMAC of the issuer; empty where none is stated. */
  @PrimaryColumn('text') namespace!: string;
  /** The nodes whose searches alone state it; null once an instance did, or a message. */
  @Column('uuid', { array: true, nullable: true }) listedBy!: string[] | null;
}
