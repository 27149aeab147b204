import { readFileSync, statSync } from 'node:fs';
import { platformError } from '../errors.js';

/** A file of many certificate authorities takes a few hundred KiB. */
const SECRET_BYTES = 1024 * 1024;
const REFERENCE = /^(env|file):(.+)$/su;

/** The environment, passed in so that libraries never read it themselves. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** True for `env:NAME` and `file:/path`. */
export function isSecretReference(text: string): boolean {
  return REFERENCE.test(text);
}

/**
 * The secret that `env:NAME` or `file:/path` refers to; the newline that editors add to a file is dropped.
 * @throws secret.missing, naming the reference and never the secret
 */
export function resolveSecret(reference: string, env: Environment): string {
  const [, kind, target] = REFERENCE.exec(reference) ?? [];
  if (kind === undefined || target === undefined)
    throw platformError('secret.missing', 'a reference is env:NAME or file:/path');
  const secret = kind === 'env' ? env[target] : contentOf(target);
  if (!secret) throw platformError('secret.missing', reference);
  return secret;
}

function contentOf(path: string): string | undefined {
  try {
    if (statSync(path).size > SECRET_BYTES) return undefined;
    return readFileSync(path, 'utf8').replace(/\r?\n$/u, '');
  } catch {
    return undefined;
  }
}
