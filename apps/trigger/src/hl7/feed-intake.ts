import { randomBytes } from 'node:crypto';
import type {
  AckIssuer,
  FeedMapping,
  Hl7ErrorCode,
  Hl7Problem,
  MappedMessage,
  MessageOutcome,
  OrderNote,
  UnusableNote,
  UnusableOrder,
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
  orderSentences,
  parseMessage,
  statedControlId,
} from '@prelector/hl7';
import type { Clock, Log } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import type { Ledger, NewHl7Notice, NoticeRow, NoticeSubject, Tx } from '@prelector/ledger';
import type { SiteFeed } from '@prelector/pipeline';
import { followMerges } from './follow-merge.js';
import type { OrderIntake } from './kept-order.js';
import { firstOrderOf } from './kept-order.js';
import { recordMappedOrders } from './record-mapped-order.js';
import { takeBatch } from './take-batch.js';

const own = { application: 'PRELECTOR', facility: 'PRELECTOR' } as const;

/** Processing ids of table 0103 that we take; anything else is refused. */
const processingIds = new Set(['P', 'T', 'D']);

/** What a message is to us, before anything is kept: what its outcome is but for orders that cannot be used. */
interface Judged extends Pick<MappedMessage, 'orders' | 'unusable' | 'merges' | 'problems' | 'orderCount'> {
  readonly outcome: MessageOutcome;
  readonly disposition: 'used' | 'ignored' | 'refused';
}

/** What a message brought about, and what its sender should be told of it. */
interface Effect {
  readonly subjects: readonly NoticeSubject[];
  readonly remarks: readonly string[];
  readonly unusable: readonly UnusableNote[];
}

/** A report under a number that no study ever bears would otherwise be signed for nobody, in silence. */
const reportWaitsWords = 'The report is kept: no study that is known bears its numbers yet.';

const noEffect = { orders: [], unusable: [], merges: [], problems: [], orderCount: 0 } as const;

