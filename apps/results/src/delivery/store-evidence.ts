import type { StoreInstanceOutcome } from '@prelector/dicomweb';
import { storeFailures } from '@prelector/dicomweb';
import { PrelectorError } from '@prelector/kernel';
import type { StepResult } from '@prelector/pipeline';
import type { DeliveryTools } from './delivery-tools.js';
import type { Outbound } from './outbound.js';
import { readBack } from './read-back.js';
import { notTaken, refuse } from './settle.js';

/**
 * Stores the bytes and reads the answer's body whatever its status. `stored` says only that the server
 * claims it: the read-back proves it. An instance that the answer does not name is looked up.
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
  const { clients } = tools;
  const response = await clients
    .store(node.id, (client, now) => {
      if (now.version !== node.version) throw configuredAnew();
      lease.throwIfAborted();
      const instance = { sopClassUid, sopInstanceUid, bytes };
      return client.storeInstances(study.studyInstanceUid, [instance], { signal: lease });
    })
    .catch((thrown: unknown) => asNotTaken(thrown));
  if (response instanceof PrelectorError) return notTaken(outbound, response);
  const outcome: StoreInstanceOutcome = response.instances.get(sopInstanceUid) ?? { state: 'unknown' };
  if (outcome.state === 'stored') return 'stored';
  if (outcome.state === 'unknown') {
    if (await readBack(clients, outbound)) return 'stored';
    throw new PrelectorError(
      'deliver.unanswered',
      'ambiguous',
      `The server's answer (HTTP ${response.status}) does not say what became of the object, and it was not there when it was looked for.`,
    );
  }
  switch (outcome.meaning) {
    case 'duplicate':
      return 'stored';
    case 'sop-class-unsupported':
    case 'transfer-syntax-unsupported':
      return refuse(tools, outbound, `HTTP ${response.status}, failure reason ${hex(outcome.reason)}`);
    default: {
      const { recovery, meaning } = storeFailures[outcome.meaning];
      const words = `${meaning} (HTTP ${response.status}, failure reason ${hex(outcome.reason)})`;
      const error = new PrelectorError(`deliver.${outcome.meaning}`, recovery, words);
      // A server that fails in the middle of storing may have come to the end of it.
      if (outcome.meaning === 'processing-failure') throw error;
      return notTaken(outbound, error);
    }
  }
}

/** The error of a store that certainly had no effect; throws what leaves that open. */
function asNotTaken(thrown: unknown): PrelectorError {
  if (thrown instanceof PrelectorError && thrown.recovery !== 'ambiguous' && !unclear.has(thrown.code))
    return thrown;
  throw thrown;
}

/** Failures that may come after the server has the object. */
const unclear: ReadonlySet<string> = new Set(['internal', 'dicomweb.malformed-answer', 'dicomweb.cut-off']);

const configuredAnew = () =>
  new PrelectorError(
    'deliver.node-changed',
    'transient',
    'The PACS node was configured anew in this moment, so nothing was sent there; it is tried again.',
  );

const hex = (reason: number | undefined) =>
  reason === undefined ? 'not stated' : reason.toString(16).toUpperCase().padStart(4, '0');
