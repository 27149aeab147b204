import type { DcmjsElement, DcmjsFile } from 'dcmjs';
import dcmjs from 'dcmjs';
import { simulatorError } from '../errors.js';
import type { JsonAttribute, JsonDataset } from './dataset.js';
import { textOf } from './dataset.js';
import { isUid } from './read-identifiers.js';

dcmjs.log.setLevel('silent');
dcmjs.log.getLogger('validation.dcmjs').setLevel('silent');

const INLINE_BYTES = 256;
const GROUP_LENGTH = /0000$/u;

/** What the simulator keeps of a DICOM file's header; bulk data are named, not kept. */
export interface FileHeader {
  readonly transferSyntaxUid: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** `BulkDataURI` holds the tag alone: where it lies depends on who asks. */
  readonly dataset: JsonDataset;
}

/** Reads a part-10 file (PS3.10) up to its pixel data. Throws `simulator.not-dicom`. */
export function readHeader(bytes: Buffer): FileHeader {
  if (bytes.length < 132 || bytes.toString('latin1', 128, 132) !== 'DICM')
    throw simulatorError('simulator.not-dicom', 'no DICM prefix');
  const { meta, dict } = parse(bytes);
  const dataset: Record<string, JsonAttribute> = {};
  for (const [tag, element] of Object.entries(dict)) {
    if (!GROUP_LENGTH.test(tag)) dataset[tag] = asJson(tag, element);
  }
  const transferSyntaxUid = (meta['00020010']?.Value as string[] | undefined)?.[0] ?? '';
  const header = {
    transferSyntaxUid,
    studyUid: textOf(dataset, '0020000D'),
    seriesUid: textOf(dataset, '0020000E'),
    sopClassUid: textOf(dataset, '00080016'),
    sopInstanceUid: textOf(dataset, '00080018'),
    dataset,
  };
  const uids = [header.studyUid, header.seriesUid, header.sopClassUid, header.sopInstanceUid];
  if (!uids.every((uid) => isUid(uid))) throw simulatorError('simulator.not-dicom', 'UIDs missing');
  return header;
}

function parse(bytes: Buffer): DcmjsFile {
  const own = new Uint8Array(bytes).buffer;
  try {
    return dcmjs.data.DicomMessage.readFile(own, { ignoreErrors: true, untilTag: '7FE00010' });
  } catch (cause) {
    throw simulatorError('simulator.not-dicom', undefined, { cause });
  }
}

function asJson(tag: string, element: DcmjsElement): JsonAttribute {
  if (tag === '7FE00010') return { vr: element.vr ?? 'OW', BulkDataURI: tag };
  const vr = element.vr ?? 'UN';
  const values = Array.isArray(element.Value) ? element.Value : [];
  const [first] = values as unknown[];
  if (vr === 'SQ') return values.length > 0 ? { vr, Value: values.map(item) } : { vr };
  if (first instanceof ArrayBuffer || ArrayBuffer.isView(first)) return binary(tag, vr, first);
  if (vr === 'AT') return { vr, Value: values.map((value) => hex(value)) };
  const stated = values.map((value: unknown) => (value === '' ? null : plain(value)));
  return stated.some((value) => value !== null && value !== undefined) ? { vr, Value: stated } : { vr };
}

function item(value: unknown): Record<string, JsonAttribute> {
  const elements = Object.entries(value as Record<string, DcmjsElement>);
  return Object.fromEntries(
    elements
      .filter(([tag, element]) => /^[0-9A-F]{8}$/iu.test(tag) && element?.vr !== undefined)
      .map(([tag, element]) => [tag, asJson(tag, element)]),
  );
}

function binary(tag: string, vr: string, bytes: ArrayBuffer | ArrayBufferView): JsonAttribute {
  if (bytes.byteLength === 0) return { vr };
  if (bytes.byteLength > INLINE_BYTES) return { vr, BulkDataURI: tag };
  const view = ArrayBuffer.isView(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.from(bytes);
  return { vr, InlineBinary: view.toString('base64') };
}

/** A person name, or anything else as JSON can hold it. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[\0 ]+$/u, '');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, group]) => typeof group === 'string' && group));
}

function hex(value: unknown): string {
  return typeof value === 'number' ? value.toString(16).padStart(8, '0').toUpperCase() : String(value);
}
