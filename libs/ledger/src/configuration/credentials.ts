import { randomUUIDv7 } from 'node:crypto';
import { channels } from '../channel-listener.js';
import { ledgerError } from '../errors.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { ChangedBy } from './apply-site.js';
import { keepVersion, lockConfiguration } from './apply-site.js';
import type { JsonObject } from '../json-object.js';
import { CredentialRow } from './configuration.entity.js';

/** How a secret is used (`{kind: 'basic', username: ...}`), and the secret where it is kept here. */
export interface Credential {
  readonly name: string;
  /** Never the secret itself; a reference (`env:`, `file:`) may stand here. */
  readonly body: JsonObject;
  readonly secret?: string | undefined;
}

const context = (name: string) => `credential:${name}`;

/** Keeps a credential in a new version; the secret is encrypted and stands in no history. */
export async function storeCredential(
  tx: Tx,
  vault: IdentityVault,
  credential: Credential,
  by: ChangedBy,
): Promise<{ id: string; version: number }> {
  const { name, body, secret } = credential;
  await lockConfiguration(tx);
  const stored = await tx.findOne(CredentialRow, { where: { name }, lock: { mode: 'pessimistic_write' } });
  const sealed = secret === undefined ? undefined : vault.seal(Buffer.from(secret), context(name));
  const id = stored?.id ?? randomUUIDv7();
  const version = (stored?.version ?? 0) + 1;
  await rowsOf(
    tx,
    `INSERT INTO credential (id, name, version, body, key_id, secret) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (name) DO UPDATE SET version = excluded.version, body = excluded.body,
       key_id = excluded.key_id, secret = excluded.secret, removed_at = NULL, updated_at = now()`,
    [id, name, version, JSON.stringify(body), sealed?.keyId ?? null, sealed?.body ?? null],
  );
  await keepVersion(tx, { kind: 'credential', id, name, version, body }, by);
  await rowsOf(tx, `SELECT pg_notify($1, '')`, [channels.configuration]);
  return { id, version };
}

/** A credential with its secret in clear, for the moment of use. Throws `ledger.configuration-unknown-name`. */
export async function openCredential(tx: Tx, vault: IdentityVault, name: string): Promise<Credential> {
  const row = await tx.findOneBy(CredentialRow, { name });
  if (!row || row.removedAt) throw ledgerError('ledger.configuration-unknown-name', `credential ${name}`);
  if (row.secret === null || row.keyId === null) return { name, body: row.body };
  const secret = vault.open({ keyId: row.keyId, body: row.secret }, context(name)).toString('utf8');
  return { name, body: row.body, secret };
}
