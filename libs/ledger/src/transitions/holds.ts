import type { Events } from '../events/events.js';
import type { Runs } from '../runs/runs.js';
import type { Statements } from '../sql.js';
import type { Steps } from '../steps/steps.js';
import type { StudyCopies } from '../studies/study-copies.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Moves } from './moves.js';
import { orderOf } from './moves.js';

export interface Hold {
  readonly who: string;
  readonly why: string;
  /** An order and the archive disagree, and nothing else: it goes on by itself once they agree. */
  readonly awaitsOrder: boolean;
  /** The order that disagrees, by its id. */
  readonly order?: string | undefined;
  /** What it states, by the id of the identity's row. */
  readonly statement?: string | null | undefined;
  /** Says so, too, where the study is held for such a disagreement already; what an order states for the first time is said anyway. */
  readonly isNews?: boolean;
}

/** What the events of a study that is held already say: each names a reason. */
const furtherHold = {
  again: 'still held',
  forPerson: 'held for a person',
  further: 'held for a further reason',
} as const;

/** Beyond it a further reason stands in the study's story only. Characters. */
const longestReason = 2000;

const besides = '; besides: ';

const reasonsIn = ({ stateReason }: StudyRow): string[] => stateReason?.split(besides) ?? [];

/** What the present hold of the study said of an order: `this` that it states; something `else`; or `nothing`. */
type Told = 'this' | 'else' | 'nothing';

/** Words before the reason of an order that disagrees as another one did before. */
const furtherOrder: Readonly<Record<Exclude<Told, 'this'>, string>> = {
  else: 'by what an order came to state',
  nothing: 'a further order',
};

