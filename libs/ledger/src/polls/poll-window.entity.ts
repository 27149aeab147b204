import { Column, Entity, PrimaryColumn } from 'typeorm';

export type PollKind = 'recent' | 'sweep';

/** How far the polling of a node has come, and who polls it now. */
@Entity('poll_window')
export class PollWindowRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid') nodeId!: string;
  @Column('text') kind!: PollKind;
  /** StudyDate range of the last poll, `YYYY-MM-DD` in the archive's zone. */
  @Column('date', { nullable: true }) windowFrom!: string | null;
  @Column('date', { nullable: true }) windowTo!: string | null;
  /** When this poll was first planned: what a node held before is older work. */
  @Column('timestamptz') addedAt!: Date;
  @Column('timestamptz') dueAt!: Date;
  @Column('text', { nullable: true }) holder!: string | null;
  @Column('timestamptz', { nullable: true }) leasedUntil!: Date | null;
  @Column('bigint') fence!: string;
  @Column('timestamptz', { nullable: true }) lastStartedAt!: Date | null;
  @Column('timestamptz', { nullable: true }) lastFinishedAt!: Date | null;
  @Column('int', { nullable: true }) studiesSeen!: number | null;
  @Column('text', { nullable: true }) lastErrorCode!: string | null;
  @Column('text', { nullable: true }) lastError!: string | null;
}
