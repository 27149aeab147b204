import { Cursor } from './cursor.js';
import { isPrivate, keywordOf } from './dictionary.js';
import { dicomError, tagText } from './errors.js';
import { isVr } from './vr.js';

/** The two characters that are the VR of an explicit element which begins there. */
export function vrAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at + 4] as number, bytes[at + 5] as number);
}

/** True for a tag with which a data set, or the file meta information, can begin. */
export function isFirstTag(tag: string): boolean {
  const [group, element] = [Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)];
  if (group === 0) return false;
  if (element === 0) return group <= 0xff;
  // A private group begins with its creator (PS3.5 section 7.8.1).
  return keywordOf(tag) !== undefined || (isPrivate(tag) && element >= 0x10 && element <= 0xff);
}

/**
 * @throws `dicom.malformed` where the first element is none of a data set: it is in another byte order, or no
 *   data set at all.
 */
export function checkFirstElement(body: Uint8Array, littleEndian: boolean): void {
  if (body.length < 8) return;
  const cursor = new Cursor(body, littleEndian);
  const tag = cursor.readTag();
  if (isFirstTag(tag) || tag.startsWith('00')) return;
  const isWhole = isVr(vrAt(body, 0)) || cursor.uint32() <= cursor.remaining;
  if (isPrivate(tag) && isWhole) return;
  const turned = isFirstTag(new Cursor(body, !littleEndian).readTag());
  const problem = turned
    ? 'the data set is not in the byte order of its transfer syntax'
    : `a data set beginning with ${tagText(tag)}`;
  throw dicomError('dicom.malformed', problem);
}

/**
 * Whether the elements of a data set bear their VR: its first two show it where its transfer syntax is not
 * true, which happens where a file was converted by halves. A single element may lack its VR.
 */
export function isExplicit(body: Uint8Array, stated: boolean, littleEndian: boolean): boolean {
  if (body.length < 8) return stated;
  if (!stated) return isVr(vrAt(body, 0));
  // A VR that is new, or of two zeros, is none that is known, and one all the same.
  if (/^(?:[A-Z]{2}|\0\0)$/u.test(vrAt(body, 0))) return true;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const next = 8 + view.getUint32(4, littleEndian);
  return next + 8 > body.length || isVr(vrAt(body, next));
}
