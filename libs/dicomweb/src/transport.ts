import type { Readable } from 'node:stream';
import { sha256, systemClock, type Clock } from '@prelector/kernel';
import { Agent, type Dispatcher } from 'undici';
import type { Addresses } from './addresses.js';
import type { Authenticator, Signature } from './authentication/authenticator.js';
import { anonymous } from './authentication/none.js';
import { dicomwebError } from './errors.js';
import { isConnectionLost, neverSent, transportFailure } from './failure.js';
import { gunzipped } from './gunzip.js';
import type { DicomWebClientOptions, Timeouts } from './options.js';
import { Pacer } from './pacer.js';
import { pause, pauseMs, retryAfterMs } from './pause.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes the body anew for each try. */
  readonly body?: () => Readable;
  /** SHA-256 of that body, for a signature that covers it. */
  readonly bodySha256?: () => string;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body has not been read. It must be read to the end or dropped by `discard`. */
export interface HttpAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Readable;
}

/** What a request came to, and what it bore where its answer came from; none at another origin than it was meant for. */
interface Exchange {
  readonly answer: HttpAnswer;
  readonly signature: Signature | undefined;
}

const MAX_REDIRECTS = 3;
const DISCARD_BYTES = 64 * 1024;
const FIELD_NAME = /^[a-z0-9-]+$/u;
const FIELD_VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/u;
/** Read ahead of the consumer: enough that the socket is not stopped and started for every piece. */
const READ_AHEAD = 1024 * 1024;

/**
 * HTTP to one PACS node over HTTP/1.1: credentials, one renewal where they are refused, short retries of
 * GET, redirects within the node's own origins. It knows no DICOM and turns no status into an error.
 */
export class Transport {
  readonly #options: DicomWebClientOptions;
  readonly #addresses: Addresses;
  readonly #authenticator: Authenticator;
  readonly #agent: Agent;
  readonly #timeouts: Timeouts;
  #serverVersion: string | undefined;
  readonly #clock: Clock;
  readonly #pacer: Pacer;

