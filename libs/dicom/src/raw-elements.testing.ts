import { hasLongLength } from './vr.js';

/** Bytes of elements as a sender might write them, for tests of the reader. */
export interface RawElement {
  tag: string;
  vr: string;
  value: Uint8Array | 'undefined-length';
}

export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

export function bytesOf(...chunks: (Uint8Array | number[])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks.map((chunk) => Uint8Array.from(chunk))));
}

export function element(
  tag: string,
  vr: string,
  value: Uint8Array | number[] | 'undefined-length',
  syntax: { explicit?: boolean; littleEndian?: boolean } = {},
): Uint8Array {
  const { explicit = true, littleEndian = true } = syntax;
  const length = value === 'undefined-length' ? 0xffffffff : value.length;
  const long = explicit && hasLongLength(vr);
  const header = new Uint8Array(long ? 12 : 8);
  const view = new DataView(header.buffer);
  view.setUint16(0, Number.parseInt(tag.slice(0, 4), 16), littleEndian);
  view.setUint16(2, Number.parseInt(tag.slice(4), 16), littleEndian);
  if (explicit) header.set(ascii(vr), 4);
  if (long) view.setUint32(8, length, littleEndian);
  else if (explicit) view.setUint16(6, length, littleEndian);
  else view.setUint32(4, length, littleEndian);
  return value === 'undefined-length' ? header : bytesOf(header, value);
}

/** An item, a delimiter or a fragment: no VR in any syntax. */
export function item(tag: 'FFFEE000' | 'FFFEE00D' | 'FFFEE0DD', value: Uint8Array | 'undefined-length') {
  return element(tag, 'UN', value, { explicit: false });
}

/** A file with preamble and file meta information. */
export function file(transferSyntaxUid: string, ...body: Uint8Array[]): Uint8Array {
  const uid = transferSyntaxUid.length % 2 === 0 ? transferSyntaxUid : `${transferSyntaxUid}\0`;
  return bytesOf(new Uint8Array(128), ascii('DICM'), element('00020010', 'UI', ascii(uid)), ...body);
}
