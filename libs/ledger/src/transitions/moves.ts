import type {
  DeliveryState,
  OrderState,
  ReadingState,
  RunState,
  StepName,
  StudyState,
  Transitions,
} from '@prelector/findings';
import {
  deliveryTransitions,
  mayGo,
  orderTransitions,
  readingTransitions,
  runTransitions,
  studyTransitions,
} from '@prelector/findings';
import type { EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { ledgerError } from '../errors.js';
import type { SubjectKind } from '../events/event.entity.js';
import type { Events } from '../events/events.js';
import { isPerson } from '../events/events.js';
import type { Deliveries } from '../evidence/deliveries.js';
import { DeliveryRow } from '../evidence/evidence.entity.js';
import { OrderRow } from '../orders/order.entity.js';
import type { Orders } from '../orders/orders.js';
import { RunRow } from '../runs/run.entity.js';
import type { Runs } from '../runs/runs.js';
import type { Statements } from '../sql.js';
import type { ScheduleRequest, Steps } from '../steps/steps.js';
import type { Studies } from '../studies/studies.js';
import { StudyRow } from '../studies/study.entity.js';

/** Who moves a row and why, and which steps that calls for, made due in the same transaction. */
export interface Move {
  /** `trigger`, `analysis`, ..., or `person:<name>`. */
  readonly who: string;
  /** A sentence for a person, free of identity; kept as the row's reason. */
  readonly why?: string | undefined;
  /** The order for whose sake it moves, by its id. */
  readonly order?: string | undefined;
  /** The identity that this order states, by its row's id. */
  readonly statement?: string | null | undefined;
  /** Steps of the moved row, or of the row named by `rowId`. */
  readonly next?: readonly (Omit<ScheduleRequest, 'rowId'> & { readonly rowId?: string })[];
}

/** What an event says of the order for whose sake something moves. */
export const orderOf = ({
  order,
  statement,
}: Pick<Move, 'order' | 'statement'>): { order?: string; identity?: string } => ({
  ...(order ? { order } : {}),
  ...(order && statement ? { identity: statement } : {}),
});

/** How a kind of row keeps its state. */
export interface StateOf<T extends ObjectLiteral, S extends string> {
  readonly entity: EntityTarget<T>;
  readonly subjectKind: SubjectKind;
  readonly transitions: Transitions<S>;
  readonly column: 'state' | 'readingState';
  readonly reasonColumn: 'stateReason' | 'readingReason' | undefined;
}

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

/** The one way by which states change. */
export class Moves {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly steps: Steps,
    private readonly runs: Runs,
    private readonly studies: Studies,
    private readonly deliveries: Deliveries,
    private readonly orders: Orders,
  ) {}

  /**
   * The one way by which a state changes: locks the row, refuses a step that the table does not list, writes
   * row, event and outbox together.
   */
  async #row<T extends ObjectLiteral & { id: string }, S extends string>(
    kind: StateOf<T, S>,
    id: string,
    to: S,
    move: Move,
    patch: Partial<T> = {},
    guard?: (row: T) => void,
  ): Promise<T> {
    const row = await this.sql.lockRow(kind.entity, id);
    const from = (row as Record<string, unknown>)[kind.column] as S;
    guard?.(row);
    if (!mayGo(kind.transitions, from, to)) {
      throw ledgerError('ledger.illegal-transition', `${kind.subjectKind} from ${from} to ${to}`);
    }
    const change: Record<string, unknown> = { ...patch, [kind.column]: to };
    if (kind.reasonColumn) change[kind.reasonColumn] = move.why ?? null;
    if (kind.subjectKind !== 'run') change['updatedAt'] = this.sql.now();
    await this.sql.update(kind.entity, { id } as FindOptionsWhere<T>, change as QueryDeepPartialEntity<T>);
    await this.events.record({
      who: move.who,
      what: kind.column === 'state' ? 'moved' : 'reading moved',
      subjectKind: kind.subjectKind,
      subjectId: id,
      before: { [kind.column]: from },
      after: { [kind.column]: to, ...orderOf(move) },
      why: move.why,
    });
    for (const next of move.next ?? []) await this.steps.schedule({ ...next, rowId: next.rowId ?? id });
    return Object.assign(row, change);
  }

  /**
   * Moves a study. Only a person (`who: 'person:<name>'`, with a reason) takes it out of `held`: no timer
   * does, and an order only where an order and the archive disagreed (`holds.lift`). Throws `ledger.illegal-transition`, `ledger.held-needs-a-person`, `ledger.not-found`.
   */
  study(studyId: string, to: StudyState, move: Move, patch: StudyPatch = {}): Promise<StudyRow> {
    return this.#row<StudyRow, StudyState>(studyState, studyId, to, move, patch, (row) => {
      if (row.state === 'held' && !row.awaitsOrder && !(isPerson(move.who) && move.why?.trim())) {
        throw ledgerError('ledger.held-needs-a-person');
      }
    });
  }

  /** Moves a run; `startedAt` and `endedAt` follow from the states. */
  run(
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
        ? { startedAt: this.sql.now(), endedAt: null }
        : to === 'pending'
          ? { startedAt: null, endedAt: null }
          : { endedAt: this.sql.now() };
    return this.#row<RunRow, RunState>(kind, runId, to, move, { ...times, ...patch });
  }

  /** Moves a delivery; `storedAt` and `verifiedAt` follow from the states unless given. */
  delivery(
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
        ? { storedAt: this.sql.now() }
        : to === 'verified' || to === 'stored-with-coercion'
          ? { verifiedAt: this.sql.now() }
          : {};
    return this.#row<DeliveryRow, DeliveryState>(kind, deliveryId, to, move, { ...times, ...patch });
  }

  /**
   * Moves an order. Where it leaves `cancelled`, what was kept back in its studies, which the caller holds locked, is
   * looked at again.
   */
  async order(
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
    const times = to === 'cancelled' ? { cancelledAt: this.sql.now() } : {};
    const moved = await this.#row<OrderRow, OrderState>(
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
      for (const { id } of await this.orders.studiesOf(orderId)) await this.studies.takeUpKeptBack(id);
    }
    return moved;
  }

  /** A cancellation that is heard again is of what was placed between the two as well. */
  async cancelAgain(orderId: string): Promise<void> {
    await this.sql.update(OrderRow, { id: orderId, state: 'cancelled' }, { cancelledAt: this.sql.now() });
  }

  /**
   * Moves the reading state of a study forward; hearing the same or an earlier state again changes nothing.
   * A person may correct it to any state, and `back` says that the RIS withdrew a report. What was kept back for the
   * state that it leaves is looked at again.
   */
  async reading(studyId: string, to: ReadingState, move: Move, { back = false } = {}): Promise<StudyRow> {
    const row = await this.sql.lockRow(StudyRow, studyId);
    const from = row.readingState;
    const isForward = readingTransitions[from].some((state) => state === to);
    if (from === to || !(isPerson(move.who) || back || isForward)) return row;
    const change = { readingState: to, readingReason: move.why ?? null, updatedAt: this.sql.now() };
    await this.sql.update(StudyRow, { id: studyId }, change);
    await this.events.record({
      who: move.who,
      what: 'reading moved',
      subjectKind: 'study',
      subjectId: studyId,
      before: { readingState: from },
      after: { readingState: to, ...orderOf(move) },
      why: move.why,
    });
    if (from === 'preliminary' || from === 'final') await this.studies.takeUpKeptBack(studyId);
    return Object.assign(row, change);
  }

  /**
   * Takes up the row of a step that was given up, in the transaction that takes up the step: a run or a delivery
   * is dead only while its dead letter is open. A delivery that its node may have is `attempted` again, so that
   * it is looked for first.
   */
  async reviveRow(
    { step, rowId }: { readonly step: StepName; readonly rowId: string },
    move: Move,
  ): Promise<void> {
    if (step === 'run' && (await this.runs.byId(rowId))?.state === 'dead')
      await this.run(rowId, 'pending', move);
    if (step !== 'deliver') return;
    const { state, inDoubtSince } = await this.deliveries.lock(rowId);
    if (state === 'dead') await this.delivery(rowId, inDoubtSince ? 'attempted' : 'pending', move);
  }
}
