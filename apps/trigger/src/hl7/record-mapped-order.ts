import type { ReadingState } from '@prelector/findings';
import type { MappedOrder } from '@prelector/hl7';
import type { Ledger, NoticeSubject, OrderRow, Tx } from '@prelector/ledger';
import { moveOrder, moveReading, recordOrder, scheduleStep, studiesOfOrder } from '@prelector/ledger';
import type { SiteFeed } from '@prelector/pipeline';

const who = 'trigger';

/** Steps of smaller numbers go first. */
const priorities: Readonly<Record<string, number>> = { stat: 1, asap: 2, timed: 4, routine: 5 };

const readings: Readonly<Partial<Record<MappedOrder['meaning'], ReadingState>>> = {
  acquired: 'unread',
  'reported-preliminary': 'preliminary',
  'reported-final': 'final',
};

/** One order of a message with what its effect needs. */
export interface OrderIntake {
  readonly ledger: Ledger;
  readonly feed: SiteFeed;
  readonly order: MappedOrder;
  readonly testOnly: boolean;
  readonly now: Date;
}

/**
 * Keeps an order and what it sets off: `acquired` has its studies looked for, a report moves the reading
 * state of the studies it speaks of (looked for, too, when none is known yet), `cancelled` ends the wait.
 */
export async function recordMappedOrder(tx: Tx, intake: OrderIntake): Promise<NoticeSubject[]> {
  const { ledger, feed, order, testOnly, now } = intake;
  const { meaning } = order;
  const reading = readings[meaning];
  const acquired = meaning === 'acquired';
  const why = `${feed.name}: ${meaning}`;
  const { order: row } = await recordOrder(tx, ledger.vault, {
    feedId: feed.id,
    authority: feed.configuration.assigningAuthority ?? feed.name,
    identity: keptIdentity(order),
    studyInstanceUids: order.studyInstanceUids,
    priority: priorities[order.priority] ?? 5,
    modality: order.modality,
    procedureCode: order.procedureCode,
    acquisitionEnded: acquired ? true : undefined,
    readingState: reading,
    testOnly,
    giveUpAt: acquired
      ? new Date(now.getTime() + feed.configuration.resolve.giveUpAfterHours * 3_600_000)
      : undefined,
    who,
    why,
  });
  const studies = await studiesOfOrder(tx, row.id);
  if (reading) for (const study of studies) await moveReading(tx, study.id, reading, { who, why });
  await setOff(tx, row, order, why);
  return [
    { kind: 'order', id: row.id },
    ...studies.map((study) => ({ kind: 'study' as const, id: study.id })),
  ];
}

async function setOff(tx: Tx, row: OrderRow, order: MappedOrder, why: string): Promise<void> {
  const { meaning } = order;
  if (meaning === 'cancelled') {
    if (row.state === 'announced') await moveOrder(tx, row.id, 'cancelled', { who, why });
    return;
  }
  if (meaning === 'scheduled') return;
  if (meaning === 'acquired' && row.state !== 'announced' && row.state !== 'held') {
    await moveOrder(tx, row.id, 'announced', { who, why });
  }
  await scheduleStep(tx, { step: 'resolve', rowId: row.id, priority: row.priority, restart: true });
}

function keptIdentity(order: MappedOrder) {
  const {
    placerOrderNumber,
    fillerOrderNumber,
    requestedProcedureId,
    accessionNumber,
    issuerOfAccessionNumber,
  } = order;
  return {
    ...order.identity,
    ...(accessionNumber ? { accessionNumber } : {}),
    ...(issuerOfAccessionNumber ? { issuerOfAccessionNumber } : {}),
    ...(placerOrderNumber ? { placerOrderNumber } : {}),
    ...(fillerOrderNumber ? { fillerOrderNumber } : {}),
    ...(requestedProcedureId ? { requestedProcedureId } : {}),
  };
}
