import type { DcmjsElement, DcmjsFile } from 'dcmjs';
import dcmjs from 'dcmjs';
import { simulatorError } from '../errors.js';
import type { JsonAttribute, JsonDataset } from './dataset.js';
import { textOf } from './dataset.js';
import { topLevelElements } from './change-elements.js';
import { decodeExtended, personName } from './character-sets.js';
import { isUid } from './read-identifiers.js';

dcmjs.log.setLevel('silent');
dcmjs.log.getLogger('validation.dcmjs').setLevel('silent');

const INLINE_BYTES = 256;
const TEXT = new Set(['LO', 'PN', 'SH', 'UC']);
/** US or SS by Pixel Representation, which Implicit VR does not say; dcmjs takes them for US. */
const SIGNED_LIKE_PIXELS = ['00280106', '00280107', '00280120', '00280121'];
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
  const { empty, texts } = besideDcmjs(bytes, dict);
  for (const [tag, element] of Object.entries(dict)) {
    if (GROUP_LENGTH.test(tag)) continue;
    dataset[tag] = empty.has(tag) ? { vr: element.vr ?? 'UN' } : (texts.get(tag) ?? asJson(tag, element));
  }
  for (const tag of SIGNED_LIKE_PIXELS) dataset[tag] &&= signedLikePixels(dataset[tag], dataset);
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

/** What dcmjs gets wrong on the top level: numbers of no bytes, and text under several character sets. */
function besideDcmjs(bytes: Buffer, dict: DcmjsFile['dict']) {
  const empty = new Set<string>();
  const texts = new Map<string, JsonAttribute>();
  let sets: string[] = [];
  try {
    for (const { tag, value, end } of topLevelElements(bytes)) {
      const vr = dict[tag]?.vr ?? '';
      if (tag === '00080005')
        sets = bytes
          .toString('latin1', value, end)
          .split('\\')
          .map((set) => set.trim());
      if (value === end) empty.add(tag);
      else if (sets.length > 1 && TEXT.has(vr)) {
        const text = decodeExtended(sets, bytes.subarray(value, end));
        const values = text?.split('\\').map((each) => (vr === 'PN' ? personName(each) : each.trim()));
        if (values) texts.set(tag, { vr, Value: values });
      }
    }
  } catch {
    return { empty, texts };
  }
  return { empty, texts };
}

function signedLikePixels(read: JsonAttribute, dataset: JsonDataset): JsonAttribute {
  if (read.vr !== 'US' || textOf(dataset, '00280103') !== '1') return read;
  return { vr: 'SS', Value: (read.Value ?? []).map((value) => (Number(value) << 16) >> 16) };
}

function asJson(tag: string, element: DcmjsElement): JsonAttribute {
  if (tag === '7FE00010') return { vr: element.vr ?? 'OW', BulkDataURI: tag };
  const vr = element.vr ?? 'UN';
  const values = Array.isArray(element.Value) ? element.Value : [];
  const [first] = values as unknown[];
  if (vr === 'SQ') return values.length > 0 ? { vr, Value: values.map(item) } : { vr };
  if (first instanceof ArrayBuffer || ArrayBuffer.isView(first)) return binary(tag, vr, first);
  if (vr === 'AT') return { vr, Value: values.map((value) => hex(value)) };
  const stated = values.map((value: unknown) => (isBlank(value) ? null : plain(value)));
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

/** An empty text, or a person name without any. */
function isBlank(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((group) => typeof group === 'string' && group.trim() === '');
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
