import { Inject, Injectable } from '@nestjs/common';
import type { Dataset } from '@prelector/dicom';
import type { QidoQuery } from '@prelector/dicomweb';
import { compareOrderWithArchive } from '@prelector/findings';
import type { Clock } from '@prelector/kernel';
import type { Claim, KeptIdentity, OrderRow, StudyRow, Tx } from '@prelector/ledger';
import {
  Ledger,
  identitiesOfOrders,
  linkOrderToStudy,
  lockOrder,
  lockStudy,
  moveOrder,
  moveReading,
  moveStudy,
  openIdentity,
  orderById,
  recordEvent,
  recordSighting,
  stopWithholding,
  studyByUid,
} from '@prelector/ledger';
import type { SiteFeed, StepHandler, StepResult } from '@prelector/pipeline';
import { CLOCK, NodeClients, SiteView, done, later } from '@prelector/pipeline';
import { announceStudy } from '../announcement/announce-study.js';
import type { Candidate, FoundStudy, Match } from './match-order.js';
import { candidateOf, matchOrder } from './match-order.js';

const who = 'trigger';
type Found = Extract<Match, { kind: 'found' }>;

/** Finds the studies of an order on the nodes its feed speaks for, as they arrive. */
@Injectable()
export class ResolveHandler implements StepHandler {
  readonly step = 'resolve';
  readonly concurrency = 4;
  readonly leaseSeconds = 60;

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async handle(claim: Claim): Promise<StepResult> {
    const { pool, vault } = this.ledger;
    const order = await orderById(pool, claim.rowId);
    if (!order || order.state === 'cancelled') return done();
    const feed = await this.#feedOf(order);
    const identity = order.identityId && (await openIdentity(pool, vault, order.identityId));
    if (!feed || !identity) {
      return this.#wait(order, 60, feed ? 'its identity was purged' : 'its feed is no longer configured');
    }
    if (order.testOnly && !feed.nodeIds.some((id) => this.#isTestNode(id))) {
      return this.#giveUp(
        order,
        'the message was marked as test or training, and no node of its feed is one',
      );
    }
    const candidates = await this.#search(order, feed, identity);
    const match = matchOrder(order, identity, candidates, this.#issuers());
    return this.#follow(order, feed, match);
  }

  /** The nodes of the feed, one after the other: one that is away does not hide what stands on another. */
  async #search(order: OrderRow, feed: SiteFeed, identity: KeptIdentity): Promise<Candidate[]> {
    const candidates: Candidate[] = [];
    let failure: unknown;
    for (const nodeId of feed.nodeIds) {
      const node = await this.site.node(nodeId);
      if (order.testOnly && node.configuration.purpose !== 'test') continue;
      try {
        const answers = await this.#ask(nodeId, queriesFor(order, identity));
        candidates.push(...answers.map((answer) => candidateOf(nodeId, answer)));
      } catch (thrown) {
        failure = thrown;
      }
    }
    if (failure && candidates.length === 0) throw failure;
    return candidates;
  }

