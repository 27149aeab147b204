import { randomUUIDv7 } from 'node:crypto';
import type { Events } from '../events/events.js';
import type { Statements } from '../sql.js';
import type { AcceptanceSource, AcceptanceStatus } from './evidence.entity.js';
import { AcceptanceRow } from './evidence.entity.js';

/** What is taken or not: one form of evidence, written in one way, by one service of a node. */
export interface AcceptanceKey {
  readonly nodeId: string;
  /** `stow`, ... */
  readonly service: string;
  readonly sopClassUid: string;
  readonly template?: string | undefined;
  readonly transferSyntax?: string | undefined;
}

export interface NewAcceptance extends AcceptanceKey {
  readonly status: AcceptanceStatus;
  readonly how: AcceptanceSource;
  readonly evidence: string;
  /** As the server states itself, where it does. */
  readonly serverVersion?: string | undefined;
}

const keyOf = (key: AcceptanceKey) => [
  key.nodeId,
  key.service,
  key.sopClassUid,
  key.template ?? '',
  key.transferSyntax ?? '',
];

/** Which forms of evidence the services of nodes take. */
export class Acceptances {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
  ) {}

  /** Keeps the latest word on whether a server takes a form; what was learnt is not overridden by a declaration. */
  async record(acceptance: NewAcceptance): Promise<void> {
    await this.sql.rows(
      `INSERT INTO acceptance
         (id, node_id, service, sop_class_uid, template, transfer_syntax, status, how, evidence, server_version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (node_id, service, sop_class_uid, template, transfer_syntax) DO UPDATE SET
         status = excluded.status, how = excluded.how, evidence = excluded.evidence,
         server_version = excluded.server_version, at = now()
       WHERE NOT (excluded.how = 'declared' AND acceptance.how <> 'declared')`,
      [
        randomUUIDv7(),
        ...keyOf(acceptance),
        acceptance.status,
        acceptance.how,
        acceptance.evidence,
        acceptance.serverVersion ?? null,
      ],
    );
  }

  /**
   * True while a refusal counts: a declared one always, another until it is as old as the node says (by the
   * database's clock), or the server states another version than the one that refused.
   */
  async isRefusalStanding(
    key: AcceptanceKey,
    now: { readonly tryAgainAfterHours: number; readonly serverVersion: string | undefined },
  ): Promise<boolean> {
    const row = await this.sql.row(
      `SELECT 1 AS yes FROM acceptance WHERE node_id = $1 AND service = $2 AND sop_class_uid = $3
         AND template = $4 AND transfer_syntax = $5 AND status = 'refused' AND (how = 'declared'
           OR (at > now() - make_interval(secs => 3600 * $6::float8)
               AND ($7::text IS NULL OR server_version IS NULL OR server_version = $7)))`,
      [...keyOf(key), now.tryAgainAfterHours, now.serverVersion ?? null],
    );
    return row !== undefined;
  }

  /** Everything known of what a node takes. */
  ofNode(nodeId: string): Promise<AcceptanceRow[]> {
    return this.sql.manager.find(AcceptanceRow, { where: { nodeId }, order: { at: 'DESC' } });
  }

  /** Forgets what a node was heard to refuse, so that it is asked again; what a site declares stays. Returns how many. */
  async forgetRefusals(
    nodeId: string,
    by: { readonly who: string; readonly why: string },
    only?: AcceptanceKey,
  ): Promise<number> {
    const forgotten = await this.sql.rows<{ template: string }>(
      `DELETE FROM acceptance WHERE node_id = $1 AND status = 'refused' AND how <> 'declared'
         AND ($2::text IS NULL OR (service = $2 AND sop_class_uid = $3 AND template = $4 AND transfer_syntax = $5))
       RETURNING template`,
      [nodeId, ...(only ? keyOf(only).slice(1) : [null, null, null, null])],
    );
    if (forgotten.length > 0) {
      const templates = forgotten.map(({ template }) => template).join(', ');
      await this.events.record({
        ...by,
        what: 'refusals forgotten',
        subjectKind: 'configuration',
        subjectId: nodeId,
        after: { templates },
      });
    }
    return forgotten.length;
  }
}
