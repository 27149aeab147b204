import { Inject } from '@nestjs/common';
import type { QidoQuery } from '@prelector/dicomweb';
import { joiningWords } from '@prelector/findings';
import type { Clock } from '@prelector/kernel';
import type { Claim, KeptIdentity, OrderRow, Tx } from '@prelector/ledger';
import { Ledger, accessionsOf } from '@prelector/ledger';
import type { SiteFeed, StepResult } from '@prelector/pipeline';
import { CLOCK, NodeClients, SiteView, done, later, StepHandler } from '@prelector/pipeline';
import { ProcessesStep } from '@prelector/queue';
import { announceStudy } from '../announcement/announce-study.js';
import { NodeAsker } from './ask-nodes.js';
import { secondsUntilNextAsk } from './asking.js';
import type { Candidate, FoundStudy, Match, OrderKeys } from './match-order.js';
import { withKnown } from './known-candidates.js';
import { matchOrder } from './match-order.js';
import { questionsFor } from './order-questions.js';
import { whileThere } from './while-there.js';

const who = 'trigger';
type Found = Extract<Match, { kind: 'found' }>;
type Several = Extract<Match, { kind: 'several' }>;
type Hold = Extract<Match, { kind: 'hold' }>;

const noAnswer = (silent: readonly string[]) => `no usable answer from PACS node ${silent.join(', ')}`;

/** What stands there instead of the study of an order, as the end of a sentence. */
function doubtOf(match: Exclude<Match, { kind: 'found' }>): string {
  if (match.kind !== 'none') return `; ${match.reason}`;
  return match.passedOver ? `; passed over ${match.passedOver}` : '';
}

/** Finds the studies of an order whose acquisition has ended on the nodes its feed speaks for, as they arrive. */
@ProcessesStep('resolve')
export class ResolveHandler extends StepHandler {
  readonly step = 'resolve';
  readonly #asker: NodeAsker;

  constructor(
    private readonly ledger: Ledger,
    clients: NodeClients,
    private readonly site: SiteView,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
    this.#asker = new NodeAsker(ledger, clients, site);
  }

  async handle(claim: Claim): Promise<StepResult> {
    return whileThere(this.ledger, claim.rowId, () => this.#handle(claim));
  }

  async #handle(claim: Claim): Promise<StepResult> {
    const { pool } = this.ledger;
    const order = await pool.orders.byId(claim.rowId);
    if (!order?.acquisitionEnded || !['announced', 'held', 'arrived'].includes(order.state)) return done();
    const feed = await this.#feedOf(order);
    const identity = order.identityId && (await pool.identities.open(order.identityId));
    if (!feed || !identity) {
      return this.#wait(order, 60, feed ? 'its identity was purged' : 'its feed is no longer configured');
    }
    if (order.testOnly && !feed.nodeIds.some((id) => this.#isTestNode(id))) {
      return this.#giveUp(
        order,
        'the message was marked as test or training, and no node of its feed is one',
      );
    }
    if (order.state !== 'arrived') return this.#resolve(order, feed, identity);
    // A node that was away when the order arrived may hold another of its studies, or a copy that a rule reads.
    const nodeIds = await this.#nodesWithout(order, feed.nodeIds);
    return nodeIds.length > 0 ? this.#resolve(order, { ...feed, nodeIds }, identity) : done();
  }

