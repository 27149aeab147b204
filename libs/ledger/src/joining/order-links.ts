import type { ReadingState, Tie } from '@prelector/findings';
import { joiningWords, noStrongerThan, provisionalTies } from '@prelector/findings';
import type { Events } from '../events/events.js';
import { oneNumber, provisionalKeys } from '../orders/order-keys.js';
import type { OrderRow } from '../orders/order.entity.js';
import { OrderStudyRow } from '../orders/order.entity.js';
import type { Orders } from '../orders/orders.js';
import { namedByPerson } from '../orders/orders.js';
import type { Statements } from '../sql.js';
import { namespacesMeet } from '../sql.js';
import type { NewStudy, Studies } from '../studies/studies.js';
import { usualPriority } from '../studies/studies.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Move, Moves } from '../transitions/moves.js';

/** An order that bears a number of a study. */
export interface OrderLink {
  readonly orderId: string;
  readonly studyId: string;
  readonly how: string;
  /** It names another patient: what it says does not count for the study. */
  readonly isForeign?: boolean | undefined;
  /** With that: it named the patient of the study as well, or a person joined both. */
  readonly wasOwn?: boolean | undefined;
  readonly who: string;
}

const provisionalWords = provisionalTies.map((each) => joiningWords[each]);

const furthestFirst: readonly ReadingState[] = ['final', 'preliminary', 'unread', 'unknown'];

/** An order and a study that bear one number, and why that is no tie between them. */
export interface Unjoined {
  readonly orderId: string;
  readonly studyId: string;
  readonly who: string;
  readonly why: string;
}

/** An order and a study that were joined by a number that one of them no longer bears. */
export interface Untied {
  readonly orderId: string;
  readonly studyId: string;
  /** By what they were joined, in words. */
  readonly how: string;
  /** The provisional tie that is left: issuers that contradict each other, or a number that was corrected. */
  readonly left: Tie | null;
}

