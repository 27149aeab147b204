import type { Findings, ModelIdentity, Outcome, RunState } from '@prelector/findings';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How the input of a run was chosen. */
export interface RunSelection {
  readonly why: string;
  readonly notes: readonly string[];
  /** Images and frames of the series. */
  readonly slices: number;
  /** What the images must turn out to be: size, voxels in mm, digest of the order of the slices, what these state. */
  readonly geometry: {
    readonly rows: number;
    readonly columns: number;
    readonly spacing: readonly [number, number, number];
    readonly order: string;
    /** By tag a text for each slice, or one for all. */
    readonly stated?: Readonly<Record<string, readonly string[]>> | undefined;
  };
  /** Instances of the series that its metadata describe, read or not; absent in runs of before. */
  readonly described?: number | undefined;
}

/** One model package, with its site settings, on one study's selected instances. */
@Entity('run')
export class RunRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') runKey!: string;
  @Column('uuid') studyId!: string;
  @Column('int') completionNo!: number;
  /** Where the images are fetched from, in the configuration version that decided it. */
  @Column('uuid') nodeId!: string;
  @Column('int') nodeVersion!: number;
  /** Null for a run that a person asked for without a rule. */
  @Column('uuid', { nullable: true }) ruleId!: string | null;
  @Column('int', { nullable: true }) ruleVersion!: number | null;
  @Column('text') packageId!: string;
  @Column('text') packageVersion!: string;
  @Column('text') packageDigest!: string;
  @Column('text') settingsDigest!: string;
  @Column('int') contractVersion!: number;
  @Column('text') inputDigest!: string;
  @Column('int') revision!: number;
  @Column('int') priority!: number;
  @Column('text') state!: RunState;
  @Column('text', { nullable: true }) stateReason!: string | null;
  @Column('text', { nullable: true }) outcome!: Outcome | null;
  @Column('boolean') forced!: boolean;
  /** Why this series was chosen, with remarks, as every report says it. */
  @Column('jsonb', { nullable: true }) selection!: RunSelection | null;
  @Column('text', { nullable: true }) requestedBy!: string | null;
  @Column('timestamptz', { nullable: true }) imagesAsOf!: Date | null;
  /** SOP Instance UID of the input whose identity reports bear; null before the images were read. */
  @Column('text', { nullable: true }) identitySource!: string | null;
  @Column('timestamptz') createdAt!: Date;
  @Column('timestamptz', { nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) endedAt!: Date | null;
}

/** One instance that a run selected; the digest is of its pixels and the attributes that matter. */
@Entity('run_input')
export class RunInputRow {
  @PrimaryColumn('uuid') runId!: string;
  @PrimaryColumn('text') sopInstanceUid!: string;
  @Column('text') sopClassUid!: string;
  @Column('text') seriesInstanceUid!: string;
  @Column('text', { nullable: true }) digest!: string | null;
}

/** What a run says. */
@Entity('findings')
export class FindingsRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') runId!: string;
  @Column('int') version!: number;
  @Column('jsonb') body!: Findings;
  @Column('jsonb') model!: ModelIdentity;
  @Column('timestamptz') createdAt!: Date;
}
