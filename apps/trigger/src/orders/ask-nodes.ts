import type { Dataset } from '@prelector/dicom';
import type { QidoQuery } from '@prelector/dicomweb';
import { matchesStudy } from '@prelector/dicomweb';
import { PrelectorError, asPrelectorError, isOwnFault } from '@prelector/kernel';
import type { Ledger, OrderRow } from '@prelector/ledger';
import type { JoiningIdentity, NodeClients, SiteFeed, SiteView } from '@prelector/pipeline';
import { identitiesToJoin } from '@prelector/pipeline';
import { statedBefore } from '../announcement/stated-before.js';
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
    private readonly ledger: Ledger,
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
        if (isOwnFault(error)) throw error;
        silent.push(`${node.name}: ${error.message}`);
      }
    }
    return { candidates, silent };
  }

  /**
   * What a search that may lose characters states is compared as images state it, too; where it states another number
   * than was asked for, or none, the images say whether the study bears it.
   */
  #ask(nodeId: string, question: QidoQuery): Promise<Candidate[]> {
    return this.clients.read(nodeId, async (client, { profile }) => {
      const found: Dataset[] = [];
      const others: Dataset[] = [];
      for await (const each of client.searchForStudies({ ...question, orAnotherNumber: true }))
        (matchesStudy(each, question, profile.qido.text) ? found : others).push(each);
      // So many are no answer to the question: the server does not heed the key.
      if (others.length > othersAtMost) others.length = 0;
      const candidates: Candidate[] = [];
      for (const answer of [...found, ...others]) {
        const each = candidateOf(nodeId, answer);
        if (each.studyInstanceUid === '') continue;
        const { accessionNumber } = question;
        const before = () => statedBefore(this.ledger, each.studyInstanceUid, nodeId);
        const sought = { accessionNumber, before };
        let joined: JoiningIdentity[] = [];
        try {
          joined = await identitiesToJoin(client, profile, each.studyInstanceUid, each.identity, sought);
        } catch (thrown) {
          if (!others.includes(answer) || isOwnFault(thrown)) throw thrown;
        }
        // One that states another number, and cannot be looked at, is taken at its word: it would keep every order
        // waiting of a server that heeds no key.
        if (joined.length === 0 && others.includes(answer) && each.identity.accessionNumber) continue;
        if (joined.length === 0) throw unseen();
        const meant = accessionNumber === undefined ? joined.slice(0, 1) : joined;
        candidates.push(...meant.map((one) => ({ ...each, ...one })));
      }
      return candidates;
    });
  }
}

/** Studies that do not state the number that was asked for, of which images are looked at for it. */
const othersAtMost = 10;

/** It is there and nothing of it can be read: whose it is, and whether it is meant, is not known. */
const unseen = () =>
  new PrelectorError(
    'resolve.unseen',
    'transient',
    'no image can be had yet of a study that it lists, and its searches may lose characters.',
  );
