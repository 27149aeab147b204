import type { SeenRequest } from '../test-node.testing.js';

/** The server's side of one way of saying who we are, written from its standard and not from our client. */
export interface Judge<Settings extends { readonly kind: string }> {
  /** As a site states them; what is secret stands behind `env:SECRET`. */
  readonly settings: Settings;
  /** Whether a request shows that its sender is who may come in. */
  accepts(request: SeenRequest, secret: string): boolean;
  /** WWW-Authenticate of an answer that refuses. */
  readonly challenge: string;
  /** Texts that give the secret away. */
  traces(secret: string): readonly string[];
}