  #ask(nodeId: string, queries: readonly QidoQuery[]): Promise<Dataset[]> {
    return this.clients.read(nodeId, async (client) => {
      const found: Dataset[] = [];
      for (const query of queries) for await (const each of client.searchForStudies(query)) found.push(each);
      return found;
    });
  }

  #follow(order: OrderRow, feed: SiteFeed, match: Match): StepResult {
    const { everySeconds } = feed.configuration.resolve;
    switch (match.kind) {
      case 'none':
        return this.#wait(order, everySeconds, 'the study is not on any node of the feed yet');
      case 'hold':
        return done(async (tx) => {
          const { state } = await lockOrder(tx, order.id);
          if (state === 'announced') await moveOrder(tx, order.id, 'held', { who, why: match.reason });
        });
      case 'found':
        return this.#arrive(order, everySeconds, match);
    }
  }

  /** What is there is announced at once; for the rest of several studies the order goes on waiting. */
  #arrive(order: OrderRow, everySeconds: number, match: Found): StepResult {
    const now = this.clock.now();
    const waits = match.missing > 0 && order.acquisitionEnded && (!order.giveUpAt || now < order.giveUpAt);
    const commit = (tx: Tx) => this.#arrived(tx, order.id, match, waits);
    if (!waits) return done(commit);
    const why = `${match.missing} of the studies that the order names are not on any node of the feed yet`;
    return later(new Date(now.getTime() + everySeconds * 1000), why, commit);
  }

  #wait(order: OrderRow, everySeconds: number, reason: string): StepResult {
    const now = this.clock.now();
    if (!order.acquisitionEnded) return done();
    if (order.giveUpAt && now >= order.giveUpAt) {
      return this.#giveUp(order, `announced, never arrived: ${reason}`);
    }
    return later(new Date(now.getTime() + everySeconds * 1000), reason);
  }

  #giveUp({ id }: OrderRow, why: string): StepResult {
    return done(async (tx) => {
      const { state } = await lockOrder(tx, id);
      if (state === 'announced') await moveOrder(tx, id, 'never-arrived', { who, why });
    });
  }

  #isTestNode(nodeId: string): boolean {
    return this.site.current.nodes.get(nodeId)?.configuration.purpose === 'test';
  }

  async #arrived(tx: Tx, orderId: string, match: Found, waits: boolean): Promise<void> {
    const order = await lockOrder(tx, orderId);
    // A report announces nothing; it speaks of a study that is known, or is found again once that is.
    const announcing = order.acquisitionEnded && (order.state === 'announced' || order.state === 'held');
    for (const found of match.studies) {
      const known = await studyByUid(tx, found.studyInstanceUid);
      if (!announcing && !known) continue;
      const study = announcing ? await this.#announce(tx, order, found) : (known as StudyRow);
      await linkOrderToStudy(tx, { orderId, studyId: study.id, how: found.how, who });
      if (order.readingState !== 'unknown') {
        await moveReading(tx, study.id, order.readingState, { who, why: 'as the order says' });
      }
      await this.#judgeIdentity(tx, study.id, found);
    }
    if (!announcing || waits) return;
    const never = match.missing > 0 ? `, ${match.missing} never arrived` : '';
    await moveOrder(tx, orderId, 'arrived', { who, why: `${match.studies.length} study found${never}` });
  }

  async #announce(tx: Tx, order: OrderRow, found: FoundStudy): Promise<StudyRow> {
    const { vault } = this.ledger;
    let announced: StudyRow | undefined;
    for (const { nodeId, identity } of found.copies) {
      const { study } = await announceStudy(tx, vault, {
        studyInstanceUid: found.studyInstanceUid,
        nodeId,
        identity,
        who,
        why: `order, by ${found.how}`,
        priority: order.priority,
        identityId: order.identityId ?? undefined,
        testOnly: order.testOnly,
      });
      await stopWithholding(tx, study);
      await recordSighting(tx, vault, { studyId: study.id, nodeId, stage: 'announcement', identity });
      announced = study;
    }
    return announced as StudyRow;
  }

  /** What all orders of the study state, against each archive that has it. */
  async #judgeIdentity(tx: Tx, studyId: string, { copies }: FoundStudy): Promise<void> {
    const study = await lockStudy(tx, studyId);
    const issuers = this.#issuers();
    for (const { nodeId, identity } of copies) {
      for (const stated of await identitiesOfOrders(tx, this.ledger.vault, study, identity)) {
        const { verdict, reason } = compareOrderWithArchive(stated, identity, {
          secondIssuer: issuers.get(nodeId),
        });
        if (verdict === 'agrees') continue;
        const why = `identity in the order against the archive ${reason}`;
        if (verdict === 'holds') {
          if (study.state !== 'held') await moveStudy(tx, studyId, 'held', { who, why });
          return;
        }
        await recordEvent(tx, {
          who,
          what: 'identity warning',
          subjectKind: 'study',
          subjectId: studyId,
          why,
        });
      }
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

function queriesFor(order: OrderRow, identity: KeptIdentity): QidoQuery[] {
  if (order.studyInstanceUids.length > 0) {
    return order.studyInstanceUids.map((studyInstanceUid) => ({ studyInstanceUid }));
  }
  return identity.accessionNumber ? [{ accessionNumber: identity.accessionNumber }] : [];
}
