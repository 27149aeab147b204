import { PrelectorError } from '@prelector/kernel';
import type { NodeClients } from '@prelector/pipeline';
import type { Outbound } from './outbound.js';

/** Evidence is small; whatever is larger is not ours, and is not read here, where others wait. */
const mostBytes = 16 * 1024 * 1024;

/** The object as the server gives it back now; undefined when it does not have it. */
export async function readBack(clients: NodeClients, outbound: Outbound): Promise<Uint8Array | undefined> {
  const { study, evidence, node } = outbound;
  return clients.read(node.id, (client) =>
    client
      .retrieveInstance(study.studyInstanceUid, evidence.seriesInstanceUid, evidence.sopInstanceUid, {
        maxBytes: mostBytes,
      })
      .catch((thrown: unknown) => {
        const absent = node.profile.auth.forbiddenMayMeanMissing
          ? ['dicomweb.not-found', 'dicomweb.forbidden']
          : ['dicomweb.not-found'];
        if (thrown instanceof PrelectorError && absent.includes(thrown.code)) return undefined;
        throw thrown;
      }),
  );
}
