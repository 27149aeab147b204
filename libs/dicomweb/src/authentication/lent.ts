import { dicomwebError } from '../errors.js';
import type { Roots } from '../options.js';
import type { Authenticator } from './authenticator.js';

/**
 * An authenticator for a process that is not trusted with its secrets, such as one that decodes what came from outside:
 * it signs what reads (GET) at the node's own addresses, and nothing else.
 *
 * @throws `dicomweb.not-signed`
 */
export function lent(authenticator: Authenticator, roots: Roots): Authenticator {
  const origins = new Set(Object.values(roots).map((root: string) => new URL(root).origin));
  return {
    sign(request) {
      if (request.method !== 'GET' || !origins.has(request.url.origin))
        return Promise.reject(dicomwebError('dicomweb.not-signed'));
      return authenticator.sign(request);
    },
    refused: (refusal) => authenticator.refused(refusal),
  };
}
