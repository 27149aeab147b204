import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A node that refuses an account: until when no process asks it with that account. */
@Entity('node_refusal')
export class NodeRefusalRow {
  @PrimaryColumn('uuid') nodeId!: string;
  @PrimaryColumn('text') purpose!: 'read' | 'store';
  /** HMAC of the node's version and its credentials. */
  @Column('text') credential!: string;
  @Column('int') refusals!: number;
  @Column('text') reason!: string;
  @Column('timestamptz') since!: Date;
  @Column('timestamptz') nextTryAt!: Date;
}
