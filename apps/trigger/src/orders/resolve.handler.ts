import { Inject, Injectable } from '@nestjs/common';
import type { Dataset } from '@prelector/dicom';
import type { QidoQuery } from '@prelector/dicomweb';
import type { Clock } from '@prelector/kernel';
import type { Claim, KeptIdentity, OrderRow, Tx } from '@prelector/ledger';
import {
  Ledger,
  linkOrderToStudy,
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
import type { Candidate, Match } from './match-order.js';
import { candidateOf, matchOrder } from './match-order.js';

const who = 'trigger';

/** Finds the studies of an order on the nodes its feed speaks for, as they arrive. */
@Injectable()
export class ResolveHandler implements StepHandler {
  readonly step = 'resolve';
  readonly concurrency = 4;

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async handle(claim: Claim): Promise<StepResult> {
    const order = await orderById(this.ledger.pool, claim.rowId);
    if (!order || order.state === 'cancelled') return done();
    const feed = await this.#feedOf(order);
    const identity =
      order.identityId && (await openIdentity(this.ledger.pool, this.ledger.vault, order.identityId));
    if (!feed || !identity)
      return this.#wait(order, 60, feed ? 'its identity was purged' : 'its feed is no longer configured');
    const candidates = await this.#search(order, feed, identity);
    const match = matchOrder(order, identity, candidates, {
      issuerOfFeed: feed.configuration.assigningAuthority,
      issuersOfNodes: new Map(
        [...this.site.current.nodes.values()].map((node) => [node.id, node.configuration.issuerOfPatientId]),
      ),
    });
    return this.#follow(order, feed, match);
  }

  async #search(order: OrderRow, feed: SiteFeed, identity: KeptIdentity): Promise<Candidate[]> {
    const queries: QidoQuery[] =
      order.studyInstanceUids.length > 0
        ? order.studyInstanceUids.map((studyInstanceUid) => ({ studyInstanceUid }))
        : identity.accessionNumber
          ? [{ accessionNumber: identity.accessionNumber }]
          : [];
    const candidates: Candidate[] = [];
    for (const nodeId of feed.nodeIds) {
      const node = await this.site.node(nodeId);
      if (order.testOnly && node.configuration.purpose !== 'test') continue;
      const answers = await this.clients.read(nodeId, async (client) => {
        const found: Dataset[] = [];
        for (const query of queries)
          for await (const each of client.searchForStudies(query)) found.push(each);
        return found;
      });
      candidates.push(...answers.map((answer) => candidateOf(nodeId, answer)));
    }
    return candidates;
  }

  #follow(order: OrderRow, feed: SiteFeed, match: Match): StepResult {
    switch (match.kind) {
      case 'found':
        return done((tx) => this.#arrived(tx, order, match));
      case 'hold':
        return done(async (tx) => {
          if (order.state === 'announced') await moveOrder(tx, order.id, 'held', { who, why: match.reason });
        });
      case 'none':
        return this.#wait(
          order,
          feed.configuration.resolve.everySeconds,
          'the study is not on any node of the feed yet',
        );
    }
  }

  async #feedOf(order: OrderRow): Promise<SiteFeed | undefined> {
    const find = () => this.site.current.feeds.find((each) => each.id === order.feedId);
    if (!find()) await this.site.refresh();
    return find();
  }

  #wait(order: OrderRow, everySeconds: number, reason: string): StepResult {
    const now = this.clock.now();
    if (!order.acquisitionEnded) return done();
    if (order.giveUpAt && now >= order.giveUpAt) {
      const why = `announced, never arrived: ${reason}`;
      return done(async (tx) => {
        if (order.state === 'announced') await moveOrder(tx, order.id, 'never-arrived', { who, why });
      });
    }
    return later(new Date(now.getTime() + everySeconds * 1000), reason);
  }

  async #arrived(tx: Tx, order: OrderRow, match: Extract<Match, { kind: 'found' }>): Promise<void> {
    for (const found of match.studies) {
      const announcing = order.acquisitionEnded;
      const known = await studyByUid(tx, found.studyInstanceUid);
      // A report speaks of a study that is known, or of none that we watch: it announces nothing.
      if (!announcing && !known) continue;
      const studyId = announcing ? await this.#announce(tx, order, found) : (known as { id: string }).id;
      await linkOrderToStudy(tx, { orderId: order.id, studyId, how: found.how, who });
      if (order.readingState !== 'unknown') {
        await moveReading(tx, studyId, order.readingState, { who, why: 'as the order says' });
      }
    }
    if (order.acquisitionEnded && order.state === 'announced') {
      await moveOrder(tx, order.id, 'arrived', { who, why: `${match.studies.length} study found` });
    }
  }

  async #announce(
    tx: Tx,
    order: OrderRow,
    found: Extract<Match, { kind: 'found' }>['studies'][number],
  ): Promise<string> {
    let studyId = '';
    for (const { nodeId, identity } of found.copies) {
      const { study } = await announceStudy(tx, {
        studyInstanceUid: found.studyInstanceUid,
        nodeId,
        who,
        why: `order, by ${found.how}`,
        priority: order.priority,
        identityId: order.identityId ?? undefined,
        testOnly: order.testOnly,
      });
      studyId = study.id;
      await stopWithholding(tx, study);
      await recordSighting(tx, this.ledger.vault, { studyId, nodeId, stage: 'announcement', identity });
    }
    await this.#judgeIdentity(tx, studyId, found);
    return studyId;
  }

  async #judgeIdentity(
    tx: Tx,
    studyId: string,
    found: Extract<Match, { kind: 'found' }>['studies'][number],
  ): Promise<void> {
    const { verdict, reason } = found.identity;
    if (verdict === 'agrees') return;
    const why = `identity in the order against the archive ${reason}`;
    const study = await studyByUid(tx, found.studyInstanceUid);
    if (verdict === 'holds' && study?.state !== 'held') await moveStudy(tx, studyId, 'held', { who, why });
    else
      await recordEvent(tx, { who, what: 'identity warning', subjectKind: 'study', subjectId: studyId, why });
  }
}