  /** Of these nodes those that showed no study of the order. */
  async #nodesWithout(order: OrderRow, nodeIds: readonly string[]): Promise<string[]> {
    const { pool } = this.ledger;
    const studies = await pool.orders.studiesOf(order.id);
    const copies = await Promise.all(studies.map(({ id }) => pool.copies.ofStudy(id)));
    const showing = new Set(copies.flat().map(({ nodeId }) => nodeId));
    return nodeIds.filter((id) => !showing.has(id));
  }

  async #resolve(order: OrderRow, feed: SiteFeed, identity: KeptIdentity): Promise<StepResult> {
    const accessions = accessionsOf(identity);
    const { everySeconds } = feed.configuration.resolve;
    const { first, otherwise } = questionsFor(order, accessions);
    const { candidates, silent } = await this.#asker.search(order, feed, first);
    const isByNumber = order.studyInstanceUids.length === 0;
    if (silent.length > 0 && (isByNumber || candidates.length === 0)) {
      // Another study may stand under the number where nobody answers: what another node has proves nothing.
      return this.#waitForAnswer(order, feed, noAnswer(silent));
    }
    const { studyInstanceUids, modality } = order;
    const now = this.clock.now();
    const keys = { studyInstanceUids, modality, accessions, identity, heardAt: order.createdAt, now };
    const match = matchOrder(
      keys,
      await withKnown(this.ledger, order, identity, candidates, this.#issuers()),
      this.#issuers(),
    );
    if (match.kind === 'none' && order.state === 'arrived') return done();
    if (match.kind === 'none' && otherwise.length > 0)
      return this.#resolveByNumber(order, feed, keys, otherwise);
    if (match.kind === 'none')
      return this.#wait(order, everySeconds, `the study is not on any node of the feed yet${doubtOf(match)}`);
    if (match.kind === 'hold') return this.#holdAndAsk(order, everySeconds, match);
    if (match.kind === 'several') return this.#choose(order, everySeconds, match, keys);
    return this.#arrive(order, everySeconds, match, keys, silent);
  }

  /**
   * Nobody has a study that the order names: the one of its accession number is it, unless another order names
   * that one. Whatever is in doubt waits, because the study that is named may be on its way; so does an order beside
   * images under a number that was corrected since.
   */
  async #resolveByNumber(
    order: OrderRow,
    feed: SiteFeed,
    { identity, ...keys }: OrderKeys,
    questions: readonly QidoQuery[],
  ): Promise<StepResult> {
    const { everySeconds } = feed.configuration.resolve;
    const { candidates, silent } = await this.#asker.search(order, feed, questions);
    if (silent.length > 0) return this.#waitForAnswer(order, feed, noAnswer(silent));
    const free: Candidate[] = [];
    for (const each of candidates) if (!(await this.#isNamedByAnother(order, each))) free.push(each);
    const known = await withKnown(this.ledger, order, identity, free, this.#issuers());
    const byNumber = { ...keys, identity, studyInstanceUids: [] };
    const match = matchOrder(byNumber, known, this.#issuers());
    const isFormer = ({ how }: FoundStudy) => how === joiningWords['former-accession'];
    const named = keys.studyInstanceUids.length;
    if (match.kind === 'found') {
      const missing = match.studies.every(isFormer) ? Math.max(1, named) : named - 1;
      return this.#arrive(order, everySeconds, { ...match, missing }, byNumber);
    }
    const sought = named > 0 ? 'the study that the order names' : 'the study';
    return this.#wait(order, everySeconds, `${sought} is not on any node of the feed yet${doubtOf(match)}`);
  }

  async #isNamedByAnother(order: OrderRow, { studyInstanceUid }: Candidate): Promise<boolean> {
    const { pool } = this.ledger;
    const naming = await pool.orders.speakingOf({ studyInstanceUid });
    return naming.some(({ id }) => id !== order.id);
  }

  /**
   * Several studies under one number: which of them is to be analysed is for a person to say, unless nothing is
   * left to say, because each was announced already.
   */
  async #choose(order: OrderRow, everySeconds: number, match: Several, keys: OrderKeys): Promise<StepResult> {
    const known = await Promise.all(
      match.studies.map(({ studyInstanceUid }) => this.ledger.pool.studies.byUid(studyInstanceUid)),
    );
    if (known.every((study) => study && study.state !== 'incomplete'))
      return this.#arrive(order, everySeconds, { ...match, kind: 'found', missing: 0 }, keys);
    return done((tx) => this.#hold(tx, order, { ...match, kind: 'hold', foreign: [] }));
  }

  /** Its own study may be on its way: only those of another patient stand under the number as yet. */
  async #holdAndAsk(order: OrderRow, everySeconds: number, match: Hold): Promise<StepResult> {
    const commit = (tx: Tx) => this.#hold(tx, order, match);
    if (order.giveUpAt && this.clock.now() >= order.giveUpAt) return done(commit);
    return later(await this.#nextAsk(order, everySeconds), match.reason, commit);
  }

  /** Several studies, or only those of another patient, under one number: the order waits for a person. */
  async #hold(tx: Tx, asked: OrderRow, { reason, foreign }: Hold): Promise<void> {
    const { id: orderId } = asked;
    const stated = foreign.map(({ studyInstanceUid, identity }) => ({
      studyInstanceUid,
      identities: [identity],
    }));
    await tx.locks.aboutStudies(stated, [orderId]);
    if (await isAskedAnew(tx, asked)) return;
    for (const { studyInstanceUid, ...archive } of foreign) {
      const study = await tx.studies.byUid(studyInstanceUid);
      if (study) await tx.joining.joinStudy(study, archive, { who });
    }
    const { state } = await tx.orders.lock(orderId);
    if (state === 'announced') await tx.moves.order(orderId, 'held', { who, why: reason });
  }

  /**
   * What is there is announced at once; for the rest of several studies the order goes on waiting, and a node that
   * did not answer is asked again.
   */
  async #arrive(
    order: OrderRow,
    everySeconds: number,
    match: Found,
    keys: OrderKeys,
    silent: readonly string[] = [],
  ): Promise<StepResult> {
    const now = this.clock.now();
    const isOpen = match.missing > 0 || silent.length > 0;
    const waits = isOpen && (!order.giveUpAt || now < order.giveUpAt);
    const isNamed = order.studyInstanceUids.length > 0;
    const commit = (tx: Tx) => this.#arrived(tx, order, match, keys, waits);
    if (!waits) return done(commit);
    const why =
      silent.length > 0
        ? noAnswer(silent)
        : isNamed
          ? `${match.missing} of the studies that the order names are not on any node of the feed yet`
          : 'only images under a number that was corrected since are on a node of the feed yet';
    return later(await this.#nextAsk(order, everySeconds), why, commit);
  }

  /** A node that does not answer says nothing of the study: no order is given up then, and its time begins anew. */
  async #waitForAnswer(order: OrderRow, feed: SiteFeed, reason: string): Promise<StepResult> {
    const { everySeconds, giveUpAfterHours } = feed.configuration.resolve;
    const now = this.clock.now();
    if (!order.giveUpAt || now < order.giveUpAt) return this.#wait(order, everySeconds, reason);
    const giveUpAt = new Date(now.getTime() + giveUpAfterHours * 3_600_000);
    const next = await this.#nextAsk(order, everySeconds, giveUpAt);
    return later(next, reason, (tx) => tx.orders.prolong(order.id, giveUpAt));
  }

  async #wait(order: OrderRow, everySeconds: number, reason: string): Promise<StepResult> {
    const now = this.clock.now();
    if (order.giveUpAt && now >= order.giveUpAt) {
      return this.#giveUp(order, `announced, never arrived: ${reason}`, now);
    }
    return later(await this.#nextAsk(order, everySeconds), reason);
  }

  async #nextAsk(order: OrderRow, everySeconds: number, giveUpAt = order.giveUpAt): Promise<Date> {
    const now = this.clock.now().getTime();
    const seconds = secondsUntilNextAsk({
      forSeconds: (now - order.updatedAt.getTime()) / 1000,
      everySeconds,
      priority: order.priority,
      orders: await this.ledger.pool.orders.countWaiting(),
    });
    const next = now + seconds * 1000;
    return new Date(giveUpAt ? Math.min(next, Math.max(giveUpAt.getTime(), now + 1000)) : next);
  }

  /** @param at when its time had run out; a message may have given it more meanwhile */
  #giveUp({ id }: OrderRow, why: string, at?: Date): StepResult {
    return done(async (tx) => {
      const { state, giveUpAt } = await tx.orders.lock(id);
      if (at && giveUpAt && giveUpAt > at) return;
      if (state === 'announced') await tx.moves.order(id, 'never-arrived', { who, why });
    });
  }

  #isTestNode(nodeId: string): boolean {
    return this.site.current.nodes.get(nodeId)?.configuration.purpose === 'test';
  }

  async #arrived(tx: Tx, asked: OrderRow, match: Found, keys: OrderKeys, waits: boolean): Promise<void> {
    const { id: orderId } = asked;
    const stated = match.studies.map(({ studyInstanceUid, copies }) => ({
      studyInstanceUid,
      identities: copies.map(({ identity }) => identity),
    }));
    await tx.locks.aboutStudies(stated, [orderId]);
    const order = await tx.orders.lock(orderId);
    if (!['announced', 'held', 'arrived'].includes(order.state)) return;
    if (await isAskedAnew(tx, asked)) return;
    if (await this.#isOutdated(tx, order, match, keys)) return askAgain(tx, order);
    for (const found of match.studies) await this.#announce(tx, order, found);
    // Joining has held the order, too, where it names another patient than the archive.
    if (waits || match.studies.some(({ isForeign }) => isForeign)) return;
    const { state } = await tx.orders.lock(orderId);
    if (state !== 'announced' && state !== 'held') return;
    const isNamed = order.studyInstanceUids.length > 0;
    const never = match.missing > 0 && isNamed ? `, ${match.missing} never arrived` : '';
    await tx.moves.order(orderId, 'arrived', { who, why: `${match.studies.length} study found${never}` });
  }

  /** Images that were read while the archive was asked may state another patient than its search. */
  async #isOutdated(tx: Tx, order: OrderRow, { studies }: Found, keys: OrderKeys): Promise<boolean> {
    const { identity } = keys;
    const copies = studies.flatMap((each) => each.copies);
    const ledger = { pool: tx, vault: this.ledger.vault };
    const known = await withKnown(ledger, order, identity, copies, this.#issuers());
    const match = matchOrder(keys, known, this.#issuers());
    const now = 'studies' in match ? match.studies : [];
    const isAsBefore = (one: FoundStudy) =>
      now.some((each) => each.studyInstanceUid === one.studyInstanceUid && each.isForeign === one.isForeign);
    return !studies.every(isAsBefore);
  }

  async #announce(tx: Tx, order: OrderRow, found: FoundStudy): Promise<void> {
    const { vault } = this.ledger;
    for (const { nodeId, identity, isListed, isPatientListed, studyDate } of found.copies) {
      const { study } = await announceStudy(tx, vault, {
        studyInstanceUid: found.studyInstanceUid,
        nodeId,
        identity,
        isListed,
        isPatientListed,
        studyDate,
        who,
        why: `order, by ${found.how}`,
        // An order for another patient says nothing of this study but that both have to wait.
        ...(found.isForeign ? {} : { priority: order.priority, identityId: order.identityId ?? undefined }),
        testOnly: order.testOnly,
      });
      // Joining has said already how they stand, where they meet by a number.
      if (await tx.links.between(order.id, study.id)) continue;
      const { how, isForeign } = found;
      // Whether a number that was corrected since is a tie joining alone says.
      if (how === joiningWords['former-accession']) continue;
      await tx.links.link({ orderId: order.id, studyId: study.id, how, isForeign, who });
    }
  }

  async #feedOf(order: OrderRow): Promise<SiteFeed | undefined> {
    const find = () => this.site.current.feeds.find((each) => each.id === order.feedId);
    if (!find()) await this.site.refresh();
    return find();
  }

  #issuers(): ReadonlyMap<string, string | undefined> {
    const nodes = [...this.site.current.nodes.values()];
    return new Map(nodes.map((node) => [node.id, node.configuration.issuerOfPatientId]));
  }
}

/** A message came to state other numbers, or another patient, while the archive was asked: it is asked once more. */
async function isAskedAnew(tx: Tx, asked: OrderRow): Promise<boolean> {
  const order = await tx.orders.lock(asked.id);
  const { identityId, studyInstanceUids } = order;
  const isNamingMore = studyInstanceUids.some((uid) => !asked.studyInstanceUids.includes(uid));
  if (identityId === asked.identityId && !isNamingMore) return false;
  await askAgain(tx, order);
  return true;
}

async function askAgain(tx: Tx, { id, priority }: OrderRow): Promise<void> {
  await tx.steps.schedule({ step: 'resolve', rowId: id, priority, restart: true });
}
