import { platformError } from '../errors.js';
import type { SecurityConfiguration } from '../configuration/security-configuration.js';

/** A key for AES-256, named so that what it encrypted can be read after it was replaced. */
export interface DataKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** The keys of an installation. */
export interface Keyring {
  /** Encrypts what is written from now on. */
  readonly current: DataKey;
  /** For HMACs by which identities are looked up and named in logs. */
  readonly siteKey: Uint8Array;
  /** @throws keys.unknown */
  get(id: string): DataKey;
}

/** A keyring; the first key is the current one. */
export function keyringOf(keys: readonly [DataKey, ...DataKey[]], siteKey: Uint8Array): Keyring {
  const byId = new Map(keys.map((key) => [key.id, key]));
  return {
    current: keys[0],
    siteKey,
    get: (id) => {
      const key = byId.get(id);
      if (!key) throw platformError('keys.unknown', `key id ${id}`);
      return key;
    },
  };
}

/** The keyring of a configuration that names its keys; undefined for one that leaves them to the key file. */
export function configuredKeyring({ keys, siteKey }: SecurityConfiguration): Keyring | undefined {
  const [current, ...others] = (keys ?? []).map(({ id, key }) => ({ id, key: bytesOf(key.reveal()) }));
  if (!current || !siteKey) return undefined;
  return keyringOf([current, ...others], bytesOf(siteKey.reveal()));
}

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
