import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { canonicalJson, hmacSha256 } from '@prelector/kernel';
import { ledgerError } from '../errors.js';

/** The keys of an installation: 32 bytes each; older ones stay readable by their id. */
export interface KeyRing {
  readonly current: { readonly id: string; readonly key: Uint8Array };
  /** The key of that id, or undefined when it is not configured. */
  get(id: string): Uint8Array | undefined;
  /** Key of the HMACs by which identities are looked up; never changes. */
  readonly siteKey: Uint8Array;
}

/** Bytes as a row keeps them: nonce (12), ciphertext, tag (16), and the id of the key. */
export interface Sealed {
  readonly keyId: string;
  readonly body: Buffer;
}

const NONCE = 12;
const TAG = 16;

/**
 * Encrypts what holds identity (AES-256-GCM, NIST SP 800-38D) and makes the HMACs by which it is found
 * again. `context` binds a ciphertext to its kind of row, so that one cannot be put in another's place.
 */
export class IdentityVault {
  constructor(private readonly keys: KeyRing) {}

  seal(plain: Uint8Array, context: string): Sealed {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.keys.current.key, nonce);
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { keyId: this.keys.current.id, body };
  }

  /** Throws `ledger.key-missing` or `ledger.undecryptable`. */
  open(sealed: Sealed, context: string): Buffer {
    const key = this.keys.get(sealed.keyId);
    if (!key) throw ledgerError('ledger.key-missing', `key ${sealed.keyId}`);
    try {
      const { body } = sealed;
      const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE), { authTagLength: TAG });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(body.subarray(body.length - TAG));
      return Buffer.concat([decipher.update(body.subarray(NONCE, body.length - TAG)), decipher.final()]);
    } catch (cause) {
      throw ledgerError('ledger.undecryptable', `key ${sealed.keyId}`, { cause });
    }
  }

  sealJson(value: unknown, context: string): Sealed {
    return this.seal(Buffer.from(canonicalJson(value)), context);
  }

  openJson(sealed: Sealed, context: string): unknown {
    return JSON.parse(this.open(sealed, context).toString('utf8'));
  }

  /** HMAC of some parts; `domain` keeps equal texts of different meaning apart. */
  hmac(domain: string, ...parts: readonly (string | undefined)[]): string {
    return hmacSha256(this.keys.siteKey, canonicalJson([domain, ...parts.map((part) => part ?? '')]));
  }
}
