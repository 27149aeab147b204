import type { Tie } from '@prelector/findings';
import { joiningWords, judgeJoining } from '@prelector/findings';
import type { Events } from '../events/events.js';
import type { Identities } from '../identities/identities.js';
import { asKin } from '../identities/kinship.js';
import type { Patients } from '../identities/patients.js';
import type { Orders } from '../orders/orders.js';
import type { Statements } from '../sql.js';
import type { Steps } from '../steps/steps.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Moves } from '../transitions/moves.js';
import type { Archives } from './archives.js';
import type { Judging } from './judging.js';
import type { OrderLinks, Untied } from './order-links.js';

/** Why an order and a study no longer belong together, in words. */
const whyParted = ({ how, left }: Untied): string =>
  left
    ? `joined by ${how}; all that ties them now is ${joiningWords[left]}, and the patient differs or one of them has another partner`
    : `joined by ${how}; order and study share no number any more`;

/** An order and a study that are joined and do not belong together, with the reason in words. */
export interface Leaving {
  readonly orderId: string;
  readonly studyId: string;
  readonly who: string;
  readonly why: string;
}

/** Orders and studies that turned out not to belong together. */
export class Partings {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly steps: Steps,
    private readonly identities: Identities,
    private readonly patients: Patients,
    private readonly orders: Orders,
    private readonly moves: Moves,
    private readonly archives: Archives,
    private readonly judging: Judging,
    private readonly links: OrderLinks,
  ) {}

  /**
   * Parts orders from studies with which they were joined by a number that turned out to be none of theirs: an
   * order number that might have been the accession number until that was stated, an accession number whose
   * issuer the archive, or a file, comes to state, unless the whole patient agrees, or one that was corrected, unless
   * the images may be the patient's that were made under it. What the order said no longer counts for the study, and an
   * order that is left without one is looked for again. True when there were such.
   */
  async partUntied({
    of,
    id,
    who,
  }: {
    readonly of: 'order' | 'study';
    readonly id: string;
    readonly who: string;
  }): Promise<boolean> {
    let hasLeft = false;
    for (const untied of await this.links.untiedOf(of, id)) {
      const { left } = untied;
      if (left && (await this.#isTiedProvisionally(untied, left))) {
        await this.links.tieProvisionally(untied, left);
        continue;
      }
      await this.part({ ...untied, who, why: whyParted(untied) });
      hasLeft = true;
    }
    return hasLeft;
  }

  /**
   * RIS and worklist often name one department differently, and a scanner may have the number that the RIS corrected:
   * where the patient agrees, and neither has another partner, a report that was signed or an order that was cancelled
   * goes on counting.
   */
  async #isTiedProvisionally({ orderId, studyId }: Untied, by: Tie): Promise<boolean> {
    const order = await this.orders.lock(orderId);
    const archive = await this.archives.latestSeen(studyId);
    const said = order.identityId && (await this.identities.open(order.identityId));
    if (!archive || !said || !(await this.links.areAlone({ orderId, studyId }, by))) return false;
    const issuers = { secondIssuer: await this.archives.issuerOf(archive.nodeId) };
    const kinship = await this.patients.kinship(archive.nodeId, said, archive.identity, issuers);
    const now = this.sql.now();
    const { kind } = judgeJoining({
      by,
      order: { identity: asKin(kinship, said, archive.identity), heardAt: now },
      study: { identity: archive.identity, date: undefined, heardAt: now },
      issuers,
    });
    return kind === 'joined';
  }

  /**
   * Parts an order from a study: what it said no longer counts, the study is judged by the orders that are left, and an
   * order that is left without one is looked for again.
   */
  async part({ orderId, studyId, who, why }: Leaving): Promise<StudyRow> {
    const order = await this.orders.lock(orderId);
    const known = await this.sql.lockRow(StudyRow, studyId);
    const subjects = [
      { subjectKind: 'order', subjectId: orderId },
      { subjectKind: 'study', subjectId: studyId },
    ] as const;
    for (const subject of subjects) {
      await this.events.record({
        who,
        what: 'no longer joined',
        ...subject,
        before: { order: orderId, study: studyId },
        why,
      });
    }
    const left = await this.links.unlink(order, known, { who, why });
    const archive = await this.archives.latestSeen(studyId);
    const study = archive ? await this.judging.study(left, archive, who) : left;
    const isAlone = (await this.orders.studiesOf(orderId)).length === 0;
    const isOver = order.state === 'held' || (order.state === 'arrived' && order.acquisitionEnded);
    if (!isOver || !isAlone) return study;
    await this.moves.order(orderId, 'announced', { who, why });
    if (order.acquisitionEnded)
      await this.steps.schedule({ step: 'resolve', rowId: orderId, priority: order.priority, restart: true });
    return study;
  }
}
