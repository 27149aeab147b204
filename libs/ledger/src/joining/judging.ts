import type { StudyIdentity } from '@prelector/findings';
import { compareOrderWithArchive } from '@prelector/findings';
import type { Identities } from '../identities/identities.js';
import type { ArchivedPatient } from '../identities/kinship.js';
import type { Patients } from '../identities/patients.js';
import type { Statements } from '../sql.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Holds } from '../transitions/holds.js';
import type { ArchiveStatement, Archives } from './archives.js';
import type { OrderStatements } from './order-statements.js';

/** Why a study is held whose archive has yet to follow a merge. */
export const behind = 'the archive still states the number that the patient had before a merge';

/** Why a study is held that its archive came to file under another patient; begins the reason. */
export const refiled =
  'the archive lists the study under another identity than its images stated when they were analysed';

/** Whether what the orders of a study state agrees with its archive. */
export class Judging {
  constructor(
    private readonly sql: Statements,
    private readonly identities: Identities,
    private readonly patients: Patients,
    private readonly holds: Holds,
    private readonly archives: Archives,
    private readonly orderStatements: OrderStatements,
  ) {}

  /** What all orders of the study state, against the archive as its instances state the patient. */
  async study(
    study: StudyRow,
    { nodeId, identity, statements: made = [identity] }: ArchiveStatement,
    who: string,
  ): Promise<StudyRow> {
    const secondIssuer = await this.archives.issuerOf(nodeId);
    const { id, studyInstanceUid } = study;
    const spokenOf = { id, studyInstanceUid, testOnly: await this.archives.hearsTests(study, nodeId) };
    const statements = await this.orderStatements.of(spokenOf, { nodeId, identity }, secondIssuer);
    let held: StudyRow | undefined;
    for (const { orderId, identityId, identity: stated } of statements) {
      const { verdict, reason } = compareOrderWithArchive(stated, identity, { secondIssuer });
      if (verdict !== 'holds') continue;
      const kinship = await this.patients.kinship(nodeId, stated, identity, { secondIssuer });
      const isBehind = kinship === 'merged-from';
      const why = isBehind ? behind : `identity in the order against the archive ${reason}`;
      const by = { order: orderId, statement: identityId };
      held = await this.holds.hold(held ?? study, { who, why, awaitsOrder: true, isNews: isBehind, ...by });
    }
    if (held) return held;
    // An order that states the retired number, too, does not say that the archive has followed.
    const orders = statements.map(({ said }) => said);
    const archived = { nodeId, identity, issuer: secondIssuer, orders };
    if (
      (await this.#mayWait(study, { orders, statements: made })) &&
      (await this.patients.isRetired(archived))
    )
      return this.holds.hold(study, { who, why: behind, awaitsOrder: true, isNews: true });
    if (await this.#isRefiled(study, { nodeId, identity }, secondIssuer)) return study;
    return this.holds.lift(study, { who, why: 'the orders of the study now agree with the archive' });
  }

  /**
   * Whether a study waits for its archive to follow a merge: not where a person released what the archive states, nor,
   * without an order, where nobody has asked for it yet.
   */
  async #mayWait(
    { id, state }: StudyRow,
    {
      orders,
      statements,
    }: Pick<ArchivedPatient, 'orders'> & { readonly statements: readonly StudyIdentity[] },
  ): Promise<boolean> {
    if (orders.length === 0 && state === 'incomplete') return false;
    return !statements.some(await this.identities.releasedOf(id));
  }

  /** True while a study is held because its archive filed it under another patient, and no merge says that both are one. */
  async #isRefiled(
    study: StudyRow,
    { nodeId, identity }: ArchiveStatement,
    issuer: string | undefined,
  ): Promise<boolean> {
    if (study.state !== 'held' || !study.awaitsOrder || !(await this.holds.wasHeldFor(study, refiled)))
      return false;
    const images = await this.identities.ofImages(study.id);
    const issuers = { firstIssuer: issuer, secondIssuer: issuer };
    return (
      images === undefined || (await this.patients.kinship(nodeId, images, identity, issuers)) === 'none'
    );
  }

  /** Judges studies anew that wait for their archive and their orders to agree. */
  async waiting(studyIds: readonly string[], who: string): Promise<void> {
    for (const id of studyIds) {
      const study = await this.sql.lockRow(StudyRow, id);
      const archive = await this.archives.latestSeen(id);
      if (archive && study.state === 'held' && study.awaitsOrder) await this.study(study, archive, who);
    }
  }
}
