import type { StepName } from '@prelector/findings';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type StepState = 'waiting' | 'leased' | 'done' | 'dead';

/** A step of the way of a study for one row: its attempts, its lease and what comes next. */
@Entity('step')
export class StepRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') step!: StepName;
  /** Order, study, run or delivery, by the step's name. */
  @Column('uuid') rowId!: string;
  @Column('text') state!: StepState;
  /** Ordinal of the attempt that waits or runs; a job of an older one claims nothing. */
  @Column('int') attempt!: number;
  /** Failures in a row, lost leases included; what a back-off is computed from. */
  @Column('int') failures!: number;
  /** Smaller goes first. */
  @Column('int') priority!: number;
  @Column('timestamptz') dueAt!: Date;
  @Column('text', { nullable: true }) holder!: string | null;
  @Column('timestamptz', { nullable: true }) leasedUntil!: Date | null;
  /** Grows with each claim; a worker with an older number writes nothing. */
  @Column('bigint') fence!: string;
  /** Asked for again while it was leased. */
  @Column('timestamptz', { nullable: true }) againAt!: Date | null;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('timestamptz') createdAt!: Date;
  @Column('timestamptz') updatedAt!: Date;
}

export type AttemptResult = 'done' | 'deferred' | 'failed' | 'dead' | 'lease-lost';

/** One attempt of a step, from claim to end. */
@Entity('attempt')
export class AttemptRow {
  @PrimaryColumn('uuid') stepId!: string;
  @PrimaryColumn('int') number!: number;
  @Column('text') holder!: string;
  @Column('timestamptz') startedAt!: Date;
  @Column('timestamptz', { nullable: true }) endedAt!: Date | null;
  @Column('text', { nullable: true }) result!: AttemptResult | null;
  @Column('text', { nullable: true }) code!: string | null;
  @Column('text', { nullable: true }) message!: string | null;
}

/** A job to be put into the queue; gone as soon as the step is claimed. */
@Entity('outbox')
export class OutboxRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') stepId!: string;
  @Column('int') attempt!: number;
  @Column('timestamptz') dueAt!: Date;
  @Column('timestamptz', { nullable: true }) dispatchedAt!: Date | null;
}

/** A step that cannot succeed until a person acts. */
@Entity('dead_letter')
export class DeadLetterRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') stepId!: string;
  @Column('text') code!: string;
  @Column('text') reason!: string;
  @Column('timestamptz') at!: Date;
  @Column('timestamptz', { nullable: true }) resolvedAt!: Date | null;
  @Column('text', { nullable: true }) resolvedBy!: string | null;
  @Column('text', { nullable: true }) resolution!: string | null;
}
