import { Inject } from '@nestjs/common';
import { readPart10 } from '@prelector/dicom';
import { identityOfDataset } from '@prelector/findings';
import type { Clock } from '@prelector/kernel';
import { asPrelectorError, isOwnFault } from '@prelector/kernel';
import type { Claim, Tx } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import type { StepResult } from '@prelector/pipeline';
import { ARTIFACTS, CLOCK, NodeClients, SiteView, done, StepHandler } from '@prelector/pipeline';
import type { ArtifactStore } from '@prelector/platform';
import { ProcessesStep } from '@prelector/queue';
import { isKnownRefused } from './acceptance.js';
import type { DeliveryTools } from './delivery-tools.js';
import { isDenial, isRefusal } from './denials.js';
import { doubtWords } from './doubt-words.js';
import { keepBack } from './keep-back.js';
import type { Outbound } from './outbound.js';
import { readOutbound, sizeOf } from './outbound.js';
import { passGate } from './pass-gate.js';
import { permissionNow } from './permission.js';
import type { Sent } from './read-back.js';
import { readBack } from './read-back.js';
import { conclude, encodeAnew, hold, refuse, refuseUnseen, unverifiable } from './settle.js';
import { storeEvidence } from './store-evidence.js';
import { expectNotStoredOtherwise } from './stored-otherwise.js';

/** States from which a delivery may be sent, or sent again. */
const mayBeTaken: ReadonlySet<string> = new Set(['pending', 'attempted', 'not-sent', 'refused']);

/**
 * Brings one piece of evidence to one PACS node: decides anew whether it may be sent, looks whether an
 * earlier attempt had its effect, passes the identity gate, stores, and reads back what was stored.
 */
@ProcessesStep('deliver')
export class DeliverHandler extends StepHandler {
  readonly step = 'deliver';
  readonly #tools: DeliveryTools;

  constructor(
    ledger: Ledger,
    clients: NodeClients,
    site: SiteView,
    @Inject(ARTIFACTS) private readonly artifacts: ArtifactStore,
    @Inject(CLOCK) clock: Clock,
  ) {
    super();
    this.#tools = { ledger, clients, site, clock };
  }

