import type { StoreInstanceOutcome, StoreOutcomes } from '@prelector/dicomweb';
import { storeFailures } from '@prelector/dicomweb';
import { PrelectorError, isOwnFault } from '@prelector/kernel';
import { ledgerError } from '@prelector/ledger';
import type { StepResult } from '@prelector/pipeline';
import type { DeliveryTools } from './delivery-tools.js';
import { isRefusal } from './denials.js';
import { keepBack } from './keep-back.js';
import { leaveToSend } from './leave-to-send.js';
import type { Outbound } from './outbound.js';
import { readBack } from './read-back.js';
import { deniedUnseen, notTaken, refuse, refuseUnseen } from './settle.js';
import { storedOtherwise } from './stored-otherwise.js';

/**
 * Stores the bytes once the last decision gives leave, and reads the answer's body whatever its status. `stored`
 * says only that the server claims it: the read-back proves it. That it has nothing is believed after a look: the
 * answer may be that of a gateway, or of a server that says one thing and does another.
 *
 * @param lease given when the lease is lost: nothing is sent any more, and what is under way is cut
 */
export async function storeEvidence(
  tools: DeliveryTools,
  outbound: Outbound,
  bytes: Uint8Array,
  lease: AbortSignal,
): Promise<'stored' | StepResult> {
  const { study, evidence, node } = outbound;
  const { sopClassUid, sopInstanceUid } = evidence;
  const kept = keptBack();
  let left = false;
  const leave = async () => {
    if (lease.aborted) throw ledgerError('ledger.lease-over');
    if (!(await leaveToSend(tools, outbound))) throw kept;
    left = true;
  };
  const response = await tools.clients
    .store(node.id, (client, now) => {
      if (now.version !== node.version) throw kept;
      const instance = { sopClassUid, sopInstanceUid, bytes };
      return client.storeInstances(study.studyInstanceUid, [instance], { signal: lease, leave });
    })
    .catch((thrown: unknown) => {
      if (left && thrown instanceof PrelectorError) return thrown;
      if (thrown === kept) return kept;
      throw thrown;
    });
  if (response === kept) return keepBack(tools, outbound);
  const look = () => readBack(tools.clients, outbound, { bytes, size: bytes.length });
  return response instanceof PrelectorError
    ? settleError(outbound, response, look)
    : settleAnswer(tools, outbound, response, look);
}

/** Looks whether the node has what was sent; undefined when it does not. */
type Look = () => Promise<Uint8Array | undefined>;

async function settleError(
  outbound: Outbound,
  error: PrelectorError,
  look: Look,
): Promise<'stored' | StepResult> {
  // An account that is refused is not tried once more by a look: servers lock accounts.
  if (error.code === 'dicomweb.unauthorised') return notTaken(outbound, error);
  // The next attempt looks before it stores; after what is permanent there is none.
  if (error.recovery !== 'permanent') throw error;
  return afterLook(
    outbound,
    look,
    () => notTaken(outbound, error),
    () => {
      // The status may be that of a gateway: without a look it proves nothing, and the next attempt looks first.
      throw new PrelectorError(error.code, 'ambiguous', error.message, { cause: error });
    },
  );
}

async function settleAnswer(
  tools: DeliveryTools,
  outbound: Outbound,
  { status, instances, others }: StoreOutcomes,
  look: Look,
): Promise<'stored' | StepResult> {
  const outcome: StoreInstanceOutcome = instances.get(outbound.evidence.sopInstanceUid) ?? {
    state: 'unknown',
  };
  if (outcome.state === 'failed') return settleFailed(tools, outbound, { ...outcome, status }, look);
  const isVerified = outbound.node.profile.stow.verify !== 'none';
  const elsewhere = outcome.state === 'stored' ? whereElse(outbound, outcome.at) : others[0];
  if (elsewhere !== undefined) {
    if (isVerified && (await look())) return 'stored';
    throw storedOtherwise(`its answer names ${elsewhere}`);
  }
  // An empty answer to a store that was not refused claims as much as one with words.
  if (outcome.state === 'stored' || (isVerified && status < 300)) return 'stored';
  if (isVerified && (await look())) return 'stored';
  throw new PrelectorError(
    'deliver.unanswered',
    'ambiguous',
    `The server's answer (HTTP ${status}) does not say what became of the object, and it was not there when it was looked for.`,
  );
}

async function settleFailed(
  tools: DeliveryTools,
  outbound: Outbound,
  { status, meaning, reason }: Extract<StoreInstanceOutcome, { state: 'failed' }> & { status: number },
  look: Look,
): Promise<'stored' | StepResult> {
  if (meaning === 'duplicate') return 'stored';
  const { recovery, meaning: words } = storeFailures[meaning];
  const answer = `HTTP ${status}, failure reason ${hex(reason)}`;
  const error = new PrelectorError(`deliver.${meaning}`, recovery, `${words} (${answer})`);
  // A server that fails in the middle of storing may have come to the end of it.
  if (meaning === 'processing-failure') throw error;
  if (isRefusal(error.code))
    return afterLook(
      outbound,
      look,
      () => refuse(tools, outbound, answer),
      () => refuseUnseen(tools, outbound, { answer, error }),
    );
  return afterLook(
    outbound,
    look,
    () => notTaken(outbound, error),
    () => deniedUnseen(outbound, error),
  );
}

/** The word of a server that it has nothing: believed where it gives nothing back under that UID. */
async function afterLook(
  outbound: Outbound,
  look: Look,
  absent: () => StepResult,
  unanswered: () => StepResult,
): Promise<'stored' | StepResult> {
  if (outbound.node.profile.stow.verify === 'none') return absent();
  try {
    return (await look()) ? 'stored' : absent();
  } catch (thrown) {
    if (isOwnFault(thrown)) throw thrown;
    return unanswered();
  }
}

/** What the address in an answer names otherwise than the object was sent. */
function whereElse(
  { study, evidence }: Outbound,
  at: Extract<StoreInstanceOutcome, { state: 'stored' }>['at'],
): string | undefined {
  if (!at) return undefined;
  if (at.study !== study.studyInstanceUid) return `study ${at.study}`;
  if (at.series !== evidence.seriesInstanceUid) return `series ${at.series}`;
  return at.instance === evidence.sopInstanceUid ? undefined : at.instance;
}

/** Never leaves this file: what was decided is written by whoever keeps it back. */
const keptBack = () =>
  new PrelectorError('deliver.kept-back', 'transient', 'It may not be sent at this moment.', {
    scope: 'study',
  });

const hex = (reason: number | undefined) =>
  reason === undefined ? 'not stated' : reason.toString(16).toUpperCase().padStart(4, '0');
