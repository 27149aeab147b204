import { randomBytes } from 'node:crypto';
import type {
  AckIssuer,
  FeedMapping,
  Hl7ErrorCode,
  Hl7Problem,
  MappedMessage,
  MappedOrder,
  MessageOutcome,
  PatientMerge,
} from '@prelector/hl7';
import {
  Hl7Message,
  acknowledgementsFor,
  acknowledgementsForUnreadable,
  defaultMapping,
  feedMappingSchema,
  hl7Errors,
  isBatch,
  mapMessage,
  parseMessage,
  statedControlId,
} from '@prelector/hl7';
import type { Clock, Log } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import type { Ledger, NoticeRow, NoticeSubject, Tx } from '@prelector/ledger';
import { linkNotice, recordHl7Notice, settleNotice } from '@prelector/ledger';
import type { SiteFeed } from '@prelector/pipeline';
import { followMerges } from './follow-merge.js';
import { nothingToAsk, recordMappedOrders } from './record-mapped-order.js';
import { takeBatch } from './take-batch.js';

const own = { application: 'PRELECTOR', facility: 'PRELECTOR' } as const;

/** Processing ids of table 0103 that we take; anything else is refused. */
const processingIds = new Set(['P', 'T', 'D']);

/** What a message is to us, before anything is kept. `orders` are what it has an effect on. */
interface Judged {
  readonly outcome: MessageOutcome;
  readonly disposition: 'used' | 'ignored' | 'refused';
  readonly orders: readonly MappedOrder[];
  readonly merges: readonly PatientMerge[];
}

/** What a message brought about, and what its sender should be told of it. */
interface Effect {
  readonly subjects: readonly NoticeSubject[];
  readonly remark: string | undefined;
  /** By the feed's policy such a message may be refused. */
  readonly isUnusable: boolean;
}

/** Undoes what a message brought about, where the feed refuses orders for which nothing can be asked. */
class UnusableOrder extends Error {}

/** A report under a number that no study ever bears would otherwise be signed for nobody, in silence. */
const reportWaitsWords = 'The report is kept: no study that is known bears its numbers yet.';

const unusableWords = `An order cannot be used: ${nothingToAsk}.`;

/**
 * Takes the messages of one feed: each is kept, mapped and given its effect in one transaction, and
 * acknowledged after the commit. A repeat is answered as before and has no second effect; one of a message that
 * was refused or ignored under another version of the feed's configuration is judged anew.
 */
export class FeedIntake {
  readonly #mapping: FeedMapping;
  readonly #issuer: Omit<AckIssuer, 'now'>;

  constructor(
    private readonly feed: SiteFeed,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.#mapping = feedMappingSchema.parse({ ...defaultMapping, ...feed.configuration.mapping });
    this.#issuer = { ...own, nextControlId: () => randomBytes(8).toString('hex').toUpperCase() };
  }

  /** The acknowledgements to write, in order; a batch is taken message by message. */
  async take(bytes: Uint8Array): Promise<Uint8Array[]> {
    const issuer: AckIssuer = { ...this.#issuer, now: this.clock.now() };
    const { batches } = this.feed.configuration;
    if (batches === 'refuse' || !isBatch(bytes)) return this.#takeOne(bytes, issuer);
    return takeBatch(bytes, {
      answer: batches,
      issuer,
      takeOne: (message) => this.#takeOne(message, issuer),
      refuse: (code) => this.#refuseBatch(bytes, code, issuer),
    });
  }

  /** Keeps that a message was too large, by its beginning; the acknowledgements to write. */
  refuseTooLarge(head: Uint8Array): Promise<Uint8Array[]> {
    const code = 'hl7.message-too-large';
    const issuer: AckIssuer = { ...this.#issuer, now: this.clock.now() };
    return this.#refuseUnreadable(
      head,
      { code, text: hl7Errors[code].meaning, conditionCode: '207' },
      issuer,
    );
  }

  async #takeOne(bytes: Uint8Array, issuer: AckIssuer): Promise<Uint8Array[]> {
    const parsed = parseMessage(bytes, this.#parseOptions());
    if (!parsed.ok) return this.#refuseUnreadable(bytes, parsed.error, issuer);
    const message = parsed.value;
    try {
      const outcome = await this.#takeIn(message, bytes);
      return acknowledgementsFor(message, outcome, issuer);
    } catch (thrown) {
      this.log.error('an HL7 message could not be kept', { code: asPrelectorError(thrown).code });
      return acknowledgementsFor(
        message,
        { kind: 'fault', text: 'Temporary fault of the receiver: send it again.' },
        issuer,
      );
    }
  }

  /** Kept and counted like any other, so that a person can see what a sender sends. */
  async #refuseUnreadable(bytes: Uint8Array, problem: Hl7Problem, issuer: AckIssuer): Promise<Uint8Array[]> {
    const { text, conditionCode, code } = problem;
    this.log.warn('an HL7 message was refused', { code });
    const { notice, repeat } = await recordHl7Notice(this.ledger.pool, this.ledger.vault, {
      feedId: this.feed.id,
      feedVersion: this.feed.version,
      controlId: statedControlId(bytes),
      message: bytes,
      settled: { disposition: 'refused', reason: text, ack: 'AR' },
    });
    // What the feed took before it was configured to refuse it has had its effect.
    const outcome: MessageOutcome =
      repeat && notice.disposition === 'used'
        ? asBefore(notice)
        : { kind: 'refused', text, errorCode: conditionCode };
    return acknowledgementsForUnreadable(bytes, outcome, issuer);
  }

