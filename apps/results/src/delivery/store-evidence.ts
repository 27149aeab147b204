import type { StoreInstanceOutcome } from '@prelector/dicomweb';
import { storeFailures } from '@prelector/dicomweb';
import { PrelectorError } from '@prelector/kernel';
import type { StepResult } from '@prelector/pipeline';
import type { DeliveryTools } from './delivery-tools.js';
import type { Outbound } from './outbound.js';
import { readBack } from './read-back.js';
import { refuse } from './settle.js';

/**
 * Stores the bytes and reads the answer's body whatever its status. `stored` says only that the server
 * claims it: the read-back proves it. An instance that the answer does not name is looked up.
 */
export async function storeEvidence(
  { ledger, clients }: DeliveryTools,
  outbound: Outbound,
  bytes: Uint8Array,
): Promise<'stored' | StepResult> {
  const { study, evidence, node } = outbound;
  const { sopClassUid, sopInstanceUid } = evidence;
  const response = await clients.store(node.id, (client) =>
    client.storeInstances(study.studyInstanceUid, [{ sopClassUid, sopInstanceUid, bytes }]),
  );
  const outcome: StoreInstanceOutcome = response.instances.get(sopInstanceUid) ?? { state: 'unknown' };
  if (outcome.state === 'stored') return 'stored';
  if (outcome.state === 'unknown') {
    if (await readBack(clients, outbound)) return 'stored';
    throw new PrelectorError(
      'deliver.unanswered',
      'ambiguous',
      `The server's answer (HTTP ${response.status}) does not say what became of the object, and it is not there.`,
    );
  }
  switch (outcome.meaning) {
    case 'duplicate':
      return 'stored';
    case 'sop-class-unsupported':
    case 'transfer-syntax-unsupported':
      return refuse(ledger, outbound, `HTTP ${response.status}, failure reason ${hex(outcome.reason)}`);
    default: {
      const { recovery, meaning } = storeFailures[outcome.meaning];
      throw new PrelectorError(
        `deliver.${outcome.meaning}`,
        recovery,
        `${meaning} (HTTP ${response.status}, failure reason ${hex(outcome.reason)})`,
      );
    }
  }
}

const hex = (reason: number | undefined) =>
  reason === undefined ? 'not stated' : reason.toString(16).toUpperCase().padStart(4, '0');
