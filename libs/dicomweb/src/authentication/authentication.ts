import type { Profile } from '@prelector/profiles';
import { z } from 'zod';
import type { Authenticator } from './authenticator.js';

/** A secret by reference: `env:NAME` or `file:/path`. The value itself never stands in a file or a row. */
export const secretReference = z
  .string()
  .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/u, 'a reference: env:NAME or file:/path');

/** What an authenticator is opened with, beside its settings. */
export interface AuthenticationContext {
  /** The secret that a reference stands for at this moment. Throws where there is none. */
  readonly secret: (reference: string) => string;
  /** How the server wants credentials carried. */
  readonly profile: Profile['auth'];
}

/** One way of saying who we are: how a site states it, and how it is done. */
export interface Authentication<Settings extends { readonly kind: string }> {
  /** The member `auth` of a node. */
  readonly settings: z.ZodObject & z.ZodType<Settings>;
  /** The references among the settings: another secret behind one of them makes another account. */
  secrets(settings: Settings): readonly string[];
  /** Looks up its secrets at once, and again only when the server refuses what it was given. */
  open(settings: Settings, context: AuthenticationContext): Authenticator;
}
