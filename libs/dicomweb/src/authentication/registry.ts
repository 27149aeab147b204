import { z } from 'zod';
import type { Authentication, AuthenticationContext } from './authentication.js';
import type { Authenticator } from './authenticator.js';
import { basic } from './basic.js';
import { bearer } from './bearer.js';
import { none } from './none.js';

/** Every way of saying who we are, each under the `kind` of its settings; the compiler holds the two together. */
export const authentications = registered({ none, basic, bearer });

export type AuthenticationKind = keyof typeof authentications;

/** How a node says who we are: its member `auth` or `storeAuth`. */
export type AuthenticationSettings = {
  [Kind in AuthenticationKind]: (typeof authentications)[Kind] extends Authentication<infer Settings>
    ? Settings
    : never;
}[AuthenticationKind];

/** Of the member `auth` of a node. */
export const authenticationSchema: z.ZodType<AuthenticationSettings> = z.discriminatedUnion(
  'kind',
  Object.values(authentications).map(({ settings }) => settings) as unknown as [
    z.ZodObject<{ kind: z.ZodLiteral }>,
  ],
) as never;

/** The references among the settings: what these stand for, and the settings, are the account. */
export function secretsOf(settings: AuthenticationSettings): readonly string[] {
  return authenticationOf(settings).secrets(settings);
}

/** An authenticator for the clients of one account at one node. */
export function openAuthenticator(
  settings: AuthenticationSettings,
  context: AuthenticationContext,
): Authenticator {
  return authenticationOf(settings).open(settings, context);
}

function authenticationOf({ kind }: AuthenticationSettings): Authentication<AuthenticationSettings> {
  return authentications[kind];
}

function registered<
  Kinds extends { readonly [Kind in keyof Kinds]: Authentication<{ readonly kind: Kind & string }> },
>(kinds: Kinds): Kinds {
  return kinds;
}
