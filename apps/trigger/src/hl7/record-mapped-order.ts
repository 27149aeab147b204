import type { MappedOrder } from '@prelector/hl7';
import { nothingToAsk } from '@prelector/hl7';
import { limits } from '@prelector/kernel';
import type { NewOrder, NoticeSubject, OrderRow, Tx } from '@prelector/ledger';
import { OrderKeyRow, isPlaced } from '@prelector/ledger';
import type { OrderIntake } from './kept-order.js';
import { giveUpAt, keptOrder, whyOf } from './kept-order.js';

const who = 'trigger';

/** What an order came to: whom it speaks of, and why nothing can be done with it, where that is so. */
export interface RecordedIntake {
  /** Among the orders of the message, from 1. */
  readonly position: number;
  readonly subjects: readonly NoticeSubject[];
  /** As half a sentence. */
  readonly unusable: string | undefined;
  /** It says that somebody has read a study, and none that is known is joined with it. */
  readonly isReportOfNone: boolean;
}

/**
 * Keeps the orders of a message and what they set off: each is joined with every study that it speaks of and that is
 * known, whose reading, urgency and hold it may change; `acquired` has the archives asked for the others; `cancelled`
 * ends the wait, and is noted on studies that are there. What it says of studies that come later is kept for them.
 * An order that cannot be used is kept as that, and hinders none of the others.
 */
export async function recordMappedOrders(tx: Tx, intake: OrderIntake): Promise<RecordedIntake[]> {
  const stated = intake.orders.map((order) => ({ order, kept: keptOrder(intake, order) }));
  const unusable = intake.unusable.map((each) => ({ ...each, kept: keptOrder(intake, each.order) }));
  await tx.orderBook.lockKnown([...stated, ...unusable].map(({ kept }) => kept));
  const recorded: {
    order: MappedOrder;
    ids: string[];
    recoded: readonly string[];
    isOverfull: boolean;
    isCorrected: boolean;
    isUnited: boolean;
  }[] = [];
  const isOneNow = (given: string, kept: string) => {
    for (const each of recorded) each.ids = [...new Set(each.ids.map((id) => (id === given ? kept : id)))];
  };
  const unclear: { position: number; text: string; kept: NewOrder }[] = [];
  for (const { order, kept } of stated) {
    const {
      order: row,
      others,
      recoded,
      isOverfull = false,
      isUnclear = false,
      isCorrected = false,
      united,
    } = await tx.orderBook.record(kept);
    if (united) isOneNow(united, row.id);
    if (isUnclear) {
      unclear.push({ position: order.position, text: unclearWords, kept });
      continue;
    }
    const ids = [row, ...others].map(({ id }) => id);
    recorded.push({ order, ids, recoded, isOverfull, isCorrected, isUnited: united !== undefined });
  }
  await tx.locks.aboutOrders(recorded.flatMap(({ ids }) => ids));
  const effects: RecordedIntake[] = [];
  for (const { order, ids, recoded, isOverfull, isCorrected, isUnited } of recorded) {
    effects.push(
      await (isOverfull
        ? holdOverfull(tx, order, ids)
        : takeEffect(tx, intake, { order, orderIds: ids, isCorrected, isUnited })),
    );
    for (const id of recoded)
      for (const study of await tx.orders.studiesOf(id))
        await tx.copies.selectAnewForCodes(await tx.studies.lock(study.id));
  }
  // After the others, which may bear its numbers: of a message that states an order twice the usable one counts.
  for (const { position, text, kept } of [...unclear, ...unusable]) {
    const said = { ...kept, readingState: undefined, withdrawn: undefined };
    const rows = await tx.unusableOrders.record(said, text);
    const subjects = rows.map(({ id }) => ({ kind: 'order' as const, id }));
    effects.push({ position, subjects, unusable: text, isReportOfNone: false });
  }
  return effects;
}

const unclearWords =
  'its accession number cannot be used, and its order numbers are those of several orders, so which one it means cannot be told';

const overfullWords = `its messages name more than ${limits.hl7StudiesPerOrder} studies in all; send an order for each, or ask for the studies by hand`;

/** An order that comes to name ever new studies is no order of one procedure: a person looks at it. */
async function holdOverfull(
  tx: Tx,
  { position }: MappedOrder,
  orderIds: readonly string[],
): Promise<RecordedIntake> {
  for (const id of orderIds) {
    const { state } = await tx.orders.lock(id);
    if (state !== 'held' && state !== 'cancelled')
      await tx.moves.order(id, 'held', { who, why: overfullWords });
  }
  const subjects = orderIds.map((id) => ({ kind: 'order' as const, id }));
  return { position, subjects, unusable: overfullWords, isReportOfNone: false };
}

interface Recorded {
  readonly order: MappedOrder;
  readonly orderIds: readonly string[];
  readonly isCorrected: boolean;
  /** It stood twice until now. */
  readonly isUnited: boolean;
}