/**
 * Takes the messages of one feed: each is kept, mapped and given its effect in one transaction, and
 * acknowledged after the commit. Each order counts, whatever stands beside it: what cannot be used is kept as that, and
 * the feed's policy says only how the message is answered. A repeat is answered as before and has no second effect;
 * what was refused, ignored or unusable under another version of the feed's configuration is judged anew.
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
    const { notice, repeat } = await this.ledger.pool.notices.recordHl7({
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
    if ([judged.orders, judged.unusable, judged.merges].every(({ length }) => length === 0))
      return (await this.#keep(this.ledger.pool, message, bytes, judged)).outcome;
    if (await this.#isFirst(message, bytes, judged)) return judged.outcome;
    return this.ledger.transaction(async (tx): Promise<MessageOutcome> => {
      const { noticeId, repeat, isAnew, onlyOrders, outcome } = await this.#keep(tx, message, bytes, judged);
      if (repeat) return outcome;
      tx.events.attributeTo(noticeId);
      if (isAnew) await tx.unusableOrders.forget(noticeId);
      const effect = await this.#effect(tx, message, noticeId, onlyOf(judged, onlyOrders));
      const { subjects, remarks, unusable } = effect;
      if (remarks.length === 0) {
        await tx.notices.link(noticeId, subjects);
        return outcome;
      }
      const isTaken =
        onlyOrders !== undefined || unusable.length < judged.orders.length + judged.unusable.length;
      const isUnreadable =
        !isTaken &&
        unusable.every(({ position, errorCode }) => errorCode === '102' || isOf(judged.unusable, position));
      const told = this.#told(effect, isTaken, isUnreadable);
      await tx.notices.settle(noticeId, {
        disposition: told.kind === 'refused' && !isTaken ? 'refused' : 'used',
        ack: ackOf(told),
        reason: told.text,
        subjects,
        unusableOrders: unusable.map(({ position }) => position),
      });
      return told;
    });
  }

  /**
   * What the sender of a message is told whose orders are used, all but some: by the feed's policy, unless the
   * identifiers of all of them are none, which no sender can mean.
   */
  #told({ remarks, unusable }: Effect, isTaken: boolean, isUnreadable: boolean): MessageOutcome {
    const [first] = unusable;
    const rest = first && isTaken ? ['Everything else of the message is taken.'] : [];
    const text = [...remarks, ...rest].join(' ');
    const isAccepted = !first || (this.feed.configuration.unusable === 'AA' && !isUnreadable);
    if (isAccepted) return { kind: 'accepted', text };
    return { kind: 'refused', text, errorCode: first.errorCode };
  }

  /** Keeps the usual message, about one order of which nothing is known; false where it is another. */
  async #isFirst(message: Hl7Message, bytes: Uint8Array, judged: Judged): Promise<boolean> {
    if (judged.merges.length > 0 || judged.problems.length > 0) return false;
    const first = firstOrderOf(this.#intake(message, judged));
    if (!first) return false;
    const notice = this.#notice(message, bytes, judged);
    return this.ledger.transaction((tx) => tx.firstOrders.record({ notice, ...first }));
  }

  #notice(message: Hl7Message, bytes: Uint8Array, { outcome, disposition }: Judged): NewHl7Notice {
    return {
      feedId: this.feed.id,
      feedVersion: this.feed.version,
      controlId: message.controlId,
      messageType: `${message.type.code}^${message.type.trigger}`,
      message: bytes,
      settled: { disposition, reason: outcome.text, ack: ackOf(outcome) },
    };
  }

  #intake(message: Hl7Message, { orders, unusable }: Judged): OrderIntake {
    const { ledger, feed } = this;
    return { ledger, feed, orders, unusable, testOnly: isTest(message), now: this.clock.now() };
  }

  async #keep(tx: Tx, message: Hl7Message, bytes: Uint8Array, judged: Judged) {
    const { outcome } = judged;
    const { notice, repeat, onlyOrders, controlIdReused } = await tx.notices.recordHl7(
      this.#notice(message, bytes, judged),
    );
    if (controlIdReused && !repeat)
      this.log.warn('a control id came again with another message', { feed: this.feed.name });
    const isAnew = !repeat && notice.repeats > 0;
    return { noticeId: notice.id, repeat, isAnew, onlyOrders, outcome: repeat ? asBefore(notice) : outcome };
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
    return { ...mapped, outcome: { kind: 'accepted' }, disposition: 'used' };
  }

  async #effect(tx: Tx, message: Hl7Message, noticeId: string, judged: Judged): Promise<Effect> {
    const { merges, problems, orderCount } = judged;
    const { feed } = this;
    // Who plays with test patients merges none of production.
    const subjects = isTest(message) ? [] : await followMerges(tx, feed.id, merges);
    const recorded = await recordMappedOrders(tx, this.#intake(message, judged));
    subjects.push(...recorded.flatMap((each) => each.subjects));
    const notes = recorded.flatMap(({ position, unusable: text }) =>
      text === undefined ? [] : [{ position, text, errorCode: errorCodeOf(judged, position) }],
    );
    const subject = merges.length > 0 ? 'Merge' : 'Order';
    const told = (about: readonly OrderNote[], says: string) =>
      orderSentences(about, orderCount, says, subject);
    const remarks = [
      ...told(notes, 'cannot be used'),
      // What makes an order unusable is said once.
      ...told(
        problems.filter(
          (each) => !notes.some(({ position, text }) => position === each.position && text === each.text),
        ),
        'has a part that is not used',
      ),
      ...(recorded.some((each) => each.isReportOfNone) ? [reportWaitsWords] : []),
    ];
    return { subjects, remarks, unusable: notes };
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

const isTest = ({ processingId }: Hl7Message) => processingId !== 'P';

const ackOf = ({ kind }: MessageOutcome) => (kind === 'refused' ? 'AR' : 'AA');

/** Of a message that was used but for some orders only those are left. */
function onlyOf(judged: Judged, positions: readonly number[] | undefined): Judged {
  if (!positions) return judged;
  const isLeft = ({ position }: { readonly position: number }) => positions.includes(position);
  return {
    ...judged,
    merges: [],
    orders: judged.orders.filter(isLeft),
    unusable: judged.unusable.filter(isLeft),
    problems: judged.problems.filter(isLeft),
  };
}

const isOf = (orders: readonly UnusableOrder[], position: number) =>
  orders.some((each) => each.position === position);

/** A value that cannot be used (102), or that something is missing (101). */
function errorCodeOf({ orders, unusable }: Judged, position: number): UnusableNote['errorCode'] {
  const isThis = (each: { readonly position: number }) => each.position === position;
  const isSetAside = orders.some((each) => isThis(each) && each.unaskable !== undefined);
  return unusable.find(isThis)?.errorCode ?? (isSetAside ? '102' : '101');
}

function ignored(text: string): Judged {
  return { ...noEffect, outcome: { kind: 'accepted', text }, disposition: 'ignored' };
}

function refused(text: string, errorCode: MessageOutcome['errorCode']): Judged {
  const outcome = { kind: 'refused', text, ...(errorCode ? { errorCode } : {}) } as const;
  return { ...noEffect, outcome, disposition: 'refused' };
}
