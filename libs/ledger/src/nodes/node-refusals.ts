import type { Events } from '../events/events.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { Statements } from '../sql.js';

/** One account at one node; the ledger keeps an HMAC of `credential`. */
export interface NodeAccount {
  readonly nodeId: string;
  readonly purpose: 'read' | 'store';
  readonly credential: string;
}

/** A node that refuses an account, as every process of the installation sees it. */
export interface NodeRefusal {
  readonly nodeId: string;
  readonly purpose: 'read' | 'store';
  /** In a row. */
  readonly refusals: number;
  /** What the node said, in words. */
  readonly reason: string;
  readonly since: Date;
  readonly nextTryAt: Date;
}

const columns = `node_id AS "nodeId", purpose, refusals, reason, since, next_try_at AS "nextTryAt"`;

/** Accounts that nodes refuse, as every process of the installation sees them. */
export class NodeRefusals {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
  ) {}

  /** What refuses us now, for `prelector status`. */
  all(): Promise<NodeRefusal[]> {
    return this.sql.rows(`SELECT ${columns} FROM node_refusal ORDER BY node_id, purpose`);
  }

  /**
   * Undefined when this account may be tried: it is not known as refused, or its time has come, and then the
   * caller alone has `trySeconds` to find out.
   */
  async admit(account: NodeAccount, trySeconds: number): Promise<NodeRefusal | undefined> {
    const key = [account.nodeId, account.purpose, hmacOf(this.sql.vault, account)];
    const where = `node_id = $1 AND purpose = $2 AND credential = $3`;
    const refused = await this.sql.row<NodeRefusal>(
      `SELECT ${columns} FROM node_refusal WHERE ${where}`,
      key,
    );
    if (!refused) return undefined;
    const mine = await this.sql.row(
      `UPDATE node_refusal SET next_try_at = now() + make_interval(secs => $4)
       WHERE ${where} AND next_try_at <= now() RETURNING node_id`,
      [...key, trySeconds],
    );
    return mine ? undefined : refused;
  }

  /** Notes one more refusal; `pauses` are the seconds until the next try, after the first, the second, ... */
  async note(account: NodeAccount, reason: string, pauses: readonly number[]): Promise<number> {
    const row = await this.sql.row<{ refusals: number }>(
      `INSERT INTO node_refusal AS known (node_id, purpose, credential, refusals, reason, next_try_at)
       VALUES ($1, $2, $3, 1, $4, now() + make_interval(secs => ($5::int[])[1]))
       ON CONFLICT (node_id, purpose) DO UPDATE SET credential = excluded.credential, reason = excluded.reason,
         refusals = CASE WHEN known.credential = excluded.credential THEN known.refusals + 1 ELSE 1 END,
         since = CASE WHEN known.credential = excluded.credential THEN known.since ELSE now() END,
         next_try_at = now() + make_interval(secs => ($5::int[])[CASE
           WHEN known.credential = excluded.credential THEN least(known.refusals + 1, cardinality($5::int[]))
           ELSE 1 END])
       RETURNING refusals`,
      [account.nodeId, account.purpose, hmacOf(this.sql.vault, account), reason, [...pauses]],
    );
    return row?.refusals ?? 1;
  }

  /** The account is accepted. */
  async forget(nodeId: string, purpose: string): Promise<void> {
    await this.sql.rows(`DELETE FROM node_refusal WHERE node_id = $1 AND purpose = $2`, [nodeId, purpose]);
  }

  /** A person has the node asked again at once; false when it refuses nothing. */
  async askAgain(nodeId: string, who: string, why: string): Promise<boolean> {
    const gone = await this.sql.rows(`DELETE FROM node_refusal WHERE node_id = $1 RETURNING purpose`, [
      nodeId,
    ]);
    if (gone.length === 0) return false;
    const what = 'node asked again';
    await this.events.record({ who, what, subjectKind: 'configuration', subjectId: nodeId, why });
    return true;
  }
}

/** A digest of a password must not be open to guessing. */
function hmacOf(vault: IdentityVault, { credential }: NodeAccount): string {
  return vault.hmac('node credential', credential);
}
