import { Column, Entity, PrimaryColumn } from 'typeorm';

export type NoticeKind = 'hl7' | 'poll' | 'webhook' | 'person';
export type NoticeDisposition = 'pending' | 'used' | 'ignored' | 'refused';
export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

/** One hint that a study exists or has changed. */
@Entity('notice')
export class NoticeRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') kind!: NoticeKind;
  @Column('uuid', { nullable: true }) feedId!: string | null;
  @Column('int', { nullable: true }) feedVersion!: number | null;
  @Column('uuid', { nullable: true }) nodeId!: string | null;
  @Column('int', { nullable: true }) nodeVersion!: number | null;
  /** MSH-10. */
  @Column('text', { nullable: true }) controlId!: string | null;
  /** MSH-9, e.g. `ORM^O01`. */
  @Column('text', { nullable: true }) messageType!: string | null;
  /** HMAC of the message's bytes, by which a repeat is known. */
  @Column('text', { nullable: true }) messageHmac!: string | null;
  @Column('boolean') controlIdReused!: boolean;
  @Column('int') repeats!: number;
  /** When it came again last; null: never. */
  @Column('timestamptz', { nullable: true }) repeatedAt!: Date | null;
  @Column('timestamptz') receivedAt!: Date;
  @Column('text') disposition!: NoticeDisposition;
  @Column('text', { nullable: true }) reason!: string | null;
  /** The code that was answered, and is answered again to a repeat. */
  @Column('text', { nullable: true }) ack!: AckCode | null;
  /** Which of its orders, counted from 1, could not be used; the others were. */
  @Column('int', { array: true }) unusableOrders!: number[];
  @Column('text', { nullable: true }) who!: string | null;
}

/** The bytes of an HL7 message, encrypted and purgeable. */
@Entity('notice_body')
export class NoticeBodyRow {
  @PrimaryColumn('uuid') noticeId!: string;
  @Column('text') keyId!: string;
  @Column('bytea') body!: Buffer;
}

/** Which orders and studies a notice spoke of. */
@Entity('notice_subject')
export class NoticeSubjectRow {
  @PrimaryColumn('uuid') noticeId!: string;
  @PrimaryColumn('text') kind!: 'order' | 'study';
  @PrimaryColumn('uuid') subjectId!: string;
}