  constructor(options: DicomWebClientOptions, addresses: Addresses) {
    this.#options = options;
    this.#addresses = addresses;
    this.#authenticator = options.authenticator ?? anonymous;
    this.#clock = options.clock ?? systemClock;
    this.#timeouts = { ...options.profile.http.timeouts, ...options.timeouts };
    this.#pacer = new Pacer(options.profile.http.ratePerSecond);
    this.#agent = new Agent({
      connections: options.profile.http.maxConcurrent,
      pipelining: 1,
      allowH2: false,
      headersTimeout: this.#timeouts.headersMs,
      bodyTimeout: this.#timeouts.idleBodyMs,
      connect: { timeout: this.#timeouts.connectMs, ...tlsOf(options) },
    });
  }

  /** Sends a request and gives its answer, whatever the status; a GET is tried again where that may help. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { retry } = this.#options.profile;
    for (let attempt = 1; ; attempt += 1) {
      const last = request.method !== 'GET' || attempt >= retry.attempts;
      const answer = await this.#authorised(request).catch((error: unknown) => {
        if (last || !isConnectionLost(error)) throw transportFailure(error, 'request');
        return undefined;
      });
      if (answer && (last || !retry.statuses.includes(answer.status))) return answer;
      const asked = answer && retryAfterMs(answer, this.#clock);
      const ms = pauseMs(retry, attempt, asked);
      if (answer && ms === undefined) return answer;
      if (answer) await discard(answer);
      this.#options.log.debug('asking the PACS again', {
        status: answer?.status ?? 'connection lost',
        attempt,
      });
      await pause(ms ?? retry.capMs, request.signal).catch((error: unknown) => {
        throw transportFailure(error, 'request');
      });
    }
  }

  /** What the server last said of itself (Server, RFC 9110 section 10.2.4). */
  get serverVersion(): string | undefined {
    return this.#serverVersion;
  }

  /** Ends every connection at once; what is under way fails as aborted. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #authorised(request: HttpRequest): Promise<HttpAnswer> {
    const { answer, signature } = await this.#redirected(request);
    const { status } = answer;
    if (!signature || !this.#options.profile.auth.refreshOn.includes(status)) return answer;
    const challenge = answer.header('www-authenticate');
    const verdict = await neverSent(this.#authenticator.refused({ status, challenge, signature })).catch(
      async (error: unknown) => {
        await discard(answer);
        throw error;
      },
    );
    if (verdict === 'wrong-credential') return answer;
    await discard(answer);
    return (await this.#redirected(request)).answer;
  }

  async #redirected(request: HttpRequest): Promise<Exchange> {
    let url = request.url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const headers = this.#headers(request);
      const mine = url.origin === request.url.origin;
      const signature = mine ? await this.#signature(request, url, headers) : undefined;
      const answer = await this.#once(request, url, { ...headers, ...signature });
      if (answer.status < 300 || answer.status > 399 || answer.status === 304) return { answer, signature };
      const target = answer.header('location');
      await discard(answer);
      url = this.#checkedRedirect(request, url, target);
    }
    throw dicomwebError('dicomweb.redirect-refused', `more than ${MAX_REDIRECTS} in a row`);
  }

  #headers(request: HttpRequest): Record<string, string> {
    const extra = Object.entries(this.#options.profile.http.extraHeaders);
    return {
      'user-agent': 'prelector',
      ...Object.fromEntries(extra.map(([name, value]) => [name.toLowerCase(), value])),
      ...request.headers,
    };
  }

  async #signature(
    { method, bodySha256 }: HttpRequest,
    url: URL,
    headers: Readonly<Record<string, string>>,
  ): Promise<Signature> {
    const signable = { method, url, headers, bodySha256: bodySha256 ?? (() => sha256('')) };
    const signature = await neverSent(this.#authenticator.sign(signable));
    const isSafe = Object.entries(signature).every(
      ([name, value]) => FIELD_NAME.test(name) && FIELD_VALUE.test(value),
    );
    if (!isSafe) throw dicomwebError('dicomweb.configuration', 'the credential makes no HTTP header');
    return signature;
  }

  #checkedRedirect(request: HttpRequest, from: URL, target: string | undefined): URL {
    const allowed = this.#options.profile.http.redirects === 'configured-origins';
    const url = target !== undefined && URL.canParse(target, from.href) ? new URL(target, from) : undefined;
    if (!url || request.method !== 'GET' || !this.#addresses.owns(url))
      throw dicomwebError('dicomweb.redirect-refused');
    if (!allowed) throw dicomwebError('dicomweb.redirect-off');
    return url;
  }

  async #once(
    request: HttpRequest,
    url: URL,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    await this.#pacer.turn(request.signal);
    const total = AbortSignal.timeout(this.#timeouts.totalMs);
    const answer = await this.#agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers,
      body: request.body?.() ?? null,
      highWaterMark: READ_AHEAD,
      signal: request.signal ? AbortSignal.any([request.signal, total]) : total,
    });
    const answered = readable(answer);
    this.#serverVersion = answered
      .header('server')
      ?.replace(/[^\x20-\x7e]/gu, '')
      .slice(0, 100);
    return answered;
  }
}

function tlsOf({ tls }: DicomWebClientOptions) {
  if (!tls) return {};
  const { ca, ...rest } = tls;
  return { ...rest, ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }) };
}

function readable(answer: Dispatcher.ResponseData): HttpAnswer {
  const header = (name: string) => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  // A body that is dropped before it is read ends in an error that nobody waits for.
  answer.body.on('error', () => undefined);
  // We ask for no encoding; some servers compress all the same.
  const zipped = /^(x-)?gzip$/iu.test(header('content-encoding') ?? '');
  const body = zipped ? gunzipped(answer.body) : answer.body;
  return { status: answer.statusCode, header, body };
}

/** Reads a small rest so that the connection can be used again, or drops the connection. */
export async function discard(answer: HttpAnswer): Promise<void> {
  let seen = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      seen += chunk.length;
      if (seen > DISCARD_BYTES) break;
    }
  } catch {
    // An unwanted body that breaks off harms nobody.
  }
}
