import { tagOf } from '@prelector/dicom';

/** An element as bytes, so that one can be written that no careful writer would write. */
export interface RawElement {
  readonly tag: string;
  readonly vr: string;
  readonly value: Uint8Array | readonly RawItem[];
}

/** The elements of a data set or of an item of a sequence, by tag. */
export type RawItem = ReadonlyMap<string, RawElement>;

const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT', 'UC']);

export const textBytes = (text: string, pad = ' '): Uint8Array =>
  new Uint8Array(Buffer.from(text.length % 2 === 0 ? text : text + pad, 'latin1'));

/** An element by keyword, from text (values joined by a backslash), numbers or bytes. */
export function raw(keyword: string, vr: string, value: string | readonly number[] | Uint8Array): RawElement {
  const tag = tagOf(keyword);
  if (typeof value === 'string') return { tag, vr, value: textBytes(value, vr === 'UI' ? '\0' : ' ') };
  return { tag, vr, value: value instanceof Uint8Array ? value : numberBytes(vr, value) };
}

export const rawSequence = (keyword: string, ...items: RawItem[]): RawElement => ({
  tag: tagOf(keyword),
  vr: 'SQ',
  value: items,
});

export const itemOf = (...elements: RawElement[]): RawItem =>
  new Map(elements.map((element) => [element.tag, element]));

/** Numbers as the VR writes them, little endian (PS3.5 table 6.2-1). */
export function numberBytes(vr: string, values: readonly number[]): Uint8Array {
  const arrays: Readonly<Record<string, { from(values: readonly number[]): ArrayBufferView }>> = {
    US: Uint16Array,
    SS: Int16Array,
    UL: Uint32Array,
    SL: Int32Array,
    FL: Float32Array,
    FD: Float64Array,
    OW: Uint16Array,
  };
  const view = (arrays[vr] ?? Uint16Array).from(values);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A data set in explicit VR little endian, its elements in the order of their tags (PS3.5 section 7.1). */
export function rawBytes(item: RawItem): Buffer {
  const elements = [...item.values()].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  return Buffer.concat(elements.map(elementBytes));
}

function elementBytes({ tag, vr, value }: RawElement): Buffer {
  const body = value instanceof Uint8Array ? value : Buffer.concat(value.map(itemBytes));
  const long = LONG.has(vr);
  const header = Buffer.alloc(long ? 12 : 8);
  writeTag(header, tag);
  header.write(vr, 4, 'latin1');
  if (long) header.writeUInt32LE(body.length, 8);
  else header.writeUInt16LE(body.length, 6);
  return Buffer.concat([header, body]);
}

function itemBytes(item: RawItem): Buffer {
  const body = rawBytes(item);
  const header = Buffer.alloc(8);
  writeTag(header, 'FFFEE000');
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body]);
}

function writeTag(into: Buffer, tag: string): void {
  into.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  into.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
}

/** A part-10 file in explicit VR little endian (PS3.10 section 7.1). */
export function rawFile(item: RawItem, sopClassUid: string, sopInstanceUid: string): Buffer {
  const meta = rawBytes(
    itemOf(
      raw('FileMetaInformationVersion', 'OB', Uint8Array.of(0, 1)),
      raw('MediaStorageSOPClassUID', 'UI', sopClassUid),
      raw('MediaStorageSOPInstanceUID', 'UI', sopInstanceUid),
      raw('TransferSyntaxUID', 'UI', '1.2.840.10008.1.2.1'),
      raw('ImplementationClassUID', 'UI', '2.25.1'),
    ),
  );
  const length = rawBytes(itemOf(raw('FileMetaInformationGroupLength', 'UL', [meta.length])));
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, rawBytes(item)]);
}
