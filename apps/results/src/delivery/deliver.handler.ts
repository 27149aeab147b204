import { Inject, Injectable } from '@nestjs/common';
import { readPart10 } from '@prelector/dicom';
import { identityOfDataset } from '@prelector/findings';
import type { Clock } from '@prelector/kernel';
import type { Claim, Tx } from '@prelector/ledger';
import { Ledger, acceptancesOfNode, deliveryById, moveDelivery } from '@prelector/ledger';
import type { StepHandler, StepResult } from '@prelector/pipeline';
import { ARTIFACTS, CLOCK, NodeClients, SiteView, done } from '@prelector/pipeline';
import type { ArtifactStore } from '@prelector/platform';
import type { DeliveryTools } from './delivery-tools.js';
import { passGate } from './pass-gate.js';
import type { Outbound } from './outbound.js';
import { mayBeSent, readOutbound } from './outbound.js';
import { readBack } from './read-back.js';
import { conclude, hold, leaveToSend, notSent, refuse, unverifiable } from './settle.js';
import { storeEvidence } from './store-evidence.js';

/**
 * Brings one piece of evidence to one PACS node: decides anew whether it may be sent, looks whether an
 * earlier attempt had its effect, passes the identity gate, stores, and reads back what was stored.
 */
@Injectable()
export class DeliverHandler implements StepHandler {
  readonly step = 'deliver';
  readonly concurrency = 4;
  readonly #tools: DeliveryTools;

  constructor(
    ledger: Ledger,
    clients: NodeClients,
    private readonly site: SiteView,
    @Inject(ARTIFACTS) private readonly artifacts: ArtifactStore,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.#tools = { ledger, clients, clock };
  }

  async handle(claim: Claim): Promise<StepResult> {
    const outbound = await readOutbound(this.#tools.ledger, this.site, claim);
    if (!outbound) return done();
    const { state } = outbound.delivery;
    if (state === 'stored') return this.#verifyStored(outbound);
    if (state === 'attempted') {
      const found = await readBack(this.#tools.clients, outbound);
      if (found) return this.#conclude(outbound, found);
    }
    if (state === 'not-sent') await this.#takeUp(outbound);
    else if (state !== 'pending' && state !== 'attempted') return done();
    return this.#send(outbound);
  }

  async buried(tx: Tx, rowId: string, reason: { code: string; message: string }): Promise<void> {
    const row = await deliveryById(tx, rowId);
    if (row && ['pending', 'attempted', 'stored'].includes(row.state)) {
      await moveDelivery(tx, rowId, 'dead', { who: 'results', why: reason.message });
    }
  }

  async #send(outbound: Outbound): Promise<StepResult> {
    const { ledger, clients } = this.#tools;
    const decision = await mayBeSent(ledger.pool, outbound, outbound.study);
    if (!decision.send) return notSent(outbound, decision);
    if (await this.#isRefused(outbound)) return refuse(ledger, outbound, 'known from before');
    const bytes = await this.#bytes(outbound);
    const gate = await passGate(this.#tools, outbound, identityOfDataset(readPart10(bytes).dataset));
    if (!gate.open) return hold(outbound, gate.reason);
    const leave = await leaveToSend(ledger, outbound);
    if (!leave.go) return leave.result;
    const settled = await storeEvidence(this.#tools, outbound, bytes);
    if (settled !== 'stored') return settled;
    if (outbound.node.profile.stow.verify === 'none') return unverifiable(outbound);
    return this.#conclude(outbound, await readBack(clients, outbound));
  }

  /** What a server said it stored and still does not show is sent once more with each further attempt. */
  async #verifyStored(outbound: Outbound): Promise<StepResult> {
    const found = await readBack(this.#tools.clients, outbound);
    return found || outbound.claim.failures === 0 ? this.#conclude(outbound, found) : this.#send(outbound);
  }

  async #conclude(outbound: Outbound, found: Uint8Array | undefined): Promise<StepResult> {
    const { ledger, clock } = this.#tools;
    return conclude(ledger, outbound, found, await this.#bytes(outbound), clock.now());
  }

  async #takeUp(outbound: Outbound): Promise<void> {
    await this.#tools.ledger.transaction((tx) =>
      moveDelivery(tx, outbound.delivery.id, 'pending', { who: 'results', why: 'looked at again' }),
    );
  }

  async #isRefused({ node, evidence }: Outbound): Promise<boolean> {
    const known = await acceptancesOfNode(this.#tools.ledger.pool, node.id);
    return known.some(
      (each) =>
        each.service === 'stow' && each.sopClassUid === evidence.sopClassUid && each.status === 'refused',
    );
  }

  #bytes({ evidence }: Outbound): Promise<Uint8Array> {
    return this.artifacts.get(evidence.artifactDigest);
  }
}
