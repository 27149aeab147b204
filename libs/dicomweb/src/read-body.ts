import { setImmediate } from 'node:timers/promises';
import { datasetFromJson, type Dataset } from '@prelector/dicom';
import { dicomwebError, type DicomWebErrorCode } from './errors.js';
import { transportFailure } from './failure.js';
import { parseMediaType } from './media-type.js';
import { parseJson } from './parse-json.js';
import type { HttpAnswer } from './transport.js';

/** Data sets that are read at a stretch: some milliseconds. */
const SLICE = 32;

/** How much an answer may hold. */
export interface DatasetBounds {
  readonly bytes: number;
  readonly datasets: number;
  /** What more data sets than that mean; `dicomweb.too-large` when absent. */
  readonly excess?: DicomWebErrorCode;
  /** Whether the server means no data sets by an answer without a body. */
  readonly emptyBodyIsEmpty: boolean;
}

/** The whole body of an answer, at most `limit` bytes. */
export async function readBody(answer: HttpAnswer, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > limit) throw dicomwebError('dicomweb.too-large', `an answer of more than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw transportFailure(error, 'body');
  }
  return Buffer.concat(chunks, length);
}

/**
 * The data sets of a DICOM JSON answer (PS3.18 Annex F). An empty list and an empty object are no data sets; a
 * single object is one. Whatever else stands in the list has no attributes. Whoever finds nothing answers 204 or an empty list (PS3.18 10.6.3): no body at all is an
 * answer that got lost on the way, unless the server is known to mean nothing by it.
 *
 * @throws `dicomweb.login-page` when a web page came, `dicomweb.empty-answer` when nothing did,
 * `dicomweb.malformed-answer` when it is no JSON, `dicomweb.too-large` or `bounds.excess` beyond the bounds
 */
export async function readDatasets(answer: HttpAnswer, bounds: DatasetBounds): Promise<Dataset[]> {
  const { type, parameters } = parseMediaType(answer.header('content-type'));
  const body = await readBody(answer, bounds.bytes);
  const text = decoderOf(parameters.get('charset'))
    .decode(body)
    .replace(/^\uFEFF/u, '')
    .trim();
  if (type === 'text/html' || /^<(!doctype html|html)/iu.test(text))
    throw dicomwebError('dicomweb.login-page');
  if (text === '') {
    if (bounds.emptyBodyIsEmpty) return [];
    throw dicomwebError('dicomweb.empty-answer');
  }
  const list = asList(parseJson(text));
  if (list.length > bounds.datasets) {
    throw dicomwebError(bounds.excess ?? 'dicomweb.too-large', `more than ${bounds.datasets} in one answer`);
  }
  return await datasetsOf(list);
}

/** JSON is UTF-8 (RFC 8259 section 8.1), unless a server says that its answer is written otherwise. */
function decoderOf(charset: string | undefined): { decode(bytes: Uint8Array): string } {
  try {
    return new TextDecoder(charset ?? 'utf-8');
  } catch {
    return new TextDecoder('utf-8');
  }
}

/** In slices, with a turn of the event loop between them: thousands of instances take seconds. */
async function datasetsOf(list: readonly unknown[]): Promise<Dataset[]> {
  const datasets: Dataset[] = [];
  for (const value of list) {
    if (datasets.length % SLICE === SLICE - 1) await setImmediate();
    datasets.push(isObject(value) ? datasetFromJson(value) : {});
  }
  return datasets;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

function asList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (value === null || typeof value !== 'object') {
    throw dicomwebError('dicomweb.malformed-answer', 'it is no list of data sets');
  }
  return Object.keys(value).length === 0 ? [] : [value];
}
