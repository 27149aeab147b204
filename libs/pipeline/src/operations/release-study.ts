import { copyProblems, imageIdentityOf } from '@prelector/evidence';
import type { StudyIdentity } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type { Ledger, OrderRow, Tx } from '@prelector/ledger';
import { isPerson, isOnePatient, namedByPerson } from '@prelector/ledger';
import type { ArchiveView } from '../archive/archive-view.js';
import { listedIdentities, viewAnyImage } from '../archive/archive-view.js';
import type { NodeClients } from '../nodes/node-clients.js';
import type { SiteView } from '../site/site-view.js';

/** What a release needs of its process. */
export interface ReleaseTools {
  readonly ledger: Ledger;
  readonly clients: NodeClients;
  readonly site: SiteView;
}

/** A person's decision, with the name and the reason that stay in the record. */
export interface Release {
  readonly studyInstanceUid: string;
  /** `person:<name>`. */
  readonly who: string;
  readonly reason: string;
}

/** What a release answers: what was held, and why, when the person asked for it. */
interface Answers {
  /** The last reason for which the study is held, by its event. */
  readonly reason: string | undefined;
  /** Orders that are held, each with the identity that it states. */
  readonly orders: ReadonlyMap<string, string | null>;
}

interface Seen extends ArchiveView {
  readonly nodeId: string;
  readonly listed: readonly StudyIdentity[];
}

/**
 * Releases a held study: the identity that the archive states now is taken as right, evidence is encoded anew
 * with it, and what stood still goes on. It covers the identities that the study and its orders had shown when the
 * last reason of the hold was given, and what the archive states now, and no other: another patient's images of the
 * next day hold it again. For a study that an order was held over,
 * it says that this is the study the order means, unless such orders name several patients: it cannot be that of them
 * all, so none of them counts for it. It answers what was held when it was called, and is refused where something came
 * since.
 *
 * @throws `release.reason-missing`, `release.not-in-archive`, `release.nothing-held`, `release.not-writable`,
 * `release.held-anew`, `release.several-patients`
 */
export async function releaseStudy(tools: ReleaseTools, release: Release): Promise<void> {
  const { ledger } = tools;
  if (!isPerson(release.who) || release.reason.trim() === '') {
    throw refusal('release.reason-missing', 'A release needs a person and a reason: --reason "...".');
  }
  const before = await ledger.pool.studies.byUid(release.studyInstanceUid);
  const answers: Answers = {
    reason: before ? await ledger.pool.holds.lastReason([before.id]) : undefined,
    orders: await ledger.pool.orders.held(),
  };
  const seen = await whereItIs(tools, release.studyInstanceUid);
  const [first] = seen;
  if (!first)
    throw refusal(
      'release.not-in-archive',
      'No PACS node has that study now, so there is nothing to release it to.',
    );
  await ledger.transaction(async (tx) => {
    const identities = seen.map(({ identity }) => identity);
    await tx.locks.aboutStudies([{ studyInstanceUid: release.studyInstanceUid, identities }]);
    const known = await tx.studies.byUid(release.studyInstanceUid);
    if (known?.state === 'held') assertWritable(first);
    if (known?.state === 'held' && (await tx.holds.lastReason([known.id])) !== answers.reason)
      throw heldAnew();
    const released = known?.state === 'held' ? await releaseHeld(tx, known.id, first, release) : false;
    const answered = await answerHeldOrders(tx, seen, { ...release, isReleased: released, answers });
    if (!released && answered === 0) {
      throw refusal('release.nothing-held', 'Neither that study nor an order that speaks of it is held.');
    }
  });
}

/** No person can release what no DICOM object can say. */
function assertWritable({ source }: Seen): void {
  const { unwritable } = copyProblems(source);
  if (unwritable.length === 0) return;
  const reasons = unwritable.map(({ reason }) => reason).join('; ');
  throw refusal(
    'release.not-writable',
    `No report can bear what the images state (${reasons}): correct it in the archive, then release.`,
  );
}

const heldAnew = () =>
  refusal(
    'release.held-anew',
    'A further reason to hold the study came up in this moment; nothing was released. Look at it again: prelector study <uid>.',
  );

const severalPatients = () =>
  refusal(
    'release.several-patients',
    'The orders that are held over that study name several patients, and it cannot be that of them all: have those that do not mean it corrected or cancelled, then release it again.',
  );

const refusal = (code: string, words: string) => new PrelectorError(code, 'permanent', words);

/** Every node that has the study now, the one where it is watched in front. */
async function whereItIs({ ledger, clients, site }: ReleaseTools, studyInstanceUid: string): Promise<Seen[]> {
  await site.refresh();
  const study = await ledger.pool.studies.byUid(studyInstanceUid);
  const watched = study ? (await ledger.pool.copies.ofStudy(study.id)).map((copy) => copy.nodeId) : [];
  const own = study ? await ledger.pool.studies.ownSeriesOf(study.id) : new Set<string>();
  const nodeIds = [...new Set([...watched, ...site.current.nodes.keys()])];
  const seen: Seen[] = [];
  let failure: unknown;
  for (const nodeId of nodeIds) {
    try {
      const { view, listed } = await clients.read(nodeId, async (client) => ({
        view: await viewAnyImage(client, studyInstanceUid, own),
        listed: await listedIdentities(client, studyInstanceUid),
      }));
      if (view) seen.push({ nodeId, identity: view.identity, source: view.source, listed });
    } catch (thrown) {
      failure = thrown;
    }
  }
  // One node that is away does not stop a release of what stands on another.
  if (seen.length === 0 && failure) throw failure;
  return seen;
}

