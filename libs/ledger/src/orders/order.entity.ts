import type { JoiningKey, OrderState, ReadingState } from '@prelector/findings';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What HL7 says of a requested procedure; its numbers stand encrypted in the identity row. */
@Entity('study_order')
export class OrderRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { nullable: true }) feedId!: string | null;
  @Column('uuid', { nullable: true }) identityId!: string | null;
  /** As stated by the order; one order may hold several studies. */
  @Column('text', { array: true }) studyInstanceUids!: string[];
  @Column('text', { nullable: true }) patientHmac!: string | null;
  /** The same of every other patient of whom its messages said that it was. */
  @Column('text', { array: true }) formerPatients!: string[];
  /** What its messages stated and what does not count, see `setAsideKeys`. */
  @Column('text', { array: true }) setAside!: string[];
  @Column('text') state!: OrderState;
  @Column('text', { nullable: true }) stateReason!: string | null;
  @Column('text') readingState!: ReadingState;
  /** When the reading state was heard. */
  @Column('timestamptz', { nullable: true }) readingAt!: Date | null;
  /** When its report was withdrawn last. */
  @Column('timestamptz', { nullable: true }) withdrawnAt!: Date | null;
  @Column('int') priority!: number;
  @Column('text', { nullable: true }) modality!: string | null;
  @Column('jsonb', { nullable: true }) procedureCode!: {
    value: string;
    scheme: string;
    meaning: string;
  } | null;
  @Column('int', { nullable: true }) expectedInstances!: number | null;
  @Column('boolean') acquisitionEnded!: boolean;
  /** MSH-11 of the announcing message was T or D: never to a clinical node. */
  @Column('boolean') testOnly!: boolean;
  @Column('timestamptz', { nullable: true }) giveUpAt!: Date | null;
  /** When a message last placed it, or changed what was placed; others only go on with what may be another one's. */
  @Column('timestamptz', { nullable: true }) placedAt!: Date | null;
  /** When it was cancelled last. */
  @Column('timestamptz', { nullable: true }) cancelledAt!: Date | null;
  /**
   * When a message that changes an order first stated both its order numbers, and an accession number: that corrects the
   * one of an order that bore them, also where its patient has become known as this one since.
   */
  @Column('timestamptz', { nullable: true }) correctsAt!: Date | null;
  @Column('timestamptz') createdAt!: Date;
  @Column('timestamptz') updatedAt!: Date;
}

/** Orders and studies are many-to-many. */
@Entity('order_study')
export class OrderStudyRow {
  @PrimaryColumn('uuid') orderId!: string;
  @PrimaryColumn('uuid') studyId!: string;
  /** `study instance uid`, `accession number`, ... */
  @Column('text') how!: string;
  /** The order names another patient, so that what it says does not count for the study. */
  @Column('boolean') isForeign!: boolean;
  /** With that: its messages named the patient of the study as well, or a person said that it means the study. */
  @Column('boolean') wasOwn!: boolean;
  @Column('timestamptz') at!: Date;
}

/** A number by which an order is known, as HMAC; see `order-keys.ts`. */
@Entity('order_key')
export class OrderKeyRow {
  @PrimaryColumn('uuid') orderId!: string;
  @PrimaryColumn('text') kind!: JoiningKey;
  @PrimaryColumn('text') number!: string;
  /** HMAC of issuer or assigning authority; empty where none is stated. */
  @PrimaryColumn('text') namespace!: string;
  /** Of the feed, within which its order numbers are unique. */
  @Column('text') authority!: string;
}
