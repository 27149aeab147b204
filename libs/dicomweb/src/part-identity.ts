import { isUid, readPart10, stringOf, tags } from '@prelector/dicom';
import { PrelectorError } from '@prelector/kernel';

/** What the first attributes of a part-10 file say it is; absent members could not be read cheaply. */
export interface PartIdentity {
  readonly sopClassUid?: string;
  readonly sopInstanceUid?: string;
  readonly studyInstanceUid?: string;
  readonly seriesInstanceUid?: string;
  readonly transferSyntaxUid?: string;
}

type Member = keyof PartIdentity;
type Found = { -readonly [M in Member]?: string };

const WANTED: Readonly<Record<number, Member>> = {
  0x00080016: 'sopClassUid',
  0x00080018: 'sopInstanceUid',
  0x0020000d: 'studyInstanceUid',
  0x0020000e: 'seriesInstanceUid',
};
/** The file meta information says the same of the instance (PS3.10 section 7.1). */
const WANTED_OF_META: Readonly<Record<number, Member>> = {
  0x00020002: 'sopClassUid',
  0x00020003: 'sopInstanceUid',
  0x00020010: 'transferSyntaxUid',
};
const LAST_WANTED = 0x0020000e;
const LONG_FORM = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
/** Twice what a UID may have: enough to tell that it is none. */
const LONGEST_READ = 128;
const UNDEFINED_LENGTH = 0xffffffff;
const IMPLICIT = '1.2.840.10008.1.2';
/** Deflated and big endian data sets are left to the full reader; the file meta information names them. */
const NOT_SCANNED = new Set(['1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.2']);
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const PREFIX_END = 132;

/**
 * The identifying UIDs of a part-10 file (PS3.10 section 7), so that each part of an answer can be checked as it
 * arrives without being decoded twice: only a file that is not what its beginning says is read as a whole.
 * Undefined when it is no DICOM file.
 */
export function partIdentity(bytes: Uint8Array): PartIdentity | undefined {
  const scanned = scannedIdentity(bytes);
  return isUid(scanned?.sopInstanceUid) ? scanned : (readIdentity(bytes) ?? scanned);
}

function readIdentity(bytes: Uint8Array): PartIdentity | undefined {
  try {
    const { dataset, transferSyntaxUid } = readPart10(bytes, { stopBeforePixelData: true });
    const found = {
      sopClassUid: stringOf(dataset, tags.SOPClassUID),
      sopInstanceUid: stringOf(dataset, tags.SOPInstanceUID),
      studyInstanceUid: stringOf(dataset, tags.StudyInstanceUID),
      seriesInstanceUid: stringOf(dataset, tags.SeriesInstanceUID),
      transferSyntaxUid,
    };
    return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  } catch (thrown) {
    if (thrown instanceof PrelectorError) return undefined;
    throw thrown;
  }
}

function scannedIdentity(bytes: Uint8Array): PartIdentity | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.toString('latin1', 128, PREFIX_END) !== 'DICM') return undefined;
  const meta: Found = {};
  const start = scan(
    buffer,
    PREFIX_END,
    false,
    { wanted: WANTED_OF_META, found: meta },
    (tag) => tag >>> 16 !== 2,
  );
  const { transferSyntaxUid } = meta;
  if (NOT_SCANNED.has(transferSyntaxUid ?? '')) return meta;
  const found: Found = transferSyntaxUid === undefined ? {} : { transferSyntaxUid };
  scan(buffer, start, transferSyntaxUid === IMPLICIT, { wanted: WANTED, found }, (tag) => tag > LAST_WANTED);
  return found;
}

interface Search {
  readonly wanted: Readonly<Record<number, Member>>;
  readonly found: Found;
}

/** Walks the elements from `start` until `stop` or the end; gives the position of the element that stopped it. */
function scan(
  buffer: Buffer,
  start: number,
  implicit: boolean,
  { wanted, found }: Search,
  stop: (tag: number) => boolean,
): number {
  let at = start;
  for (;;) {
    const element = elementAt(buffer, at, implicit);
    if (!element || stop(element.tag)) return at;
    const end = element.value + element.length;
    const member = wanted[element.tag];
    if (member && end <= buffer.length) {
      const readEnd = Math.min(end, element.value + LONGEST_READ);
      found[member] = buffer.toString('latin1', element.value, readEnd).replace(/^ +|[\0 ]+$/gu, '');
    }
    at = element.length === UNDEFINED_LENGTH ? skipItems(buffer, element.value, implicit) : end;
  }
}

interface ElementHead {
  readonly tag: number;
  readonly value: number;
  readonly length: number;
}

/** The head of the element at `at`; undefined where it no longer fits. */
function elementAt(buffer: Buffer, at: number, implicit: boolean): ElementHead | undefined {
  if (at + 8 > buffer.length) return undefined;
  const tag = buffer.readUInt16LE(at) * 0x10000 + buffer.readUInt16LE(at + 2);
  if (implicit || tag >= 0xfffe0000) return { tag, value: at + 8, length: buffer.readUInt32LE(at + 4) };
  if (!LONG_FORM.has(buffer.toString('latin1', at + 4, at + 6))) {
    return { tag, value: at + 8, length: buffer.readUInt16LE(at + 6) };
  }
  return at + 12 > buffer.length ? undefined : { tag, value: at + 12, length: buffer.readUInt32LE(at + 8) };
}

/** The end of a sequence of undefined length: over items and what is nested in them, by their lengths. */
function skipItems(buffer: Buffer, start: number, implicit: boolean): number {
  let at = start;
  for (let depth = 1; depth > 0;) {
    const element = elementAt(buffer, at, implicit);
    if (!element) return buffer.length;
    const opens = element.length === UNDEFINED_LENGTH;
    const closes = element.tag === SEQUENCE_END || element.tag === ITEM_END;
    depth += opens ? 1 : closes ? -1 : 0;
    at = opens ? element.value : element.value + element.length;
  }
  return at;
}
