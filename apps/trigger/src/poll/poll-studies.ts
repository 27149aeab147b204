import type { Dataset } from '@prelector/dicom';
import { isUid, numberOf, stringOf, stringsOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { ObservedSeries, StudyIdentity } from '@prelector/findings';
import { countInstances, identityOfSearch, isDerivedModality } from '@prelector/findings';
import { asPrelectorError, canonicalJson, digestOf, isOwnFault } from '@prelector/kernel';
import type { IdentityVault, Ledger, Tx } from '@prelector/ledger';
import type { SiteNode } from '@prelector/pipeline';
import { identitiesToJoin } from '@prelector/pipeline';
import type { StatedByArchive } from '../announcement/announce-study.js';
import { announceStudy, identitiesOf, keepStated, studyDateOf } from '../announcement/announce-study.js';
import { observeStudy } from '../completeness/observe-study.js';
import { holdIfListedTwice } from '../announcement/hold-if-refiled.js';
import { statedBefore } from '../announcement/stated-before.js';
import { isUnseenOf, mayLookAgain, unseenDigest } from './unseen.js';
import type { StudyDateRange } from './poll-window.js';

const who = 'trigger';
const batch = 200;
const leastUrgent = 9;
/** How often a study is looked at anew where the server states no counts by which a change would show. */
const uncountedMs = 3_600_000;

/** One poll of one node. */
export interface Poll {
  readonly ledger: Ledger;
  readonly client: DicomWebClient;
  readonly node: SiteNode;
  readonly range: StudyDateRange;
  /**
   * Before the first poll that ended well: studies up to this local time (`YYYYMMDDHHMMSS`) stood there when
   * the node was added, and are noted, not announced.
   */
  readonly olderThan: string | undefined;
  readonly now: Date;
}

/**
 * Asks a node for the studies of a StudyDate range, to the end of its pages, and announces those that are
 * new. One that changed since the last poll is looked at: whether source images changed, by which alone it is
 * announced anew, its series say. An unchanged study costs no further request and no write.
 *
 * @returns how many studies the node named, and of them those under a UID by which nothing can ask for them
 */
export async function pollStudies(poll: Poll): Promise<{ seen: number; unusable: number }> {
  const { modalities } = poll.node.configuration.poll;
  const answers = poll.client.searchForStudies({
    studyDate: poll.range,
    ...(modalities.length > 0 ? { modalitiesInStudy: modalities } : {}),
  });
  let [seen, unusable] = [0, 0];
  const waiting: Dataset[] = [];
  try {
    for await (const answer of answers) {
      seen += 1;
      if (!isUid(stringOf(answer, '0020000D'))) unusable += 1;
      waiting.push(answer);
      if (waiting.length === batch) await take(poll, waiting.splice(0));
    }
  } finally {
    // What a search gave before it failed is there all the same.
    await take(poll, waiting);
  }
  return { seen, unusable };
}

interface Stated {
  readonly uid: string;
  readonly digest: string;
  /** As the search states it. */
  readonly identity: StudyIdentity;
  /** Of other patients under whom the same answer lists the study. */
  readonly others: readonly StudyIdentity[];
  readonly studyDate: string | undefined;
  /** All instances, where the server states how many. */
  readonly instances: number | undefined;
  /** Source images, at most: the instances, less one for each modality of derived objects. */
  readonly sourceInstances: number | undefined;
  readonly hasDerived: boolean;
  /** Study Date and Time, `YYYYMMDDHHMMSS`; zeros where the server states none. */
  readonly time: string;
}

/** A study with what it is joined by. */
interface Seen extends Stated {
  readonly archive: StatedByArchive;
  /** Why no image could be looked at, in words. */
  readonly unseen?: string;
}

/** What a poll compares: counts, modalities and identity, the name apart, as the study-level answer states them. */
function stated(answer: Dataset, now: Date, vault: IdentityVault): Stated | undefined {
  const uid = stringOf(answer, '0020000D');
  if (!isUid(uid)) return undefined;
  const series = stringOf(answer, '00201206');
  const instances = stringOf(answer, '00201208');
  const identity = identityOfSearch(answer);
  const uncounted = series === undefined && instances === undefined;
  const digest = digestOf([
    series,
    instances,
    stringsOf(answer, '00080061').sort(),
    vault.hmac('listed', canonicalJson(identity)),
    ...(uncounted ? [Math.floor(now.getTime() / uncountedMs)] : []),
  ]);
  const modalities = stringsOf(answer, '00080061');
  const counted = numberOf(answer, '00201208');
  const instancesStated = modalities.length > 0 ? counted : undefined;
  const derived = modalities.filter(isDerivedModality).length;
  const date = (stringOf(answer, '00080020') ?? '').padEnd(8, '0').slice(0, 8);
  const clock = (stringOf(answer, '00080030') ?? '').split('.')[0]?.padEnd(6, '0').slice(0, 6) ?? '000000';
  return {
    uid,
    digest,
    identity,
    others: [],
    studyDate: studyDateOf(answer),
    instances: counted,
    sourceInstances: instancesStated === undefined ? undefined : Math.max(0, instancesStated - derived),
    hasDerived: derived > 0,
    time: `${date}${clock}`,
  };
}

/** What one answer lists of a study, once for each patient. */
function asOne(listed: readonly Stated[]): Stated {
  const [first, ...rest] = listed as [Stated, ...Stated[]];
  if (rest.length === 0) return first;
  const digest = digestOf(listed.map((each) => each.digest).sort());
  return {
    ...first,
    digest,
    others: rest.map(({ identity }) => identity),
    instances: undefined,
    sourceInstances: undefined,
  };
}

async function take(poll: Poll, answers: readonly Dataset[]): Promise<void> {
  const { ledger, node, olderThan, now } = poll;
  const listed = Map.groupBy(
    answers.flatMap((answer) => stated(answer, now, ledger.vault) ?? []),
    ({ uid }) => uid,
  );
  const studies = [...listed.values()].map(asOne);
  if (studies.length === 0) return;
  const known = await ledger.pool.copies.pollDigests(
    node.id,
    studies.map((each) => each.uid),
  );
  for (const study of studies) {
    const before = known.get(study.uid);
    if (before !== undefined && !mayLookAgain(before, study.digest, now)) continue;
    const isOlder = olderThan !== undefined && study.time <= olderThan;
    const seen = await seenBy(poll, study, before);
    if (before && seen.unseen && isUnseenOf(before, study.digest)) await keepDigest(poll, seen);
    else if (before) await lookAgain(poll, seen, isUnseenOf(before, study.digest));
    else await (isOlder ? note : announce)(poll, seen);
  }
}

/** Where no image could be looked at, a later poll does: the study is not as it was compared until then. */
async function seenBy({ ledger, client, node, now }: Poll, stated: Stated, before?: string): Promise<Seen> {
  const unseen = (why: string): Seen => ({
    ...stated,
    archive: { nodeId: node.id, identity: undefined },
    unseen: why,
    digest: unseenDigest(stated.digest, now, before),
  });
  try {
    const sought = { before: () => statedBefore(ledger, stated.uid, node.id) };
    const [first, ...further] = await identitiesToJoin(
      client,
      node.profile,
      stated.uid,
      stated.identity,
      sought,
    );
    if (!first) return unseen('it lists none');
    return { ...stated, archive: { nodeId: node.id, ...first, further } };
  } catch (thrown) {
    if (isOwnFault(thrown)) throw thrown;
    return unseen(asPrelectorError(thrown).message);
  }
}

async function keepDigest({ ledger, node, now }: Poll, { uid, digest }: Seen): Promise<void> {
  await ledger.transaction(async (tx) => {
    const known = await tx.studies.byUid(uid);
    if (!known) return;
    const { copy } = await tx.copies.findOrCreate(known.id, node.id);
    await tx.copies.setPollDigest(copy.id, digest, now);
  });
}

/** Tells once why a study is joined with no order by its accession number. */
async function tellUnseen(tx: Tx, node: SiteNode, studyId: string, { unseen }: Seen): Promise<void> {
  if (unseen === undefined) return;
  const why = `no image can be had yet on ${node.name}: ${unseen}`;
  await tellOf(tx, node, studyId, `${why} Until then no accession number joins it with an order`);
}

async function announce({ ledger, node, now }: Poll, study: Seen): Promise<void> {
  await ledger.transaction((tx) => announceIn(tx, { ledger, node, now }, study));
}

async function announceIn(
  tx: Tx,
  { ledger, node, now }: Pick<Poll, 'ledger' | 'node' | 'now'>,
  stated: Seen,
): Promise<void> {
  const { uid, digest, identity, archive, studyDate } = stated;
  const why = `found by polling ${node.name}`;
  const { study, copy } = await announceStudy(tx, ledger.vault, {
    ...archive,
    studyInstanceUid: uid,
    studyDate,
    who,
    why,
  });
  await tx.copies.setPollDigest(copy.id, digest, now);
  await tellOf(tx, node, study.id, why);
  await tellUnseen(tx, node, study.id, stated);
  const locked = await tx.studies.lock(study.id);
  await holdIfListedTwice(tx, locked, node, [identity, ...stated.others], who);
}

/** A study that is known changed in some way: its series are counted, and what an archive states of it is kept. */
async function lookAgain({ ledger, node, now }: Poll, stated: Seen, wasUnseen: boolean): Promise<void> {
  const { uid, digest, identity, archive } = stated;
  await ledger.transaction(async (tx) => {
    await tx.locks.aboutStudies([{ studyInstanceUid: uid, identities: identitiesOf(archive) }]);
    const known = await tx.studies.byUid(uid);
    if (!known) return;
    const { copy } = await tx.copies.findOrCreate(known.id, node.id);
    const study = await keepStated(tx, ledger.vault, known, archive, { who });
    await tx.copies.setPollDigest(copy.id, digest, now);
    await tx.steps.schedule({ step: 'observe', rowId: copy.id, priority: study.priority, restart: true });
    const why = wasUnseen ? 'an image can be had now' : 'seen to have changed';
    await tellOf(tx, node, study.id, `${why} on ${node.name}`);
    await tellUnseen(tx, node, study.id, stated);
    await holdIfListedTwice(tx, study, node, [identity, ...stated.others], who);
  });
}

function tellOf(tx: Tx, node: SiteNode, studyId: string, reason: string): Promise<unknown> {
  return tx.notices.record({ kind: 'poll', nodeId: node.id, nodeVersion: node.version, studyId, reason });
}

/**
 * Remembers a study without watching it, unless something else has announced it already, or an order waits for it. What
 * it holds now is the baseline by which a later change is known. Beside derived objects the answer states no more than
 * how many images there may be: then they are counted at once, because images that come later could not be told from
 * those. Where that cannot be done, a look of its own counts them later, and more than there may have been have come
 * since.
 */
async function note(poll: Poll, stated: Seen): Promise<void> {
  const { ledger, node, now } = poll;
  const { uid, digest, archive, studyDate, sourceInstances, hasDerived } = stated;
  const series = hasDerived ? await seriesNow(poll, stated) : undefined;
  await ledger.transaction(async (tx) => {
    if (await isAwaited(tx, node, stated)) return announceIn(tx, { ledger, node, now }, stated);
    await tx.locks.aboutStudies([{ studyInstanceUid: uid, identities: identitiesOf(archive) }]);
    const why = 'stood there before the node was added: analysed only when somebody asks for it';
    const noted = { studyInstanceUid: uid, studyDate, who, why };
    const { study, created } = await tx.studies.findOrCreate({ ...noted, testOnly: true });
    const { copy } = await tx.copies.findOrCreate(study.id, node.id);
    await tx.copies.setPollDigest(copy.id, digest, now);
    if (created) await tx.moves.study(study.id, 'incomplete', { who, why });
    await keepStated(tx, ledger.vault, study, archive, { who });
    await tellUnseen(tx, node, study.id, stated);
    if (series && !(await tx.copies.latestObservation(copy.id))) {
      const observation = { at: now, series };
      const instances = countInstances(observation);
      await tx.copies.recordObservation({ copyId: copy.id, instances, ...observation });
      return;
    }
    if (sourceInstances !== undefined) await tx.copies.setNotedInstances(copy.id, sourceInstances);
    if (sourceInstances === undefined || hasDerived)
      await tx.steps.schedule({ step: 'observe', rowId: copy.id, priority: leastUrgent });
  });
}

/** The source series as they are counted now; undefined where the study is not as it was listed, or does not say. */
async function seriesNow(
  { ledger, client, now }: Poll,
  { uid, instances }: Stated,
): Promise<ObservedSeries[] | undefined> {
  try {
    const known = await ledger.pool.studies.byUid(uid);
    const own = known ? await ledger.pool.studies.ownSeriesOf(known.id) : new Set<string>();
    const { source, otherInstances } = await observeStudy(client, uid, own);
    const counted = countInstances({ at: now, series: source });
    return otherInstances !== undefined && otherInstances + counted === instances ? source : undefined;
  } catch (thrown) {
    if (isOwnFault(thrown)) throw thrown;
    return undefined;
  }
}

/** True when an order whose acquisition has ended waits for this study. */
async function isAwaited(tx: Tx, node: SiteNode, seen: Seen): Promise<boolean> {
  for (const identity of identitiesOf(seen.archive)) {
    const orders = await tx.orderStatements.ordersOf(seen.uid, identity, [node.id]);
    if (orders.some((order) => order.state === 'announced' && order.acquisitionEnded && !order.testOnly))
      return true;
  }
  return false;
}
