import type { JsonObject } from '../json-object.js';
import type { Statements } from '../sql.js';
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

const person = /^person:(?<name>.+)$/su;

/** The story: what was done, by whom and why, each line in the transaction of the change itself. */
export class Events {
  /** The message that the events of this transaction are the effect of. */
  #cause: string | undefined;

  constructor(private readonly sql: Statements) {}

  /** Has the events of this transaction say that they are the effect of a message. */
  attributeTo(noticeId: string): void {
    this.#cause = noticeId;
  }

  /** Appends to the story, in the transaction of the change itself. */
  async record(event: NewEvent): Promise<void> {
    await this.sql.rows(
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
        this.#cause ?? null,
      ],
    );
  }
}

/** True for what a person did, as `who` is written everywhere: `person:<name>`. */
export function isPerson(who: string): boolean {
  return person.test(who);
}

/** The name of the person who did it; undefined for what Prelector did by itself. */
export function personOf(who: string): string | undefined {
  return person.exec(who)?.groups?.['name'];
}
