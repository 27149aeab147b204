import { z } from 'zod';

const FRAMING_HEADERS = /^(host|content-length|transfer-encoding|connection)$/iu;

/** Names of headers that hold secrets, which a profile would keep and show in clear. */
const CREDENTIAL_HEADERS = /key|token|secret|auth|cookie|passw/iu;

const isFreeOf = (pattern: RegExp) => (headers: Readonly<Record<string, string>>) =>
  !Object.keys(headers).some((name) => pattern.test(name));

/** Limits of time for one HTTP exchange, in milliseconds. */
const timeoutsSection = z.strictObject({
  connectMs: z.int().min(100).default(10_000).describe('To open the connection, TLS included.'),
  headersMs: z.int().min(100).default(60_000).describe('From the request sent to the first response header.'),
  idleBodyMs: z.int().min(100).default(120_000).describe('Between two pieces of a response body.'),
  totalMs: z.int().min(100).default(1_800_000).describe('The whole exchange, whatever its size.'),
});

/** How the server wants to be spoken to, before any DICOM (vendors.md 3.3). */
export const httpSection = z.strictObject({
  maxConcurrent: z.int().min(1).max(64).default(4).describe('Connections, hence requests, at a time.'),
  ratePerSecond: z.number().min(0).default(0).describe('Requests a second at most; 0 for no limit.'),
  extraHeaders: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/u), z.string().regex(/^[\x20-\x7e]*$/u))
    .refine(isFreeOf(FRAMING_HEADERS), { message: 'the host and the framing are not set by a profile' })
    .refine(isFreeOf(CREDENTIAL_HEADERS), {
      message:
        'a profile holds no credentials: put the key into the auth setting of the node, kind bearer, by reference (auth.tokenScheme raw of the profile sends it without the word Bearer)',
    })
    .default({})
    .describe(
      'Headers sent with every request; never credentials, which belong into the auth setting of the node.',
    ),
  redirects: z
    .enum(['never', 'configured-origins'])
    .default('never')
    .describe('Whether a GET follows a redirect, and then only to an origin among the node’s own roots.'),
  timeouts: timeoutsSection.prefault({}),
});

/** How credentials are carried and what a refusal means. */
export const authSection = z.strictObject({
  kinds: z
    .array(
      z.enum([
        'none',
        'basic',
        'bearer',
        'raw-api-key',
        'mutual-tls',
        'aws-sigv4',
        'cookie-session',
        'custom-header',
      ]),
    )
    .default([])
    .describe(
      'What the server is known to offer; empty when unknown. Information for the person who sets it up.',
    ),
  tokenScheme: z
    .enum(['Bearer', 'raw'])
    .default('Bearer')
    .describe(
      'How the token of `auth: {kind: bearer}` is sent. `raw`: the Authorization header holds it alone, as servers with API keys want it.',
    ),
  refreshOn: z
    .array(z.int().min(400).max(499))
    .default([401])
    .describe(
      'Statuses that refuse the credential: it is renewed, and the request sent once more where another is there.',
    ),
  forbiddenMayMeanMissing: z
    .boolean()
    .default(false)
    .describe('403 is also the answer for a resource that does not exist.'),
});

/** Short retries within one call, of GET only. Long ones belong to the ledger. */
export const retrySection = z.strictObject({
  attempts: z.int().min(1).max(6).default(3).describe('Tries in all, the first included.'),
  baseMs: z.int().min(1).default(250).describe('Upper bound of the first pause; it doubles, with jitter.'),
  capMs: z
    .int()
    .min(1)
    .default(5_000)
    .describe('Longest pause; a Retry-After beyond it ends the call instead.'),
  statuses: z
    .array(z.int().min(400).max(599))
    .default([408, 425, 429, 500, 502, 503, 504])
    .describe('Statuses worth another try.'),
});
