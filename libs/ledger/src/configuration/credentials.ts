import { randomUUIDv7 } from 'node:crypto';
import { channels } from '../channel-listener.js';
import { ledgerError } from '../errors.js';
import type { JsonObject } from '../json-object.js';
import type { Statements } from '../sql.js';
import type { ChangedBy, ConfigurationChanges } from './configuration-changes.js';
import { CredentialRow } from './configuration.entity.js';

/** How a secret is used (`{kind: 'basic', username: ...}`), and the secret where it is kept here. */
export interface Credential {
  readonly name: string;
  /** Never the secret itself; a reference (`env:`, `file:`) may stand here. */
  readonly body: JsonObject;
  readonly secret?: string | undefined;
}

const context = (name: string) => `credential:${name}`;

/** Secrets of nodes, encrypted. */
export class Credentials {
  constructor(
    private readonly sql: Statements,
    private readonly configurationChanges: ConfigurationChanges,
  ) {}

  /** Keeps a credential in a new version; the secret is encrypted and stands in no history. */
  async store(credential: Credential, by: ChangedBy): Promise<{ id: string; version: number }> {
    const { name, body, secret } = credential;
    await this.configurationChanges.lock();
    const stored = await this.sql.manager.findOne(CredentialRow, {
      where: { name },
      lock: { mode: 'pessimistic_write' },
    });
    const sealed = secret === undefined ? undefined : this.sql.vault.seal(Buffer.from(secret), context(name));
    const id = stored?.id ?? randomUUIDv7();
    const version = (stored?.version ?? 0) + 1;
    await this.sql.rows(
      `INSERT INTO credential (id, name, version, body, key_id, secret) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (name) DO UPDATE SET version = excluded.version, body = excluded.body,
         key_id = excluded.key_id, secret = excluded.secret, removed_at = NULL, updated_at = now()`,
      [id, name, version, JSON.stringify(body), sealed?.keyId ?? null, sealed?.body ?? null],
    );
    await this.configurationChanges.keepVersion({ kind: 'credential', id, name, version, body }, by);
    await this.sql.rows(`SELECT pg_notify($1, '')`, [channels.configuration]);
    return { id, version };
  }

  /** A credential with its secret in clear, for the moment of use. Throws `ledger.configuration-unknown-name`. */
  async open(name: string): Promise<Credential> {
    const row = await this.sql.manager.findOneBy(CredentialRow, { name });
    if (!row || row.removedAt) throw ledgerError('ledger.configuration-unknown-name', `credential ${name}`);
    if (row.secret === null || row.keyId === null) return { name, body: row.body };
    const secret = this.sql.vault
      .open({ keyId: row.keyId, body: row.secret }, context(name))
      .toString('utf8');
    return { name, body: row.body, secret };
  }
}