/** What a message says of one order, and of others that its number is of as well. */
async function takeEffect(
  tx: Tx,
  intake: OrderIntake,
  { order, orderIds, isCorrected, isUnited }: Recorded,
): Promise<RecordedIntake> {
  const { meaning } = order;
  const acquired = meaning === 'acquired';
  const why = whyOf(intake, order);
  const unaskable = order.unaskable ?? nothingToAsk;
  const subjects: NoticeSubject[] = [];
  let unusable: string | undefined;
  for (const id of orderIds) {
    const row = await tx.orders.lock(id);
    // Only an order whose study is looked for is ever asked for, and the message itself mostly says how.
    const isAnotherNow = isCorrected && row.acquisitionEnded && row.state !== 'cancelled';
    const isLookedFor = acquired || isAnotherNow || (meaning === 'scheduled' && isWaiting(row));
    const isOpen = isLookedFor || row.state === 'unusable';
    const askable = isOpen && (order.askable || (await isAskable(tx, row)));
    await setOff(tx, row, {
      meaning,
      isPlacing: isPlaced(order),
      isLookedFor,
      askable,
      unaskable,
      why,
      time: { giveUpAt: giveUpAt(intake) },
    });
    await tx.joining.joinOrder(id, who);
    if (meaning !== 'cancelled') await askWhatIsHeld(tx, id);
    const studies = await tx.orders.studiesOf(id);
    if (acquired && !askable && studies.length === 0) unusable = unaskable;
    if (meaning === 'report-withdrawn' || isUnited)
      for (const study of studies) await tx.links.countAnew(await tx.studies.lock(study.id), { who, why });
    for (const { id: studyId } of studies)
      await (isUnited ? tx.studies.takeUpKeptBack(studyId) : tx.links.takeUpCancelled(studyId));
    subjects.push(
      { kind: 'order', id },
      ...studies.map((study) => ({ kind: 'study' as const, id: study.id })),
    );
  }
  const isReport = meaning.startsWith('report');
  const isReportOfNone = isReport && !subjects.some(({ kind }) => kind === 'study');
  return { position: order.position, subjects, unusable, isReportOfNone };
}

/** What a message says of an order that is held, of another patient than before perhaps, may say which study it means. */
async function askWhatIsHeld(tx: Tx, id: string): Promise<void> {
  const { state, acquisitionEnded, priority } = await tx.orders.lock(id);
  if (state === 'held' && acquisitionEnded)
    await tx.steps.schedule({ step: 'resolve', rowId: id, priority, restart: true });
}

/** Its study is looked for, or would be were it not cancelled: what a message adds, such as a number or that it is urgent, has it asked for anew. */
const isWaiting = (row: OrderRow) =>
  row.acquisitionEnded && ['announced', 'unusable', 'cancelled'].includes(row.state);

interface Effect {
  readonly meaning: MappedOrder['meaning'];
  /** The message places the order, or changes what was placed. */
  readonly isPlacing: boolean;
  readonly isLookedFor: boolean;
  readonly askable: boolean;
  /** Why not, as half a sentence. */
  readonly unaskable: string;
  readonly why: string;
  /** How long an order is looked for from now on. */
  readonly time: { readonly giveUpAt: Date };
}

async function setOff(
  tx: Tx,
  row: OrderRow,
  { meaning, isPlacing, isLookedFor, askable, unaskable, why, time }: Effect,
): Promise<void> {
  if (meaning === 'cancelled') return cancel(tx, row, why);
  // Only a message that places it anew takes a cancellation back: others may have been on their way.
  const isPlacedAnew = row.state === 'cancelled' && meaning === 'scheduled' && isPlacing;
  if (row.state === 'cancelled' && !isPlacedAnew) return;
  const order = isPlacedAnew ? await tx.moves.order(row.id, 'announced', { who, why }, time) : row;
  if (!isLookedFor) {
    if (order.state === 'unusable' && askable) await tx.moves.order(row.id, 'announced', { who, why });
    return;
  }
  if (!askable) {
    if (order.state === 'announced') await tx.moves.order(row.id, 'unusable', { who, why: unaskable });
    return;
  }
  if (order.state !== 'announced' && order.state !== 'held')
    await tx.moves.order(row.id, 'announced', { who, why });
  await tx.steps.schedule({ step: 'resolve', rowId: row.id, priority: row.priority, restart: true });
}

/** True when an archive can be asked for the order, by what this message or an earlier one states. */
async function isAskable(tx: Tx, row: OrderRow): Promise<boolean> {
  const keys = await tx.sql.manager.findBy(OrderKeyRow, { orderId: row.id });
  return keys.some(({ kind }) => ['study', 'accession', 'possible-accession'].includes(kind));
}

async function cancel(tx: Tx, row: OrderRow, why: string): Promise<void> {
  if (row.state === 'cancelled') return tx.moves.cancelAgain(row.id);
  await tx.moves.order(row.id, 'cancelled', { who, why });
  for (const { id } of await tx.orders.studiesOf(row.id))
    await tx.events.record({ who, what: 'order cancelled', subjectKind: 'study', subjectId: id, why });
}
