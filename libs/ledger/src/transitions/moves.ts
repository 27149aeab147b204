import type { DeliveryState, OrderState, ReadingState, RunState, StudyState } from '@prelector/findings';
import {
  deliveryTransitions,
  orderTransitions,
  readingTransitions,
  runTransitions,
  studyTransitions,
} from '@prelector/findings';
import { nowOf } from '../database-clock.js';
import { ledgerError } from '../errors.js';
import { isPerson, recordEvent } from '../events/record-event.js';
import { DeliveryRow } from '../evidence/evidence.entity.js';
import { OrderRow } from '../orders/order.entity.js';
import { studiesOfOrder } from '../orders/orders.js';
import { RunRow } from '../runs/run.entity.js';
import { lockRow } from '../sql.js';
import { takeUpKeptBack } from '../studies/kept-back.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Tx } from '../tx.js';
import type { Move, StateOf } from './move-row.js';
import { moveRow, orderOf } from './move-row.js';

const studyState: StateOf<StudyRow, StudyState> = {
  entity: StudyRow,
  subjectKind: 'study',
  transitions: studyTransitions,
  column: 'state',
  reasonColumn: 'stateReason',
};

/** What of a study may change together with its state. */
export type StudyPatch = Partial<
  Pick<
    StudyRow,
    | 'completeness'
    | 'completedAt'
    | 'completionNo'
    | 'priority'
    | 'identityId'
    | 'watchingSince'
    | 'awaitsOrder'
  >
>;

/**
 * Moves a study. Only a person (`who: 'person:<name>'`, with a reason) takes it out of `held`: no timer
 * does, and an order only where an order and the archive disagreed (`liftStudy`). Throws `ledger.illegal-transition`, `ledger.held-needs-a-person`, `ledger.not-found`.
 */
export function moveStudy(
  tx: Tx,
  studyId: string,
  to: StudyState,
  move: Move,
  patch: StudyPatch = {},
): Promise<StudyRow> {
  return moveRow<StudyRow, StudyState>(tx, studyState, studyId, to, move, patch, (row) => {
    if (row.state === 'held' && !row.awaitsOrder && !(isPerson(move.who) && move.why?.trim())) {
      throw ledgerError('ledger.held-needs-a-person');
    }
  });
}

/** Moves a run; `startedAt` and `endedAt` follow from the states. */
export function moveRun(
  tx: Tx,
  runId: string,
  to: RunState,
  move: Move,
  patch: Partial<Pick<RunRow, 'outcome' | 'imagesAsOf' | 'identitySource'>> = {},
): Promise<RunRow> {
  const kind: StateOf<RunRow, RunState> = {
    entity: RunRow,
    subjectKind: 'run',
    transitions: runTransitions,
    column: 'state',
    reasonColumn: 'stateReason',
  };
  const times: Partial<RunRow> =
    to === 'running'
      ? { startedAt: nowOf(tx), endedAt: null }
      : to === 'pending'
        ? { startedAt: null, endedAt: null }
        : { endedAt: nowOf(tx) };
  return moveRow<RunRow, RunState>(tx, kind, runId, to, move, { ...times, ...patch });
}

/** Moves a delivery; `storedAt` and `verifiedAt` follow from the states unless given. */
export function moveDelivery(
  tx: Tx,
  deliveryId: string,
  to: DeliveryState,
  move: Move,
  patch: Partial<
    Pick<DeliveryRow, 'coercions' | 'inDoubtSince' | 'nodeVersion' | 'storedAt' | 'verifiedAt'>
  > = {},
): Promise<DeliveryRow> {
  const kind: StateOf<DeliveryRow, DeliveryState> = {
    entity: DeliveryRow,
    subjectKind: 'delivery',
    transitions: deliveryTransitions,
    column: 'state',
    reasonColumn: 'stateReason',
  };
  const times: Partial<DeliveryRow> =
    to === 'stored'
      ? { storedAt: nowOf(tx) }
      : to === 'verified' || to === 'stored-with-coercion'
        ? { verifiedAt: nowOf(tx) }
        : {};
  return moveRow<DeliveryRow, DeliveryState>(tx, kind, deliveryId, to, move, { ...times, ...patch });
}

/**
 * Moves an order. Where it leaves `cancelled`, what was kept back in its studies, which the caller holds locked, is
 * looked at again.
 */
export async function moveOrder(
  tx: Tx,
  orderId: string,
  to: OrderState,
  move: Move,
  patch: Partial<Pick<OrderRow, 'giveUpAt'>> = {},
): Promise<OrderRow> {
  const kind: StateOf<OrderRow, OrderState> = {
    entity: OrderRow,
    subjectKind: 'order',
    transitions: orderTransitions,
    column: 'state',
    reasonColumn: 'stateReason',
  };
  let from: OrderState | undefined;
  const times = to === 'cancelled' ? { cancelledAt: nowOf(tx) } : {};
  const moved = await moveRow<OrderRow, OrderState>(
    tx,
    kind,
    orderId,
    to,
    move,
    { ...times, ...patch },
    (row) => {
      from = row.state;
    },
  );
  if (from === 'cancelled') {
    for (const { id } of await studiesOfOrder(tx, orderId)) await takeUpKeptBack(tx, id);
  }
  return moved;
}

/** A cancellation that is heard again is of what was placed between the two as well. */
export async function cancelAgain(tx: Tx, orderId: string): Promise<void> {
  await tx.update(OrderRow, { id: orderId, state: 'cancelled' }, { cancelledAt: nowOf(tx) });
}

/**
 * Moves the reading state of a study forward; hearing the same or an earlier state again changes nothing.
 * A person may correct it to any state, and `back` says that the RIS withdrew a report. What was kept back for the
 * state that it leaves is looked at again.
 */
export async function moveReading(
  tx: Tx,
  studyId: string,
  to: ReadingState,
  move: Move,
  { back = false } = {},
): Promise<StudyRow> {
  const row = await lockRow(tx, StudyRow, studyId);
  const from = row.readingState;
  const isForward = readingTransitions[from].some((state) => state === to);
  if (from === to || !(isPerson(move.who) || back || isForward)) return row;
  const change = { readingState: to, readingReason: move.why ?? null, updatedAt: nowOf(tx) };
  await tx.update(StudyRow, { id: studyId }, change);
  await recordEvent(tx, {
    who: move.who,
    what: 'reading moved',
    subjectKind: 'study',
    subjectId: studyId,
    before: { readingState: from },
    after: { readingState: to, ...orderOf(move) },
    why: move.why,
  });
  if (from === 'preliminary' || from === 'final') await takeUpKeptBack(tx, studyId);
  return Object.assign(row, change);
}
