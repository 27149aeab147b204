import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { JsonObject } from '../json-object.js';

export type SubjectKind =
  | 'study'
  | 'order'
  | 'run'
  | 'evidence'
  | 'delivery'
  | 'notice'
  | 'step'
  | 'configuration'
  | 'identity'
  | 'installation';

/** Who did what, when and why. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('event')
export class EventRow {
  @PrimaryColumn('bigint', { generated: 'increment' }) id!: string;
  @Column('timestamptz') at!: Date;
  @Column('text') who!: string;
  @Column('text') what!: string;
  @Column('text') subjectKind!: SubjectKind;
  @Column('uuid') subjectId!: string;
  @Column('jsonb', { nullable: true }) before!: JsonObject | null;
  @Column('jsonb', { nullable: true }) after!: JsonObject | null;
  @Column('text', { nullable: true }) why!: string | null;
  /** The message whose taking made the change. */
  @Column('uuid', { nullable: true }) noticeId!: string | null;
}