/** Studies that are held, with every reason for it, and how they go on. */
export class Holds {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly steps: Steps,
    private readonly runs: Runs,
    private readonly copies: StudyCopies,
    private readonly moves: Moves,
  ) {}

  /**
   * Holds a study, or makes a hold that would have ended by itself one for a person. A further reason that is found
   * while it is held stands beside those before, and so does a further order that disagrees, or what one comes to state:
   * whoever releases the study answers all of them.
   */
  async hold(
    study: StudyRow,
    { who, why, awaitsOrder, order, statement, isNews = !awaitsOrder }: Hold,
  ): Promise<StudyRow> {
    const by = { order, statement };
    if (study.state !== 'held')
      return this.moves.study(study.id, 'held', { who, why, ...by }, { awaitsOrder });
    const told = order === undefined ? undefined : await this.#whatWasTold(study, order, statement);
    const isSaid = reasonsIn(study).includes(why);
    const further = isSaid && told && told !== 'this' ? `${furtherOrder[told]}: ${why}` : why;
    if (study.awaitsOrder && awaitsOrder) {
      // As long as nothing but orders disagrees, what they say is judged anew before the study goes on.
      if (isNews && !isSaid)
        return this.#giveReason(study, furtherHold.again, { who, why, ...by, stateReason: why });
      if (told === undefined || told === 'this') return study;
      const stateReason = together(study, further);
      return this.#giveReason(study, furtherHold.further, { who, why: further, ...by, stateReason });
    }
    const becomesFirm = study.awaitsOrder;
    if (!becomesFirm && (told ? told === 'this' : await this.#wasSaid(study, why))) return study;
    const what = becomesFirm ? furtherHold.forPerson : furtherHold.further;
    const stateReason = together(study, further);
    return this.#giveReason(study, what, { who, why: further, ...by, stateReason, awaitsOrder: false });
  }

  async #giveReason(
    study: StudyRow,
    what: string,
    {
      who,
      why,
      order,
      statement,
      ...patch
    }: Pick<Hold, 'who' | 'why' | 'order' | 'statement'> & { stateReason: string; awaitsOrder?: boolean },
  ): Promise<StudyRow> {
    const change = { ...patch, updatedAt: this.sql.now() };
    await this.sql.update(StudyRow, { id: study.id }, change);
    await this.events.record({
      who,
      what,
      subjectKind: 'study',
      subjectId: study.id,
      why,
      ...(order ? { after: orderOf({ order, statement }) } : {}),
    });
    return Object.assign(study, change);
  }

  async #whatWasTold({ id }: StudyRow, order: string, statement: string | null | undefined): Promise<Told> {
    const row = await this.sql.row<{ isThis: boolean | null; count: number }>(
      `SELECT bool_or(after ->> 'identity' = $3 OR $3 IS NULL) AS "isThis", count(*)::int AS count FROM event
       WHERE subject_id = $1 AND after ->> 'order' = $2 AND (after ->> 'state' = 'held' OR what = ANY($4))
         AND id >= (SELECT max(id) FROM event WHERE subject_id = $1 AND after ->> 'state' = 'held')`,
      [id, order, statement ?? null, Object.values(furtherHold)],
    );
    if (row?.isThis) return 'this';
    return row?.count ? 'else' : 'nothing';
  }

  /** True when the present hold of the study has that reason already. */
  async #wasSaid({ id }: StudyRow, why: string): Promise<boolean> {
    const row = await this.sql.row(
      `SELECT 1 AS yes FROM event WHERE subject_id = $1 AND why = $2 AND (after ->> 'state' = 'held' OR what = ANY($3))
         AND id >= (SELECT max(id) FROM event WHERE subject_id = $1 AND after ->> 'state' = 'held') LIMIT 1`,
      [id, why, Object.values(furtherHold)],
    );
    return row !== undefined;
  }

  /** True when the present hold of the study has a reason that begins so. */
  async wasHeldFor({ id }: StudyRow, beginning: string): Promise<boolean> {
    const row = await this.sql.row(
      `SELECT 1 AS yes FROM event WHERE subject_id = $1 AND starts_with(why, $2)
         AND id >= (SELECT max(id) FROM event WHERE subject_id = $1 AND after ->> 'state' = 'held') LIMIT 1`,
      [id, beginning],
    );
    return row !== undefined;
  }

  /** The event of the last reason for which one of these subjects is held; undefined when none ever was. */
  async lastReason(subjectIds: readonly string[]): Promise<string | undefined> {
    const row = await this.sql.row<{ id: string }>(
      `SELECT id FROM event
       WHERE subject_id = ANY($1) AND (after ->> 'state' = 'held' OR what = ANY($2)) ORDER BY id DESC LIMIT 1`,
      [subjectIds, Object.values(furtherHold)],
    );
    return row?.id;
  }

  /**
   * Lets a study go on that was held only because an order and the archive disagreed. Every other hold is left by a person alone;
   * what was found wrong meanwhile is found again at the next step.
   */
  async lift(study: StudyRow, move: { who: string; why: string }): Promise<StudyRow> {
    return study.state === 'held' && study.awaitsOrder ? this.resume(study, move) : study;
  }

  /** Takes a held study up where it stood still: watching, runs, or evidence that is encoded anew. */
  async resume(study: StudyRow, move: { who: string; why: string }): Promise<StudyRow> {
    const { priority } = study;
    const copies = await this.copies.ofStudy(study.id);
    const complete = copies.some((copy) => copy.completedAt !== null);
    const patch = complete ? {} : { watchingSince: this.sql.now() };
    const resumed = await this.moves.study(study.id, complete ? 'complete' : 'watching', move, {
      ...patch,
      awaitsOrder: false,
    });
    for (const copy of copies) {
      await this.steps.schedule({ step: 'observe', rowId: copy.id, priority, restart: true });
      if (copy.completedAt)
        await this.steps.schedule({ step: 'select', rowId: copy.id, priority, restart: true });
    }
    for (const run of await this.runs.ofStudy(study.id)) {
      if (run.state !== 'held') continue;
      await this.moves.run(run.id, 'pending', move);
      await this.steps.schedule({ step: 'run', rowId: run.id, priority, restart: true });
    }
    for (const runId of await this.runs.standingOf(study.id)) {
      await this.steps.schedule({ step: 'encode', rowId: runId, priority, restart: true });
    }
    return resumed;
  }
}

function together(study: StudyRow, why: string): string {
  const before = study.stateReason;
  if (before === null || reasonsIn(study).includes(why)) return before ?? why;
  const both = `${before}${besides}${why}`;
  return both.length > longestReason ? before : both;
}
