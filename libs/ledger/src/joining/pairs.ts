import type { Joining, Tie } from '@prelector/findings';
import { joiningWords, judgeJoining, provisionalTies, twoPatients } from '@prelector/findings';
import type { Identities } from '../identities/identities.js';
import { patientHmac } from '../identities/identities.js';
import { asKin } from '../identities/kinship.js';
import type { Patients } from '../identities/patients.js';
import { formerKeys } from '../orders/order-keys.js';
import type { OrderRow } from '../orders/order.entity.js';
import { namedByPerson } from '../orders/orders.js';
import type { Statements } from '../sql.js';
import type { StudyCopies } from '../studies/study-copies.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Holds } from '../transitions/holds.js';
import type { ArchiveStatement, Archives } from './archives.js';
import type { Arrivals } from './arrivals.js';
import { behind } from './judging.js';
import type { OrderEffects } from './order-effects.js';
import type { OrderLinks } from './order-links.js';
import type { Partings } from './partings.js';

const isProvisional = (by: Tie) => provisionalTies.includes(by);

interface Pair {
  readonly order: OrderRow;
  readonly study: StudyRow;
  readonly by: Tie;
  readonly archive: ArchiveStatement;
  readonly isAnnounced: boolean;
  readonly who: string;
}

/** One order and one study that meet by a number: joined, held, or left apart. */
export class Pairs {
  constructor(
    private readonly sql: Statements,
    private readonly copies: StudyCopies,
    private readonly identities: Identities,
    private readonly patients: Patients,
    private readonly holds: Holds,
    private readonly archives: Archives,
    private readonly links: OrderLinks,
    private readonly partings: Partings,
    private readonly arrivals: Arrivals,
    private readonly orderEffects: OrderEffects,
  ) {}

  async join(pair: Pair): Promise<StudyRow> {
    const { order, study, by, archive, isAnnounced, who } = pair;
    // What a test message says is nothing to a study that production announced, or that stands on a clinical node.
    if (order.testOnly && !(await this.archives.hearsTests(study, archive.nodeId))) return study;
    const both = { orderId: order.id, studyId: study.id };
    const isNamed = async () => (await this.links.between(order.id, study.id))?.how === namedByPerson;
    if (isProvisional(by) && !(await this.links.areAlone(both, by)) && !(await isNamed())) return study;
    const said = (order.identityId && (await this.identities.open(order.identityId))) || {};
    const issuers = { secondIssuer: await this.archives.issuerOf(archive.nodeId) };
    const kinship = await this.patients.kinship(archive.nodeId, said, archive.identity, issuers);
    const stated = asKin(kinship, said, archive.identity);
    const judged = judgeJoining({
      by,
      order: {
        identity: stated,
        heardAt: order.readingAt && order.readingState === 'final' ? order.readingAt : order.updatedAt,
        firstHeardAt: order.createdAt,
        over:
          order.state === 'cancelled' ? 'cancelled' : order.readingState === 'final' ? 'signed' : undefined,
      },
      study: {
        identity: archive.identity,
        date: study.studyDate ?? undefined,
        heardAt: study.firstHeardAt,
      },
      issuers,
    });
    const isReleased = (await this.identities.releasedOf(study.id))(said);
    const named = judged.kind !== 'joined' && (await isNamed());
    const joining = named ? asNamed(judged, isReleased) : judged;
    const wasOwn = joining.kind !== 'joined' && (named || (await this.#namedPatientOf(order, archive)));
    const isCancelledOwn = wasOwn && order.state === 'cancelled';
    if (joining.kind === 'unrelated' && !(joining.isOfAnother && isCancelledOwn)) {
      const why = `an order bears a number of the study: ${joining.reason}`;
      if (joining.isOfAnother && (await this.links.between(order.id, study.id)))
        return this.partings.part({ ...both, who, why });
      await this.links.noteUnjoined({ ...both, who, why });
      return study;
    }
    const isForeign = joining.kind !== 'joined';
    const how = joining.kind === 'unrelated' ? joiningWords[by] : joining.how;
    const countsNow = await this.links.link({ ...both, how, isForeign, wasOwn, who });
    if (isCancelledOwn) {
      const why =
        'the order was cancelled, and names another patient than its messages did before: as it may have been of this study, it counts as a cancelled one';
      await this.links.noteUnjoined({ ...both, who, why });
    }
    if (joining.kind !== 'joined') {
      const left = await this.sql.lockRow(StudyRow, study.id);
      // One that is cancelled asks for nothing; a person who released the study saw what another states, and it states the same now.
      if (order.state === 'cancelled' || isReleased) return left;
      await this.arrivals.hold(order, who, joining.reason);
      // A merge for which the archive was waited may have been undone.
      const isNews = left.stateReason === behind;
      const by = { order: order.id, statement: order.identityId };
      return this.holds.hold(left, { who, why: joining.reason, awaitsOrder: true, isNews, ...by });
    }
    // Now that order and study have each other by a number of their own, what is provisional counts no more.
    const isOnesOwn = countsNow && by !== 'former-accession' && by !== 'other-issuer';
    const hasLeft = isOnesOwn && (await this.partings.partUntied({ of: 'study', id: study.id, who }));
    if (isOnesOwn) await this.partings.partUntied({ of: 'order', id: order.id, who });
    if (countsNow)
      await this.orderEffects.warnOfDemographics(study, { id: order.id, stated }, archive.identity, who);
    if (countsNow && order.procedureCode) await this.copies.selectAnewForCodes(study);
    await this.arrivals.letGo(order, who);
    // An order waits for the images of the number that it states.
    if (isAnnounced && !formerKeys.includes(by)) await this.arrivals.arrive(order, how, who);
    return this.orderEffects.apply(order, hasLeft ? await this.sql.lockRow(StudyRow, study.id) : study, who);
  }

  /** Whether any message of the order named the patient whom the archive states, whatever else it said of the person. */
  async #namedPatientOf(
    { feedId, patientHmac: now, formerPatients }: OrderRow,
    { nodeId, identity }: ArchiveStatement,
  ): Promise<boolean> {
    const { issuerOfPatientId = await this.archives.issuerOf(nodeId) } = identity;
    const archived = patientHmac(this.sql.vault, {
      ...identity,
      ...(issuerOfPatientId ? { issuerOfPatientId } : {}),
    });
    const named = [now, ...formerPatients];
    return archived !== undefined && named.some(await this.patients.test(feedId, archived, named));
  }
}

/**
 * What a person joined, having seen what the order states, stays joined, and speaks, as long as it states that. What
 * names another patient since then is held like any other order that does.
 */
function asNamed(judged: Exclude<Joining, { kind: 'joined' }>, isReleased: boolean): Joining {
  if (isReleased) return { kind: 'joined', how: namedByPerson };
  if (judged.kind === 'foreign') return judged;
  if (!judged.isOfAnother) return { kind: 'joined', how: namedByPerson };
  const reason = `${twoPatients} study that a person named: ${judged.reason}`;
  return { kind: 'foreign', how: namedByPerson, reason };
}
