import { joiningWords, twoPatients } from '@prelector/findings';
import type { OrderRow } from '../orders/order.entity.js';
import type { Statements } from '../sql.js';
import type { Steps } from '../steps/steps.js';
import type { Moves } from '../transitions/moves.js';

/** Orders that wait for their study, or are held over it. */
export class Arrivals {
  constructor(
    private readonly sql: Statements,
    private readonly steps: Steps,
    private readonly moves: Moves,
  ) {}

  /**
   * An order that waits has found its study without asking: all of those that it names, where it names some. One
   * that is held because several stand under its number is asked for again: they may all be announced now.
   */
  async arrive(order: OrderRow, how: string, who: string): Promise<void> {
    if (order.state === 'held' && order.acquisitionEnded && !(await this.#isHeldOverAnother(order)))
      await this.steps.schedule({
        step: 'resolve',
        rowId: order.id,
        priority: order.priority,
        restart: true,
      });
    const waits = order.acquisitionEnded && ['announced', 'never-arrived', 'unusable'].includes(order.state);
    if (!waits) return;
    const named = order.studyInstanceUids.length;
    const { own, others } = await this.#countFound(order);
    // Not every modality takes over the UID it was given: then its number says which study it is.
    const isUnused = named > 0 && own === 0;
    if (named > 0 && (isUnused ? others : own) < named) return;
    const unused = isUnused ? ': the modality did not use the Study Instance UID that the order names' : '';
    await this.moves.order(order.id, 'arrived', { who, why: `the study is there, found by ${how}${unused}` });
  }

  /**
   * An order that is held because it named another patient than a study, and names that of each now (the patients were
   * merged, or one of both corrected), is looked for again.
   */
  async letGo(order: OrderRow, who: string): Promise<void> {
    if (order.state !== 'held' || !order.stateReason?.startsWith(twoPatients)) return;
    if (await this.#isHeldOverAnother(order)) return;
    const { id, priority } = order;
    if (order.acquisitionEnded)
      await this.steps.schedule({ step: 'resolve', rowId: id, priority, restart: true });
    else await this.moves.order(id, 'announced', { who, why: 'the order now agrees with the archive' });
  }

  /** True when a study of another patient bears a number of the order. */
  async #isHeldOverAnother({ id }: OrderRow): Promise<boolean> {
    return !!(await this.sql.row(`SELECT 1 FROM order_study WHERE order_id = $1 AND is_foreign`, [id]));
  }

  /** Studies of an order: those it names, and those of its accession number that no other order names. */
  async #countFound(order: OrderRow): Promise<{ own: number; others: number }> {
    const row = await this.sql.row<{ own: string; others: string }>(
      `SELECT count(*) FILTER (WHERE s.study_instance_uid = ANY($2)) AS own,
         count(*) FILTER (WHERE s.study_instance_uid <> ALL($2) AND os.how = ANY($3) AND NOT EXISTS (
           SELECT 1 FROM study_key named JOIN order_key k ON k.number = named.number AND k.kind = 'study'
           WHERE named.study_id = s.id AND k.order_id <> $1)) AS others
       FROM order_study os JOIN study s ON s.id = os.study_id WHERE os.order_id = $1`,
      [
        order.id,
        order.studyInstanceUids,
        [joiningWords.accession, joiningWords['possible-accession'], joiningWords['other-issuer']],
      ],
    );
    return { own: Number(row?.own ?? 0), others: Number(row?.others ?? 0) };
  }

  async hold(order: OrderRow, who: string, why: string): Promise<void> {
    if (order.state !== 'held' && order.state !== 'cancelled')
      await this.moves.order(order.id, 'held', { who, why });
  }
}
