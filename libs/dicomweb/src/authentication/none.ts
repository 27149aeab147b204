import { z } from 'zod';
import type { Authentication } from './authentication.js';
import type { Authenticator } from './authenticator.js';

const settings = z.strictObject({ kind: z.literal('none') });

/** Says nothing of who we are. */
export const anonymous: Authenticator = {
  sign: () => Promise.resolve({}),
  refused: () => Promise.resolve('wrong-credential'),
};

/** A server that asks nobody, or knows us by the certificate of the connection (`tls` of the node). */
export const none: Authentication<z.infer<typeof settings>> = {
  settings,
  secrets: () => [],
  open: () => anonymous,
};
