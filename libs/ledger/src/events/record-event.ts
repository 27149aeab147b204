import type { JsonObject } from '../json-object.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { SubjectKind } from './event.entity.js';

/** One line of the story. `before` and `after` hold states, ids, UIDs and HMACs, never identity values. */
export interface NewEvent {
  /** `trigger`, `analysis`, ..., or `person:<name>` for what a person did. */
  readonly who: string;
  readonly what: string;
  readonly subjectKind: SubjectKind;
  readonly subjectId: string;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  readonly why?: string | undefined;
}

const causes = new WeakMap<Tx, string>();

/** Has the events of this transaction say that they are the effect of a message. */
export function attributeTo(tx: Tx, noticeId: string): void {
  causes.set(tx, noticeId);
}

/** Appends to the story, in the transaction of the change itself. */
export async function recordEvent(tx: Tx, event: NewEvent): Promise<void> {
  await rowsOf(
    tx,
    `INSERT INTO event (who, what, subject_kind, subject_id, before, after, why, notice_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      event.who,
      event.what,
      event.subjectKind,
      event.subjectId,
      event.before ?? null,
      event.after ?? null,
      event.why ?? null,
      causes.get(tx) ?? null,
    ],
  );
}

const person = /^person:(?<name>.+)$/su;

/** True for what a person did, as `who` is written everywhere: `person:<name>`. */
export function isPerson(who: string): boolean {
  return person.test(who);
}

/** The name of the person who did it; undefined for what Prelector did by itself. */
export function personOf(who: string): string | undefined {
  return person.exec(who)?.groups?.['name'];
}
