import type { CheckedConfiguration } from './configuration-schema.js';
import type { Redacted } from './redacted.js';

/** Configured keys, base64 of 32 bytes each; absent in embedded mode, which makes its own in the data folder. */
export interface SecurityConfiguration {
  readonly keys?: readonly { readonly id: string; readonly key: Redacted }[];
  readonly siteKey?: Redacted;
}

/** Resolves and checks the keys; what is wrong is added to `problems`. */
export function securityOf(
  security: CheckedConfiguration['security'],
  embedded: boolean,
  secretAt: (path: string, reference: string) => Redacted,
  problems: string[],
): SecurityConfiguration {
  const { keys, siteKey } = security;
  if (!keys !== !siteKey || (!embedded && !keys))
    problems.push(
      'security: expected keys and siteKey, both by reference: a database of your own needs them, and one goes not without the other',
    );
  if (!keys || !siteKey) return {};
  if (new Set(keys.map(({ id }) => id)).size < keys.length)
    problems.push('security.keys: expected a different id for each key');
  const keyAt = (path: string, reference: string): Redacted => {
    const key = secretAt(path, reference);
    if (key.reveal() !== '' && !isKey(key.reveal()))
      problems.push(`${path}: expected 32 bytes as base64 (openssl rand -base64 32)`);
    return key;
  };
  return {
    keys: keys.map(({ id, key }, at) => ({ id, key: keyAt(`security.keys.${at}.key`, key) })),
    siteKey: keyAt('security.siteKey', siteKey),
  };
}

const isKey = (text: string): boolean =>
  /^[A-Za-z0-9+/_-]{43}=?$/u.test(text) && Buffer.from(text, 'base64').length === 32;
