import { randomUUIDv7 } from 'node:crypto';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { AcceptanceSource, AcceptanceStatus } from './evidence.entity.js';
import { AcceptanceRow } from './evidence.entity.js';

export interface NewAcceptance {
  readonly nodeId: string;
  /** `stow`, ... */
  readonly service: string;
  readonly sopClassUid: string;
  readonly template?: string | undefined;
  readonly transferSyntax?: string | undefined;
  readonly status: AcceptanceStatus;
  readonly how: AcceptanceSource;
  readonly evidence: string;
  readonly serverVersion?: string | undefined;
}

/** Keeps the latest word on whether a server takes a form; what was learnt is not overridden by a declaration. */
export async function recordAcceptance(tx: Tx, acceptance: NewAcceptance): Promise<void> {
  await rowsOf(
    tx,
    `INSERT INTO acceptance
       (id, node_id, service, sop_class_uid, template, transfer_syntax, status, how, evidence, server_version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (node_id, service, sop_class_uid, template, transfer_syntax) DO UPDATE SET
       status = excluded.status, how = excluded.how, evidence = excluded.evidence,
       server_version = excluded.server_version, at = now()
     WHERE NOT (excluded.how = 'declared' AND acceptance.how <> 'declared')`,
    [
      randomUUIDv7(),
      acceptance.nodeId,
      acceptance.service,
      acceptance.sopClassUid,
      acceptance.template ?? '',
      acceptance.transferSyntax ?? '',
      acceptance.status,
      acceptance.how,
      acceptance.evidence,
      acceptance.serverVersion ?? null,
    ],
  );
}

/** Everything known of what a node takes. */
export function acceptancesOfNode(tx: Tx, nodeId: string): Promise<AcceptanceRow[]> {
  return tx.find(AcceptanceRow, { where: { nodeId }, order: { at: 'DESC' } });
}
