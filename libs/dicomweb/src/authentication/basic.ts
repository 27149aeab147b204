import { z } from 'zod';
import { secretReference, type Authentication } from './authentication.js';
import { AuthorizationHeader } from './authorization-header.js';

const settings = z.strictObject({
  kind: z.literal('basic'),
  username: z.string().min(1),
  password: secretReference,
});

/** Basic (RFC 7617), in UTF-8. */
export const basic: Authentication<z.infer<typeof settings>> = {
  settings,
  secrets: ({ password }) => [password],
  open: ({ username, password }, { secret }) =>
    new AuthorizationHeader(
      () => `Basic ${Buffer.from(`${username}:${secret(password)}`, 'utf8').toString('base64')}`,
    ),
};
