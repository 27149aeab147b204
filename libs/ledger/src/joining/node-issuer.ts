import { rowOf } from '../sql.js';
import type { Tx } from '../tx.js';

/** The assigning authority of a node, which stands in for an issuer that its archive leaves out. */
export async function issuerOfNode(tx: Tx, nodeId: string): Promise<string | undefined> {
  const row = await rowOf<{ issuer: string | null }>(
    tx,
    `SELECT body ->> 'issuerOfPatientId' AS issuer FROM pacs_node WHERE id = $1`,
    [nodeId],
  );
  return row?.issuer ?? undefined;
}
