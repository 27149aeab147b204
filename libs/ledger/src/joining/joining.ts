import type { Tie } from '@prelector/findings';
import { provisionalTies } from '@prelector/findings';
import type { Numbers } from '../orders/numbers.js';
import { studyKeys } from '../orders/order-keys.js';
import type { OrderRow } from '../orders/order.entity.js';
import type { Orders } from '../orders/orders.js';
import type { Statements } from '../sql.js';
import { StudyRow } from '../studies/study.entity.js';
import type { ArchiveStatement, Archives } from './archives.js';
import type { Judging } from './judging.js';
import type { Pairs } from './pairs.js';
import type { Partings } from './partings.js';

/** Orders and studies find each other, whichever came first. */
export class Joining {
  constructor(
    private readonly sql: Statements,
    private readonly numbers: Numbers,
    private readonly orders: Orders,
    private readonly archives: Archives,
    private readonly judging: Judging,
    private readonly partings: Partings,
    private readonly pairs: Pairs,
  ) {}

  /**
   * Joins a study with every order that speaks of it by any key, whichever came first, and judges what they
   * state: order and archive that name two patients are both held; a study that waited for its orders to agree
   * with the archive goes on. To be called wherever an archive states the identity of a study; who the patient is, its
   * instances say where they ever did.
   *
   * @param options.isAnnounced the study is announced on that node: orders that wait for it have found it
   */
  async joinStudy(
    known: Pick<StudyRow, 'id' | 'studyInstanceUid'>,
    stated: ArchiveStatement,
    { who, isAnnounced = false }: { who: string; isAnnounced?: boolean },
  ): Promise<StudyRow> {
    const keys = studyKeys(this.sql.vault, known.studyInstanceUid, stated.identity);
    await this.numbers.lock(keys);
    await this.numbers.keepOfStudy(known.id, keys, stated);
    const archive = await this.archives.asInstancesState(known.id, stated);
    await this.partings.partUntied({ of: 'study', id: known.id, who });
    const orders: { order: OrderRow; by: Tie }[] = [];
    const met = await this.numbers.ordersMeeting(known.id, archive.nodeId);
    // The strongest tie first: beside it no order counts whose tie is provisional.
    const rank = ({ by }: { by: Tie }) => provisionalTies.indexOf(by);
    for (const { orderId, by } of met.sort((a, b) => rank(a) - rank(b))) {
      orders.push({ order: await this.orders.lock(orderId), by });
    }
    let study = await this.sql.lockRow(StudyRow, known.id);
    for (const { order, by } of orders) {
      study = await this.pairs.join({ order, study, by, archive, isAnnounced, who });
    }
    return this.judging.study(study, archive, who);
  }

  /**
   * Joins an order with every study that is known and that it speaks of by any key, and parts it from those of
   * which it turned out not to speak. It does not arrive thereby:
   * the archive is asked once, because the study may be known and not announced.
   */
  async joinOrder(orderId: string, who: string): Promise<void> {
    await this.partings.partUntied({ of: 'order', id: orderId, who });
    const met = await this.numbers.studiesMeeting(orderId);
    for (const { studyId, by } of met) {
      const order = await this.orders.lock(orderId);
      const study = await this.sql.lockRow(StudyRow, studyId);
      const archive = await this.archives.latestSeen(studyId);
      if (!archive) continue;
      const joined = await this.pairs.join({ order, study, by, archive, isAnnounced: false, who });
      await this.judging.study(joined, archive, who);
    }
  }
}