  #refuseBatch(bytes: Uint8Array, code: Hl7ErrorCode, issuer: AckIssuer): Promise<Uint8Array[]> {
    const { meaning: text } = hl7Errors[code];
    return this.#refuseUnreadable(bytes, { text, conditionCode: '207', code }, issuer);
  }

  #parseOptions() {
    const { characterSet, emptyProcessingId } = this.feed.configuration;
    return {
      ...(characterSet ? { defaultCharacterSet: characterSet } : {}),
      ...(emptyProcessingId === 'refuse' ? {} : { processingId: emptyProcessingId }),
    };
  }

  /** Keeps a message that has no effect by one statement, one that has by one transaction. */
  async #takeIn(message: Hl7Message, bytes: Uint8Array): Promise<MessageOutcome> {
    const judged = this.#judge(message);
    if (judged.orders.length === 0 && judged.merges.length === 0)
      return (await this.#keep(this.ledger.pool, message, bytes, judged)).outcome;
    const { unusable } = this.feed.configuration;
    const effective = () =>
      this.ledger.transaction(async (tx): Promise<MessageOutcome> => {
        const { noticeId, repeat, outcome } = await this.#keep(tx, message, bytes, judged);
        if (repeat) return outcome;
        const { subjects, remark, isUnusable } = await this.#effect(tx, message, judged);
        if (isUnusable && unusable === 'AR') throw new UnusableOrder();
        if (!remark) {
          await linkNotice(tx, noticeId, subjects);
          return outcome;
        }
        await settleNotice(tx, noticeId, { disposition: 'used', ack: 'AA', reason: remark, subjects });
        return { ...outcome, text: remark };
      });
    return effective().catch(async (thrown: unknown) => {
      if (!(thrown instanceof UnusableOrder)) throw thrown;
      return (await this.#keep(this.ledger.pool, message, bytes, refused(unusableWords, '101'))).outcome;
    });
  }

  async #keep(tx: Tx, message: Hl7Message, bytes: Uint8Array, { outcome, disposition }: Judged) {
    const ack = outcome.kind === 'refused' ? 'AR' : 'AA';
    const { notice, repeat, controlIdReused } = await recordHl7Notice(tx, this.ledger.vault, {
      feedId: this.feed.id,
      feedVersion: this.feed.version,
      controlId: message.controlId,
      messageType: `${message.type.code}^${message.type.trigger}`,
      message: bytes,
      settled: { disposition, reason: outcome.text, ack },
    });
    if (controlIdReused && !repeat)
      this.log.warn('a control id came again with another message', { feed: this.feed.name });
    return { noticeId: notice.id, repeat, outcome: repeat ? asBefore(notice) : outcome };
  }

  /** What a message is to us, from its text and the feed's configuration alone. */
  #judge(message: Hl7Message): Judged {
    if (message.sendingApplication === own.application)
      return ignored('Our own message: it announces nothing and reports nothing.');
    const stranger = this.#stranger(message);
    if (stranger) return refused(stranger, '207');
    if (!processingIds.has(message.processingId))
      return refused('The processing id is not supported.', '202');
    const { assigningAuthority } = this.feed.configuration;
    const mapped = mapMessage(message, this.#mapping, assigningAuthority ? { assigningAuthority } : {});
    if (mapped.kind === 'refused')
      return refused(mapped.reason ?? 'An identifier cannot be used.', mapped.errorCode);
    if (mapped.kind === 'ignored') return this.#ignored(mapped);
    const { orders, merges } = mapped;
    return { outcome: { kind: 'accepted' }, disposition: 'used', orders, merges };
  }

  async #effect(tx: Tx, message: Hl7Message, { orders, merges }: Judged): Promise<Effect> {
    const testOnly = message.processingId !== 'P';
    // Who plays with test patients merges none of production.
    const { ledger, feed } = this;
    const subjects = testOnly ? [] : await followMerges(tx, ledger.vault, feed.id, merges);
    const recorded = await recordMappedOrders(tx, { ledger, feed, orders, testOnly, now: this.clock.now() });
    subjects.push(...recorded.flatMap((each) => each.subjects));
    const isUnusable = recorded.some((each) => each.isUnusable);
    const waits = recorded.some((each) => each.isReportOfNone);
    const remark = isUnusable ? unusableWords : waits ? reportWaitsWords : undefined;
    return { subjects, remark, isUnusable };
  }

  /** Words when the sender is not the one this feed is for. */
  #stranger(message: Hl7Message): string | undefined {
    const { sendingApplication, sendingFacility } = this.feed.configuration;
    const other =
      (sendingApplication !== undefined && sendingApplication !== message.sendingApplication) ||
      (sendingFacility !== undefined && sendingFacility !== message.sendingFacility);
    return other
      ? 'The sending application or facility is not the one this feed is configured for.'
      : undefined;
  }

  #ignored(mapped: MappedMessage): Judged {
    const text = mapped.reason ?? 'The message is of no use here.';
    if (this.feed.configuration.unusable === 'AR') return refused(text, '200');
    return ignored(text);
  }
}

/** A repeat is answered as the first one was. */
function asBefore({ ack, reason }: NoticeRow): MessageOutcome {
  return { kind: ack === 'AR' ? 'refused' : 'accepted', ...(reason ? { text: reason } : {}) };
}

function ignored(text: string): Judged {
  return { outcome: { kind: 'accepted', text }, disposition: 'ignored', orders: [], merges: [] };
}

function refused(text: string, errorCode: MessageOutcome['errorCode']): Judged {
  return {
    outcome: { kind: 'refused', text, ...(errorCode ? { errorCode } : {}) },
    disposition: 'refused',
    orders: [],
    merges: [],
  };
}
