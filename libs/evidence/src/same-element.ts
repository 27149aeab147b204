import type { Dataset, Element, PersonNameValue, PixelData } from '@prelector/dicom';

const numeric = new Set(['DS', 'IS', 'FL', 'FD', 'SL', 'SS', 'UL', 'US', 'SV', 'UV']);

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

function plain(vr: string, value: unknown): unknown {
  if (isEmpty(value)) return '';
  if (numeric.has(vr)) return Number(value);
  if (typeof value !== 'string') return value;
  // Leading spaces count in UT, ST and LT only; trailing padding counts nowhere (PS3.5 6.2).
  return ['UT', 'ST', 'LT'].includes(vr) ? value.replace(/[\0 ]+$/u, '') : value.replace(/\0/gu, '').trim();
}

function sameName(a: unknown, b: unknown): boolean {
  const groups = (value: unknown): PersonNameValue =>
    typeof value === 'string' ? { Alphabetic: value } : (value as PersonNameValue);
  const [first, second] = [groups(a), groups(b)];
  return (['Alphabetic', 'Ideographic', 'Phonetic'] as const).every(
    // An empty trailing component says nothing: `Doe^Jane^^` is `Doe^Jane`.
    (group) => nameGroup(first[group]) === nameGroup(second[group]),
  );
}

function nameGroup(text: string | undefined): string {
  return (text ?? '')
    .split('^')
    .map((component) => component.trim())
    .join('^')
    .replace(/\^+$/u, '');
}

function sameItem(a: Dataset, b: Dataset): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((tag) => sameElement(a[tag], b[tag]));
}

function sameValue(vr: string, a: unknown, b: unknown): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (vr === 'SQ') return sameItem(a as Dataset, b as Dataset);
  return vr === 'PN' ? sameName(a, b) : plain(vr, a) === plain(vr, b);
}

function valuesOf(element: Element | undefined): unknown[] {
  const values = element?.Value ?? [];
  return values.every(isEmpty) ? [] : values;
}

/** Bytes of a binary value, whether they stand as bytes or inline; text otherwise has none. */
function bytesOf(element: Element | undefined): Uint8Array {
  if (element?.bytes) return element.bytes;
  return Buffer.from(element?.InlineBinary ?? '', 'base64');
}

/**
 * True when two elements say the same: padding and the spelling of numbers apart. An empty element equals
 * an absent one. A reference to bulk data says nothing and equals nothing.
 */
export function sameElement(a: Element | undefined, b: Element | undefined): boolean {
  if (a?.BulkDataURI !== undefined || b?.BulkDataURI !== undefined) return false;
  const [first, second] = [valuesOf(a), valuesOf(b)];
  const vr = a?.vr ?? b?.vr ?? 'UN';
  return (
    first.length === second.length &&
    first.every((value, index) => sameValue(vr, value, second[index])) &&
    Buffer.compare(bytesOf(a), bytesOf(b)) === 0
  );
}

/** True when two objects hold the same frames, stored in the same way: what was compressed anew proves nothing. */
export function sameFrames(a: PixelData | undefined, b: PixelData | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.encapsulated === b.encapsulated &&
    a.frames.length === b.frames.length &&
    a.frames.every((frame, index) => Buffer.compare(frame, b.frames[index] as Uint8Array) === 0)
  );
}
