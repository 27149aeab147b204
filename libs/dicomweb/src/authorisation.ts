import type { Profile } from '@prelector/profiles';
import { dicomwebError } from './errors.js';
import type { Auth } from './options.js';

const HEADER_SAFE = /^[\x21-\x7e][\x20-\x7e]*$/u;

/** The Authorization header of the next request, or undefined; `refresh` after the last one was refused. */
export async function authorisation(
  auth: Auth,
  profile: Profile['auth'],
  refresh: boolean,
): Promise<string | undefined> {
  if (auth.kind === 'none') return undefined;
  if (auth.kind === 'basic') {
    return `Basic ${Buffer.from(`${auth.username}:${auth.password}`, 'utf8').toString('base64')}`;
  }
  const token = await auth.token({ refresh });
  if (!HEADER_SAFE.test(token)) throw dicomwebError('dicomweb.configuration', 'the token is no header value');
  return profile.tokenScheme === 'raw' ? token : `Bearer ${token}`;
}
