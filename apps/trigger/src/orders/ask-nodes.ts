import type { Dataset } from '@prelector/dicom';
import type { QidoQuery } from '@prelector/dicomweb';
import { PrelectorError, asPrelectorError } from '@prelector/kernel';
import type { OrderRow } from '@prelector/ledger';
import type { NodeClients, SiteFeed, SiteView } from '@prelector/pipeline';
import { identityToJoin } from '@prelector/pipeline';
import { AskPace } from './asking.js';
import type { Candidate } from './match-order.js';
import { candidateOf } from './match-order.js';

/** What the nodes of a feed answered to the questions for an order. */
export interface Answers {
  readonly candidates: readonly Candidate[];
  /** Nodes that did not answer, each with the cause in words. */
  readonly silent: readonly string[];
}

/** Asks the nodes of a feed for the studies of an order. */
export class NodeAsker {
  readonly #pace = new AskPace();

  constructor(
    private readonly clients: NodeClients,
    private readonly site: SiteView,
  ) {}

  /** Every node of the feed is asked, one after the other, each no more often than it can bear. */
  async search(order: OrderRow, feed: SiteFeed, questions: readonly QidoQuery[]): Promise<Answers> {
    const candidates: Candidate[] = [];
    const silent: string[] = [];
    for (const nodeId of feed.nodeIds) {
      const node = await this.site.node(nodeId);
      if (order.testOnly && node.configuration.purpose !== 'test') continue;
      try {
        for (const question of questions) {
          await this.#pace.turn(nodeId);
          candidates.push(...(await this.#ask(nodeId, question)));
        }
      } catch (thrown) {
        const error = asPrelectorError(thrown);
        // A fault of our own says nothing of the node.
        if (error.code === 'internal') throw error;
        silent.push(`${node.name}: ${error.message}`);
      }
    }
    return { candidates, silent };
  }

  /** What a search that may lose characters states is compared as an image states it. */
  #ask(nodeId: string, question: QidoQuery): Promise<Candidate[]> {
    return this.clients.read(nodeId, async (client, { profile }) => {
      const found: Dataset[] = [];
      for await (const each of client.searchForStudies(question)) found.push(each);
      const candidates: Candidate[] = [];
      for (const each of found.map((answer) => candidateOf(nodeId, answer))) {
        if (each.studyInstanceUid === '') continue;
        const identity = await identityToJoin(client, profile, each.studyInstanceUid, each.identity);
        if (!identity) throw unseen();
        candidates.push({ ...each, identity, isListed: profile.qido.text === 'exact' });
      }
      return candidates;
    });
  }
}

/** It is there and nothing of it can be read: whose it is, and whether it is meant, is not known. */
const unseen = () =>
  new PrelectorError(
    'resolve.unseen',
    'transient',
    'no image can be had yet of a study that it lists, and its searches may lose characters.',
  );
