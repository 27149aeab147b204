import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Connections that a feed turned away before any message, by reason. */
@Entity('turned_away')
export class TurnedAwayRow {
  @PrimaryColumn('uuid') feedId!: string;
  @PrimaryColumn('text') reason!: string;
  /** Address of the last one; null where it was gone before it could be read. */
  @Column('text', { nullable: true }) peer!: string | null;
  @Column('int') count!: number;
  /** Of those that are counted. */
  @Column('timestamptz') firstAt!: Date;
  @Column('timestamptz') lastAt!: Date;
}
