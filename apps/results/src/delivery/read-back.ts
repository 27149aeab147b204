import { PrelectorError, limits } from '@prelector/kernel';
import type { NodeClients } from '@prelector/pipeline';
import type { Outbound } from './outbound.js';

/**
 * The most bytes that may come back of so many sent: an archive writes the same data set in another transfer syntax,
 * or with attributes of its own. Whatever is larger is not ours, and is not read here, where others wait.
 */
export const mostBytes = (sentBytes: number): number => 2 * sentBytes + limits.coercionBytes;

/** What was sent: its bytes, or their number alone once the data of the patient were purged. */
export interface Sent {
  readonly bytes?: Uint8Array | undefined;
  readonly size: number;
}

/**
 * The object as the server gives it back now; undefined when it does not have it. It is compared while it comes: where
 * it is byte for byte what was sent, that very array is answered.
 */
export async function readBack(
  clients: NodeClients,
  outbound: Outbound,
  { bytes, size }: Sent,
): Promise<Uint8Array | undefined> {
  const { study, evidence, node } = outbound;
  return clients.read(node.id, (client) =>
    client
      .retrieveInstance(study.studyInstanceUid, evidence.seriesInstanceUid, evidence.sopInstanceUid, {
        maxBytes: mostBytes(size),
        known: bytes,
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
