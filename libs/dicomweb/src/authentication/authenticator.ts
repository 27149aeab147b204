/** A request as it is about to go out, for whoever signs it. */
export interface SignableRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query go out as they are spelt here. */
  readonly url: URL;
  /** All that we set, names in lower case; the connection adds Host and the framing. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body as it goes out, in lower-case hexadecimal; of none, that of no bytes. */
  readonly bodySha256: () => string;
}

/** Headers that say who we are, names in lower case. */
export type Signature = Readonly<Record<string, string>>;

/** An answer that refuses who we say we are. */
export interface Refusal {
  /** 401, or what else the profile counts as one (`auth.refreshOn`). */
  readonly status: number;
  /** WWW-Authenticate as it came (RFC 9110 section 11.6.1), several joined by commas. */
  readonly challenge: string | undefined;
  /** What the refused request bore. */
  readonly signature: Signature;
}

/**
 * What a refusal means: another credential, or another way to show it, is there now and the request may be sent once
 * more; or the credential is wrong.
 */
export type Verdict = 'renewed' | 'wrong-credential';

/**
 * Says to one PACS node who we are. Many requests are under way at a time: whatever has to be fetched or computed for
 * a renewal happens once for all of them (see `Held`). It is asked for requests to the node's own addresses alone.
 */
export interface Authenticator {
  /** Asked for each request, each repetition and each redirect anew. */
  sign(request: SignableRequest): Promise<Signature>;
  /** Asked once for a request that was refused, before it is given up. */
  refused(refusal: Refusal): Promise<Verdict>;
}
