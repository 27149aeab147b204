import type { Transitions } from '@prelector/findings';
import { mayGo } from '@prelector/findings';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { nowOf } from '../database-clock.js';
import { ledgerError } from '../errors.js';
import type { SubjectKind } from '../events/event.entity.js';
import { recordEvent } from '../events/record-event.js';
import { lockRow } from '../sql.js';
import type { ScheduleRequest } from '../steps/schedule-step.js';
import { scheduleStep } from '../steps/schedule-step.js';
import type { Tx } from '../tx.js';

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

/**
 * The one way by which a state changes: locks the row, refuses a step that the table does not list, writes
 * row, event and outbox together.
 */
export async function moveRow<T extends ObjectLiteral & { id: string }, S extends string>(
  tx: Tx,
  kind: StateOf<T, S>,
  id: string,
  to: S,
  move: Move,
  patch: Partial<T> = {},
  guard?: (row: T) => void,
): Promise<T> {
  const row = await lockRow(tx, kind.entity, id);
  const from = (row as Record<string, unknown>)[kind.column] as S;
  guard?.(row);
  if (!mayGo(kind.transitions, from, to)) {
    throw ledgerError('ledger.illegal-transition', `${kind.subjectKind} from ${from} to ${to}`);
  }
  const change: Record<string, unknown> = { ...patch, [kind.column]: to };
  if (kind.reasonColumn) change[kind.reasonColumn] = move.why ?? null;
  if (kind.subjectKind !== 'run') change['updatedAt'] = nowOf(tx);
  await tx.update(kind.entity, { id }, change as QueryDeepPartialEntity<T>);
  await recordEvent(tx, {
    who: move.who,
    what: kind.column === 'state' ? 'moved' : 'reading moved',
    subjectKind: kind.subjectKind,
    subjectId: id,
    before: { [kind.column]: from },
    after: { [kind.column]: to, ...orderOf(move) },
    why: move.why,
  });
  for (const next of move.next ?? []) await scheduleStep(tx, { ...next, rowId: next.rowId ?? id });
  return Object.assign(row, change);
}
