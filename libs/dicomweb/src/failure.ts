import { PrelectorError } from '@prelector/kernel';
import { dicomwebError, type DicomWebErrorCode } from './errors.js';

const TIMEOUTS = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
const ABORTED = new Set(['UND_ERR_ABORTED', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'ABORT_ERR']);
const CUT_OFF = new Set(['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** The connection never stood, so nothing can have been sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TLS =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/u;
const MALFORMED = /^(HPE_|UND_ERR_HEADERS_OVERFLOW|Z_)/u;

/** Where an exchange stood when it failed: before the first response header, or in the body. */
export type Stage = 'request' | 'body';

/** The typed error of a failure below HTTP: connection, TLS, time, or a body that broke off. */
export function transportFailure(thrown: unknown, stage: Stage): PrelectorError {
  if (thrown instanceof PrelectorError) return thrown;
  const code = codeOf(thrown);
  // The parser's own error carries the bytes it could not read, which may name a patient.
  const cause = isParserError(thrown) ? new Error(thrown.message) : thrown;
  return dicomwebError(meaningOf(thrown, code, stage), code || undefined, { cause });
}

function isParserError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'HTTPParserError';
}

function meaningOf(thrown: unknown, code: string, stage: Stage): DicomWebErrorCode {
  // By name and not by class: an abort reason may come from another realm.
  const name = thrown !== null && typeof thrown === 'object' ? (thrown as { name?: unknown }).name : '';
  if (name === 'TimeoutError' || TIMEOUTS.has(code)) return 'dicomweb.timeout';
  if (name === 'AbortError' || ABORTED.has(code)) return 'dicomweb.aborted';
  if (TLS.test(code)) return 'dicomweb.tls';
  if (stage === 'body' && (CUT_OFF.has(code) || endedInChunks(thrown))) return 'dicomweb.cut-off';
  return name === 'HTTPParserError' || MALFORMED.test(code)
    ? 'dicomweb.malformed-answer'
    : 'dicomweb.unreachable';
}

/**
 * How undici tells of a chunked body that ends before its last chunk on a connection that the server meant to
 * close (`Connection: close`, as Orthanc does): an error of its parser, without a code.
 */
function endedInChunks(thrown: unknown): boolean {
  const message = (thrown as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' && message.includes('Invalid EOF state');
}

function codeOf(thrown: unknown): string {
  if (thrown === null || typeof thrown !== 'object') return '';
  if (thrown instanceof PrelectorError) return codeOf(thrown.cause);
  const { code, cause } = thrown as { code?: unknown; cause?: unknown };
  return typeof code === 'string' ? code : codeOf(cause);
}

const unsent = new WeakSet<Error>();

/** Waits for what a request needs before it is sent: where that fails, nothing was sent. */
export async function neverSent<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const error = transportFailure(thrown, 'request');
    unsent.add(error);
    throw error;
  }
}

/** True when a failed request cannot have reached the server, whatever it was. */
export function wasNeverSent(thrown: unknown): boolean {
  if (thrown instanceof Error && unsent.has(thrown)) return true;
  const code = codeOf(thrown);
  return NOT_CONNECTED.has(code) || TLS.test(code);
}

/** The connection ended before an answer began: for a GET safe to try again, for a POST not to know. */
export function isConnectionLost(thrown: unknown): boolean {
  return CUT_OFF.has(codeOf(thrown));
}

const STATUS_CODES: Readonly<Record<number, DicomWebErrorCode>> = {
  204: 'dicomweb.not-found',
  401: 'dicomweb.unauthorised',
  403: 'dicomweb.forbidden',
  404: 'dicomweb.not-found',
  406: 'dicomweb.not-acceptable',
  408: 'dicomweb.timeout',
  410: 'dicomweb.gone',
  413: 'dicomweb.too-large',
  415: 'dicomweb.media-type-refused',
  425: 'dicomweb.busy',
  429: 'dicomweb.busy',
  501: 'dicomweb.not-implemented',
  503: 'dicomweb.busy',
  504: 'dicomweb.timeout',
};

/** The typed error of an HTTP status that is no success. */
export function statusFailure(status: number, detail = ''): PrelectorError {
  const otherwise =
    status >= 500
      ? 'dicomweb.server-error'
      : status >= 400
        ? 'dicomweb.refused'
        : 'dicomweb.malformed-answer';
  return dicomwebError(STATUS_CODES[status] ?? otherwise, `HTTP ${status}${detail}`);
}
