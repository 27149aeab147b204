import { z } from 'zod';
import { secretReference, type Authentication } from './authentication.js';
import { AuthorizationHeader } from './authorization-header.js';

const settings = z.strictObject({ kind: z.literal('bearer'), token: secretReference });

/** Bearer (RFC 6750) with a token that stands somewhere; or a bare key, where the profile says `tokenScheme: raw`. */
export const bearer: Authentication<z.infer<typeof settings>> = {
  settings,
  secrets: ({ token }) => [token],
  open: ({ token }, { secret, profile }) =>
    new AuthorizationHeader(() => (profile.tokenScheme === 'raw' ? '' : 'Bearer ') + secret(token)),
};
