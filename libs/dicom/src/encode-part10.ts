import type { Dataset, Element } from './dataset.js';
import { stringOf } from './dataset.js';
import { dicomError, tagText } from './errors.js';
import { encodeValue } from './encode-value.js';
import { tags } from './tags.js';
import { derivedUid } from './uid.js';
import { hasLongLength, isVr } from './vr.js';

const EXPLICIT_LE = '1.2.840.10008.1.2.1';
const MAX_SHORT = 0xfffe;
const MAX_LONG = 0xfffffffe;
const MAX_DEPTH = 64;
const UTF8 = 'ISO_IR 192';

/** Implementation Class UID and Version Name (PS3.10 section 7.1) of every file that Prelector writes. */
export const implementation = { classUid: derivedUid('prelector'), versionName: 'PRELECTOR' } as const;

/**
 * A data set as a DICOM file (PS3.10): Explicit VR Little Endian, text in UTF-8 (Specific Character Set is
 * set to ISO_IR 192), tags ascending, group lengths left out, sequences and items of defined length. The
 * same data set gives the same bytes.
 *
 * @throws `dicom.invalid-value` naming the tag, for each value that DICOM does not allow: nothing is cut
 *   off or changed in silence.
 */
export function encodePart10(dataset: Dataset): Uint8Array {
  const stray = Object.keys(dataset).find((tag) => tag.startsWith('0002'));
  if (stray !== undefined) throw invalid(stray, 'belongs to the file meta information, which is made here');
  const meta: Dataset = {
    [tags.FileMetaInformationVersion]: { vr: 'OB', bytes: Uint8Array.of(0, 1) },
    [tags.MediaStorageSOPClassUID]: { vr: 'UI', Value: [required(dataset, tags.SOPClassUID)] },
    [tags.MediaStorageSOPInstanceUID]: { vr: 'UI', Value: [required(dataset, tags.SOPInstanceUID)] },
    [tags.TransferSyntaxUID]: { vr: 'UI', Value: [EXPLICIT_LE] },
    [tags.ImplementationClassUID]: { vr: 'UI', Value: [implementation.classUid] },
    [tags.ImplementationVersionName]: { vr: 'SH', Value: [implementation.versionName] },
  };
  const metaChunks = encodeElements(meta, 0);
  const length = sizeOf(metaChunks);
  const lengthElement = encodeElement(tags.FileMetaInformationGroupLength, { vr: 'UL', Value: [length] }, 0);
  const prefix = new Uint8Array(132);
  prefix.set(Buffer.from('DICM', 'latin1'), 128);
  const body = { ...dataset, [tags.SpecificCharacterSet]: { vr: 'CS', Value: [UTF8] } };
  return concatenated([prefix, ...lengthElement, ...metaChunks, ...encodeElements(body, 0)]);
}

function required(dataset: Dataset, tag: string): string {
  const value = stringOf(dataset, tag);
  if (value === undefined) throw invalid(tag, 'is missing');
  return value;
}

function encodeElements(dataset: Dataset, depth: number): Uint8Array[] {
  if (depth > MAX_DEPTH) throw dicomError('dicom.too-large', 'sequences nested too deep');
  const chunks: Uint8Array[] = [];
  for (const tag of Object.keys(dataset).sort()) {
    if (isGroupLength(tag, depth) || (depth > 0 && tag === tags.SpecificCharacterSet)) continue;
    for (const chunk of encodeElement(tag, dataset[tag] as Element, depth)) chunks.push(chunk);
  }
  return chunks;
}

function isGroupLength(tag: string, depth: number): boolean {
  return tag.endsWith('0000') && (depth > 0 || tag !== tags.FileMetaInformationGroupLength);
}

function encodeElement(tag: string, element: Element, depth: number): Uint8Array[] {
  if (!/^[0-9A-F]{8}$/u.test(tag) || tag.startsWith('FFFE')) {
    throw dicomError('dicom.invalid-value', 'a key of a data set that is no tag');
  }
  if (!isVr(element.vr)) throw invalid(tag, 'has no known VR');
  const value = element.vr === 'SQ' ? encodeItems(tag, element, depth) : [encodeValue(tag, element)];
  return [header(tag, element.vr, sizeOf(value)), ...value];
}

function encodeItems(tag: string, element: Element, depth: number): Uint8Array[] {
  return (element.Value ?? []).flatMap((item) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) {
      throw invalid(tag, 'has an item that is no data set');
    }
    const chunks = encodeElements(item as Dataset, depth + 1);
    return [itemHeader(sizeOf(chunks)), ...chunks];
  });
}

function header(tag: string, vr: string, length: number): Uint8Array {
  const long = hasLongLength(vr);
  if (length > (long ? MAX_LONG : MAX_SHORT)) throw invalid(tag, `is longer than ${vr} allows`);
  const bytes = new Uint8Array(long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Number.parseInt(tag.slice(0, 4), 16), true);
  view.setUint16(2, Number.parseInt(tag.slice(4), 16), true);
  bytes[4] = vr.charCodeAt(0);
  bytes[5] = vr.charCodeAt(1);
  if (long) view.setUint32(8, length, true);
  else view.setUint16(6, length, true);
  return bytes;
}

function itemHeader(length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xfffe, true);
  view.setUint16(2, 0xe000, true);
  view.setUint32(4, length, true);
  return bytes;
}

function sizeOf(chunks: Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

function concatenated(chunks: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(sizeOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function invalid(tag: string, reason: string) {
  return dicomError('dicom.invalid-value', `${tagText(tag)} ${reason}`);
}
