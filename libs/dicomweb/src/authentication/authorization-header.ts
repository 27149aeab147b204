import type { Authenticator, Refusal, Signature, Verdict } from './authenticator.js';
import { Held } from './held.js';

/** The same Authorization header (RFC 9110 section 11.6.2) for every request, until it is refused and another is there. */
export class AuthorizationHeader implements Authenticator {
  readonly #value: Held<string>;

  /** @param value made of the secrets as they are at the moment */
  constructor(value: () => string | Promise<string>) {
    this.#value = new Held(value);
  }

  async sign(): Promise<Signature> {
    return { authorization: await this.#value.current() };
  }

  async refused({ signature }: Refusal): Promise<Verdict> {
    const renewed = await this.#value.renewed(signature['authorization'] ?? '');
    return renewed ? 'renewed' : 'wrong-credential';
  }
}