/** Which orders and studies are joined, and what counts for a study thereby. */
export class OrderLinks {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly studies: Studies,
    private readonly orders: Orders,
    private readonly moves: Moves,
  ) {}

  /**
   * Joins an order with a study, which the caller holds locked; true when what the order says counts for the study from
   * now on and did not before. An order that turns out to name another patient stops counting: what it said of the study
   * is taken back, but for its cancellation where it was the study's own.
   */
  async link(link: OrderLink): Promise<boolean> {
    const { orderId, studyId, how, isForeign = false, wasOwn = false, who } = link;
    const row = await this.sql.row<{ isNew: boolean; wasForeign: boolean | null }>(
      `WITH before AS (SELECT is_foreign FROM order_study WHERE order_id = $1 AND study_id = $2)
       INSERT INTO order_study AS j (order_id, study_id, how, is_foreign, was_own) VALUES ($1, $2, $3, $4, $7)
       ON CONFLICT (order_id, study_id) DO UPDATE SET is_foreign = excluded.is_foreign, was_own = excluded.was_own,
           how = CASE WHEN excluded.how = $5 OR j.how = ANY($6) THEN excluded.how ELSE j.how END
         WHERE j.is_foreign <> excluded.is_foreign OR j.was_own <> excluded.was_own OR (excluded.how = $5 OR j.how = ANY($6)) AND j.how <> excluded.how
       RETURNING xmax = 0 AS "isNew", (SELECT is_foreign FROM before) AS "wasForeign"`,
      [orderId, studyId, how, isForeign, namedByPerson, provisionalWords, wasOwn],
    );
    if (!row) return false;
    const { isNew, wasForeign } = row;
    if (!isNew && isForeign && !wasForeign) {
      const why = 'an order of the study turned out to name another patient';
      await this.countAnew(await this.sql.lockRow(StudyRow, studyId), { who, why, order: orderId });
    }
    await this.takeUpCancelled(studyId);
    if (isNew) {
      const after = { order: orderId, how };
      await this.events.record({
        who,
        what: 'joined with an order',
        subjectKind: 'study',
        subjectId: studyId,
        after,
      });
    }
    return !isForeign && (isNew || wasForeign === true);
  }

  /**
   * Looks again at what was kept back because all orders of a study were cancelled, where they are no more. To be called
   * under the study's lock wherever an order of it changed: the numbers of one say what the cancellation of another is of.
   */
  async takeUpCancelled(studyId: string): Promise<void> {
    const { some, all } = await this.orders.cancelledOf(studyId);
    if (some && !all) await this.studies.takeUpKeptBack(studyId);
  }

  /** Takes an order and a study apart, both of which the caller holds locked: nothing that the order said counts any more. */
  async unlink(
    { id, state }: OrderRow,
    study: StudyRow,
    move: { readonly who: string; readonly why: string },
  ): Promise<StudyRow> {
    await this.sql.rows(`DELETE FROM order_study WHERE order_id = $1 AND study_id = $2`, [id, study.id]);
    const left = await this.countAnew(study, { ...move, order: id });
    const { some, all } = await this.orders.cancelledOf(study.id);
    if ((some || state === 'cancelled') && !all) await this.studies.takeUpKeptBack(study.id);
    return left;
  }

  /**
   * An order stopped counting for a study, or its report was withdrawn: the study is as far as the furthest of the orders
   * that count, and as urgent as the most urgent of them; what was kept back because of a report is looked at again. To be
   * called wherever what counts becomes less.
   */
  async countAnew(study: StudyRow, move: Pick<Move, 'who' | 'why' | 'order'>): Promise<StudyRow> {
    const orders = await this.sql.rows<{ reading: ReadingState; priority: number }>(
      `SELECT o.reading_state AS reading, o.priority FROM order_study os JOIN study_order o ON o.id = os.order_id
       WHERE os.study_id = $1 AND NOT os.is_foreign AND ($2 OR NOT o.test_only)`,
      [study.id, study.testOnly],
    );
    const reading = furthestFirst.find((state) => orders.some((each) => each.reading === state)) ?? 'unknown';
    const read =
      reading === study.readingState
        ? study
        : await this.moves.reading(study.id, reading, move, { back: true });
    return this.studies.setPriority(read, Math.min(usualPriority, ...orders.map(({ priority }) => priority)));
  }

  /**
   * The study of that UID, as `studies.findOrCreate` gives it, announced by something other than a test: how far test
   * messages said that it was read, and how urgent it is, counts no more, nor that they cancelled it.
   */
  async studyInEarnest(
    announced: NewStudy,
  ): Promise<{ study: StudyRow; created: boolean; wasTest: boolean }> {
    const { study, created, wasTest } = await this.studies.findOrCreate(announced);
    if (!wasTest) return { study, created, wasTest };
    const why = 'announced in earnest: what test messages said of it counts no more';
    await this.studies.takeUpKeptBack(study.id);
    const counted = await this.countAnew(study, { who: announced.who, why });
    return {
      study: await this.studies.raisePriority(counted, announced.priority ?? usualPriority),
      created,
      wasTest,
    };
  }

  /** Says once, on order and study, that they bear one number and are not joined: a signed report is passed over so. */
  async noteUnjoined({ orderId, studyId, who, why }: Unjoined): Promise<void> {
    const what = 'not joined';
    const said = await this.sql.row(
      `SELECT 1 FROM event WHERE subject_id = $1 AND what = ANY($2) AND why = $3
         AND coalesce(after, before) ->> 'order' = $4 LIMIT 1`,
      [studyId, [what, 'no longer joined'], why, orderId],
    );
    if (said) return;
    const after = { order: orderId, study: studyId };
    await this.events.record({ who, what, subjectKind: 'order', subjectId: orderId, after, why });
    await this.events.record({ who, what, subjectKind: 'study', subjectId: studyId, after, why });
  }

  /**
   * Whatever of an order, or of a study, was joined by a number and meets by none any more. What a
   * person joined is not among it, nor what lost its numbers to retention.
   */
  untiedOf(of: 'order' | 'study', id: string): Promise<Untied[]> {
    return this.sql.rows<Untied>(
      `SELECT j.order_id AS "orderId", j.study_id AS "studyId", j.how,
         (SELECT min(CASE o.kind WHEN 'accession' THEN 'other-issuer' ELSE o.kind END)
           FROM order_key o JOIN study_key s ON s.number = o.number
             AND (o.kind = 'accession' OR (o.kind IN ${provisionalKeys} AND ${namespacesMeet('s.namespace', 'o.namespace')}))
           WHERE o.order_id = j.order_id AND s.study_id = j.study_id) AS left
       FROM order_study j WHERE j.${of}_id = $1 AND j.how = ANY($2)
         AND EXISTS (SELECT 1 FROM order_key WHERE order_id = j.order_id AND kind <> 'study')
         AND EXISTS (SELECT 1 FROM study_key WHERE study_id = j.study_id)
         AND NOT EXISTS (SELECT 1 FROM order_key o JOIN study_key s ON ${oneNumber} AND o.kind NOT IN ${provisionalKeys}
           WHERE o.order_id = j.order_id AND s.study_id = j.study_id)`,
      [id, Object.values(joiningWords)],
    );
  }

  /** Keeps of a joined order and study that only a provisional tie is left between them. */
  async tieProvisionally(
    { orderId, studyId }: Pick<Untied, 'orderId' | 'studyId'>,
    left: Tie,
  ): Promise<void> {
    const how = joiningWords[left];
    await this.sql.rows(`UPDATE order_study SET how = $3 WHERE order_id = $1 AND study_id = $2`, [
      orderId,
      studyId,
      how,
    ]);
  }

  /**
   * True when the study has no other order by a stronger tie than this one, nor the order another study, which gives a
   * number no way that was reported under. Of an order that no message placed nobody can tell that it is another one than
   * one whose number was corrected.
   */
  async areAlone({ orderId, studyId }: Pick<Untied, 'orderId' | 'studyId'>, by: Tie): Promise<boolean> {
    const others = await this.sql.rows(
      `SELECT 1 FROM order_study os JOIN study_order o ON o.id = os.order_id
       WHERE (os.order_id = $1) <> (os.study_id = $2) AND NOT os.is_foreign AND os.how <> ALL($3)
         AND (os.study_id = $2 OR $4) AND (os.order_id = $1 OR $5 OR o.placed_at IS NOT NULL) LIMIT 1`,
      [
        orderId,
        studyId,
        noStrongerThan(by).map((each) => joiningWords[each]),
        by !== 'reported-accession',
        by === 'other-issuer',
      ],
    );
    return others.length === 0;
  }

  /** How an order and a study are joined, if they are. */
  between(orderId: string, studyId: string): Promise<OrderStudyRow | null> {
    return this.sql.manager.findOneBy(OrderStudyRow, { orderId, studyId });
  }
}
