import { isNativeError } from 'node:util/types';

/**
 * The last fence before the log: members that could name a patient or hold a secret lose their value here,
 * whoever logged them. It is a fence against mistakes, not a licence: nobody logs them on purpose.
 */
const FORBIDDEN =
  /^(patient.*|.*birth.*date|dob|accession.*|mrn|family(name)?|given(name)?|person.*name|sex|address|hl7|raw|body|payload|password|passphrase|secret|token|authorization|cookie|api-?key|(00100010|00100020|00100030|00080050))$/iu;
const IDENTITY_FREE = /^patient(row|identity)?(hmac|rowid)$|^accession(hmac|rowid)$/iu;
const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/giu;
const DEPTH = 5;
const TEXT = 2_000;

/** A copy of the fields of a log line that is safe to write. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (isNativeError(value)) return redactError(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH) return '[deep]';
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1);
  if (Array.isArray(value)) return value.slice(0, 100).map((inner) => redact(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      FORBIDDEN.test(key) && !IDENTITY_FREE.test(key) && inner !== undefined
        ? '[redacted]'
        : redact(inner, depth + 1),
    ]),
  );
}

/**
 * Name, code and place of an error. The message of an error that is not ours may quote what it failed on, so
 * only ours is kept.
 */
function redactError(error: Error): object {
  const code = 'code' in error ? { code: String(error.code) } : {};
  const ours = error.name === 'PrelectorError' ? { message: cleanText(error.message) } : {};
  const at = error.stack?.split('\n').filter((line) => /^\s+at /u.test(line));
  return { name: error.name, ...code, ...ours, at: at?.slice(0, 8).map((line) => line.trim()) };
}

function cleanText(text: string): string {
  const cut = text.length > TEXT ? `${text.slice(0, TEXT)}…` : text;
  return cut.replaceAll(CREDENTIALS, '$1[redacted]@');
}