  async handle(claim: Claim, _stop: AbortSignal, lease: AbortSignal): Promise<StepResult> {
    const outbound = await readOutbound(this.#tools.ledger, this.#tools.site, claim);
    if (!outbound) return done();
    const { state } = outbound.delivery;
    if (state === 'stored') return this.#verifyStored(outbound, lease);
    if (state === 'attempted') return this.#lookAndSend(outbound, lease);
    return mayBeTaken.has(state) ? this.#send(outbound, lease) : done();
  }

  override async buried(tx: Tx, rowId: string, reason: { code: string; message: string }): Promise<void> {
    await tx.deliveries.lockStudyOf(rowId);
    const row = await tx.deliveries.byId(rowId);
    if (!row || !['pending', 'attempted', 'stored'].includes(row.state)) return;
    const doubt = reason.code === 'deliver.stored-otherwise' ? undefined : await tx.deliveries.doubtOf(rowId);
    // Where this very attempt made the doubt, the reason says already what came of it.
    const known = doubt?.cause && doubt.cause !== reason.message ? `: ${doubtWords(doubt)}.` : '.';
    const why = doubt ? `${reason.message} It may be stored all the same${known}` : reason.message;
    await tx.moves.delivery(rowId, 'dead', { who: 'results', why });
  }

  /** What a server may have is looked for before it is sent again. */
  async #lookAndSend(outbound: Outbound, lease: AbortSignal): Promise<StepResult> {
    const doubt = await this.#tools.ledger.pool.deliveries.doubtOf(outbound.delivery.id);
    const sent = await this.#sent(outbound);
    let found: Uint8Array | undefined;
    try {
      found = await this.#lookFor(outbound, sent);
    } catch (thrown) {
      const isRefused =
        doubt && (isRefusal(doubt.code ?? '') || (await isKnownRefused(this.#tools, outbound)));
      if (isRefused && isAnswer(thrown)) return refuseUnseen(this.#tools, outbound, undefined);
      throw thrown;
    }
    if (found) return this.#conclude(outbound, found, sent);
    // What the server denied, and does not have, is not there.
    const isDenied = isDenial(doubt?.code ?? '');
    if (isDenied) await this.#endDoubt(outbound);
    const wait = await expectNotStoredOtherwise(this.#tools, outbound);
    if (wait) return wait;
    const { delivery } = outbound;
    return this.#send(
      isDenied ? { ...outbound, delivery: Object.assign(delivery, { inDoubtSince: null }) } : outbound,
      lease,
    );
  }

  async #endDoubt({ claim, study, delivery }: Outbound): Promise<void> {
    await this.#tools.ledger.transaction(async (tx) => {
      await tx.studies.lock(study.id);
      const { inDoubtSince } = await tx.deliveries.lock(delivery.id);
      await tx.steps.assertClaim(claim);
      if (inDoubtSince?.getTime() === delivery.inDoubtSince?.getTime())
        await tx.deliveries.endDoubt(delivery.id);
    });
  }

  async #send(outbound: Outbound, lease: AbortSignal): Promise<StepResult> {
    const tools = this.#tools;
    const permission = await permissionNow(tools.ledger.pool, tools, outbound, outbound.study);
    if (permission.kind !== 'go') return keepBack(tools, outbound);
    const bytes = await this.#bytes(outbound);
    // Ahead of the gate, so that what that finds is not old when the store begins.
    await tools.clients.readyToStore(outbound.node.id);
    const gate = await passGate(tools, outbound, identityOfDataset(readPart10(bytes).dataset));
    if (!gate.open)
      return gate.isOutdated ? encodeAnew(tools, outbound, gate.reason) : hold(tools, outbound, gate);
    if (await isKnownRefused(tools, outbound)) return refuse(tools, outbound, undefined);
    const settled = await storeEvidence(tools, outbound, bytes, lease);
    if (settled !== 'stored') return settled;
    if (outbound.node.profile.stow.verify === 'none') return unverifiable(outbound);
    const found = await readBack(tools.clients, outbound, { bytes, size: bytes.length });
    return conclude(tools, outbound, found, bytes);
  }

  /** What a server said it stored and still does not show is sent once more, and then looked for. */
  async #verifyStored(outbound: Outbound, lease: AbortSignal): Promise<StepResult> {
    const sent = await this.#sent(outbound);
    const found = await this.#lookFor(outbound, sent);
    if (found || outbound.claim.failures === 0) return this.#conclude(outbound, found, sent);
    const wait = await expectNotStoredOtherwise(this.#tools, outbound);
    if (wait) return wait;
    return outbound.claim.failures === 1
      ? this.#send(outbound, lease)
      : this.#conclude(outbound, undefined, sent);
  }

  /** A server that gives nothing back is not asked. */
  async #lookFor(outbound: Outbound, sent: Sent): Promise<Uint8Array | undefined> {
    if (outbound.node.profile.stow.verify === 'none') return undefined;
    return readBack(this.#tools.clients, outbound, sent);
  }

  async #conclude(outbound: Outbound, found: Uint8Array | undefined, sent: Sent): Promise<StepResult> {
    return conclude(this.#tools, outbound, found, sent.bytes ?? (await this.#bytes(outbound)));
  }

  /** What was purged is looked for all the same; it can be compared with nothing. */
  async #sent(outbound: Outbound): Promise<Sent> {
    try {
      const bytes = await this.#bytes(outbound);
      return { bytes, size: bytes.length };
    } catch (thrown) {
      if (asPrelectorError(thrown).code !== 'artifact.missing') throw thrown;
      return { size: await sizeOf(this.#tools.ledger.pool, outbound.evidence) };
    }
  }

  #bytes({ evidence }: Outbound): Promise<Uint8Array> {
    return this.artifacts.get(evidence.artifactDigest);
  }
}

/** True where a look failed at the archive, and not on the way to it or for our account, which others mend. */
function isAnswer(thrown: unknown): boolean {
  const { code, scope } = asPrelectorError(thrown);
  return code === 'dicomweb.busy' || (scope !== 'node' && !isOwnFault(thrown));
}
