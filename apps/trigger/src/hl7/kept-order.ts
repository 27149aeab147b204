import type { ReadingState } from '@prelector/findings';
import type { MappedOrder, UnusableOrder } from '@prelector/hl7';
import type { FirstOrder, KeptIdentity, Ledger, NewOrder } from '@prelector/ledger';
import type { SiteFeed } from '@prelector/pipeline';

const who = 'trigger';

/** Steps of smaller numbers go first. */
const priorities: Readonly<Record<string, number>> = { stat: 1, asap: 2, timed: 4, routine: 5 };

const readings: Readonly<Partial<Record<MappedOrder['meaning'], ReadingState>>> = {
  acquired: 'unread',
  'reported-preliminary': 'preliminary',
  'reported-final': 'final',
};

/** The orders of a message with what their effect needs. */
export interface OrderIntake {
  readonly ledger: Ledger;
  readonly feed: SiteFeed;
  readonly orders: readonly MappedOrder[];
  readonly unusable: readonly UnusableOrder[];
  readonly testOnly: boolean;
  readonly now: Date;
}

/** When a study that is looked for now is given up. */
export const giveUpAt = ({ feed, now }: OrderIntake) =>
  new Date(now.getTime() + feed.configuration.resolve.giveUpAfterHours * 3_600_000);

/** What a message says of an order, in words. */
export const whyOf = ({ feed }: OrderIntake, { meaning }: MappedOrder) => `${feed.name}: ${meaning}`;

/** An order as the ledger keeps it. */
export function keptOrder(intake: OrderIntake, order: MappedOrder): NewOrder {
  const { feed, testOnly } = intake;
  const { meaning } = order;
  const acquired = meaning === 'acquired';
  return {
    feedId: feed.id,
    authority: feed.configuration.assigningAuthority ?? feed.name,
    identity: keptIdentity(order),
    studyInstanceUids: order.studyInstanceUids,
    setAside: order.setAside,
    isAccessionUnread: order.isAccessionUnread,
    isBesideUsable: order.isBesideUsable,
    priority: priorities[order.priority] ?? 5,
    modality: order.modality,
    procedureCode: order.procedureCode,
    acquisitionEnded: acquired ? true : undefined,
    readingState: readings[meaning],
    withdrawn: meaning === 'report-withdrawn',
    isCancelling: meaning === 'cancelled',
    opens: acquired || meaning === 'scheduled',
    isPlacing: order.isPlacing,
    isChange: order.isChange,
    deletesAccession: order.deletesAccession,
    testOnly,
    giveUpAt: acquired ? giveUpAt(intake) : undefined,
    who,
    why: whyOf(intake, order),
  };
}

/**
 * A message that announces one order, and nothing else, which `firstOrders.record` may keep: of an order of which nothing is
 * known it has no effect but that it is kept, and that its study is looked for.
 */
export function firstOrderOf(intake: OrderIntake): Omit<FirstOrder, 'notice'> | undefined {
  const [order, ...others] = intake.orders;
  if (!order || others.length > 0 || intake.unusable.length > 0) return undefined;
  const isLookedFor = order.meaning === 'acquired';
  const isAnnounced = order.meaning === 'scheduled' || (isLookedFor && order.askable);
  return isAnnounced ? { order: keptOrder(intake, order), isLookedFor } : undefined;
}

function keptIdentity(order: MappedOrder): KeptIdentity {
  const {
    placerOrderNumber,
    placerNamespace,
    fillerOrderNumber,
    fillerNamespace,
    requestedProcedureId,
    accessionNumber,
    issuerOfAccessionNumber,
    accessions,
  } = order;
  return {
    ...order.identity,
    ...(accessionNumber ? { accessionNumber } : {}),
    ...(issuerOfAccessionNumber ? { issuerOfAccessionNumber } : {}),
    ...(placerOrderNumber ? { placerOrderNumber } : {}),
    ...(fillerOrderNumber ? { fillerOrderNumber } : {}),
    ...(requestedProcedureId ? { requestedProcedureId } : {}),
    ...(placerNamespace ? { placerNamespace } : {}),
    ...(fillerNamespace ? { fillerNamespace } : {}),
    ...(accessions.length > 0 ? { accessions } : {}),
  };
}