async function releaseHeld(
  tx: Tx,
  studyId: string,
  { nodeId, identity, source, listed }: Seen,
  { who, reason }: Release,
): Promise<true> {
  const study = await tx.studies.lock(studyId);
  const { identityId } = await tx.identities.recordSighting({
    studyId,
    nodeId,
    stage: 'store',
    identity,
  });
  const stated = [identityId];
  const seen = [
    { stage: 'store', identity: imageIdentityOf(source) } as const,
    ...listed.map((each) => ({ stage: 'announcement', identity: each }) as const),
  ];
  for (const each of seen)
    stated.push((await tx.identities.recordSighting({ studyId, nodeId, ...each })).identityId);
  await tx.studies.setReleasedIdentity(studyId, identityId);
  const orders = await tx.orderStatements.ordersOf(study.studyInstanceUid, identity, [nodeId]);
  const linked = await tx.orders.ofStudy(studyId);
  await tx.identities.release(
    { id: studyId, who, reason: await tx.holds.lastReason([studyId]) },
    { identityIds: stated, orderIds: [...orders, ...linked].map(({ id }) => id) },
  );
  await tx.holds.resume(study, { who, why: reason });
  return true;
}

/**
 * Orders that were held because several studies, or none of the patient, stood under their number. A release of a study
 * that has an order of its own says nothing of a stranger's under its number, which stays held, nor of strangers who are
 * several.
 */
async function answerHeldOrders(
  tx: Tx,
  seen: readonly Seen[],
  release: Release & { readonly isReleased: boolean; readonly answers: Answers },
): Promise<number> {
  const { studyInstanceUid, who, reason, answers } = release;
  const held = await ordersToAnswer(tx, seen, release);
  for (const { id, identityId } of held.values()) if (answers.orders.get(id) !== identityId) throw heldAnew();
  for (const { id } of held.values()) {
    const order = await tx.orders.lock(id);
    const why = `${who}: ${reason}`;
    const { study: found } = await tx.links.studyInEarnest({
      studyInstanceUid,
      priority: order.priority,
      testOnly: order.testOnly,
      who,
      why,
    });
    const study = await tx.studies.lock(found.id);
    await tx.links.link({ orderId: id, studyId: study.id, how: namedByPerson, who });
    if (order.procedureCode) await tx.copies.selectAnewForCodes(study);
    await tx.moves.order(id, 'arrived', { who, why: reason });
    await tx.orderEffects.apply(order, study, 'trigger');
    const [right] = seen;
    const stated: (string | null)[] = [order.identityId];
    for (const { nodeId, identity } of seen) {
      const { copy } = await tx.copies.findOrCreate(study.id, nodeId);
      const { identityId } = await tx.identities.recordSighting({
        studyId: study.id,
        nodeId,
        stage: 'look',
        identity,
      });
      stated.push(identityId);
      if (nodeId === right?.nodeId) await tx.studies.setReleasedIdentity(study.id, identityId);
      await tx.steps.schedule({ step: 'observe', rowId: copy.id, priority: order.priority, restart: true });
    }
    const last = await tx.holds.lastReason([study.id, id]);
    await tx.identities.release({ id: study.id, who, reason: last }, { identityIds: stated });
    if (study.state === 'incomplete')
      await tx.moves.study(study.id, 'watching', { who, why: reason }, { watchingSince: tx.sql.now() });
    await tx.events.record({ who, what: 'order answered', subjectKind: 'order', subjectId: id, why: reason });
  }
  return held.size;
}

async function ordersToAnswer(
  tx: Tx,
  seen: readonly Seen[],
  { studyInstanceUid, who, isReleased }: Release & { readonly isReleased: boolean },
): Promise<ReadonlyMap<string, OrderRow>> {
  const study = await tx.studies.byUid(studyInstanceUid);
  const held = new Map<string, OrderRow>();
  const strangers: OrderRow[] = [];
  for (const { identity, nodeId } of seen) {
    for (const order of await tx.orderStatements.ordersOf(studyInstanceUid, identity, [nodeId])) {
      if (order.state !== 'held' || held.has(order.id)) continue;
      const isStranger = study && (await tx.links.between(order.id, study.id))?.isForeign;
      if (isStranger && isReleased && (await tx.orders.studyHasItsOwn(study.id, order.id))) continue;
      held.set(order.id, order);
      if (isStranger) strangers.push(order);
    }
  }
  if (!areSeveral(strangers)) return held;
  if (!isReleased) throw severalPatients();
  for (const { id } of strangers) {
    held.delete(id);
    const why = `${who} released the study: the orders that are held over it name several patients, so it is none of theirs`;
    await tx.events.record({ who, what: 'not answered', subjectKind: 'order', subjectId: id, why });
  }
  return held;
}

/** True where orders name, or may name, more than one patient. */
function areSeveral([first, ...others]: readonly OrderRow[]): boolean {
  const isFirsts = ({ patientHmac }: OrderRow) =>
    patientHmac !== null && !!first?.patientHmac && isOnePatient(patientHmac, first.patientHmac);
  return !others.every(isFirsts);
}
