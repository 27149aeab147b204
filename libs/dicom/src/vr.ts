/** Value Representations of PS3.5 table 6.2-1 and how each is laid out. */

/** Bytes of one value of the numeric VRs. */
export const numberSizes: Readonly<Record<string, number>> = {
  US: 2,
  SS: 2,
  UL: 4,
  SL: 4,
  FL: 4,
  FD: 8,
  UV: 8,
  SV: 8,
  AT: 4,
};

/** Bytes of the word by whose order the other-VRs are swapped. */
export const wordSizes: Readonly<Record<string, number>> = {
  OB: 1,
  UN: 1,
  OW: 2,
  OL: 4,
  OF: 4,
  OD: 8,
  OV: 8,
};

const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);

const SHORT = new Set(
  ['AE', 'AS', 'AT', 'CS', 'DA', 'DS', 'DT', 'FD', 'FL', 'IS', 'LO', 'LT', 'PN', 'SH', 'SL', 'SS'].concat([
    'ST',
    'TM',
    'UI',
    'UL',
    'US',
  ]),
);

/** VRs whose text is a single value, in which a backslash is a character like others. */
export const singleTextVrs = new Set(['LT', 'ST', 'UT', 'UR']);

/** VRs whose text follows Specific Character Set (PS3.5 section 6.1.2.3). */
export const localTextVrs = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

/** VRs of text that is split at backslashes. */
export const multiTextVrs = new Set([
  'AE',
  'AS',
  'CS',
  'DA',
  'DS',
  'DT',
  'IS',
  'LO',
  'PN',
  'SH',
  'TM',
  'UC',
  'UI',
]);

/** True for a VR whose value is text. */
export function isTextVr(vr: string): boolean {
  return multiTextVrs.has(vr) || singleTextVrs.has(vr);
}

/** True for a VR that the standard defines. */
export function isVr(text: string): boolean {
  return LONG.has(text) || SHORT.has(text);
}

/** True when explicit encodings give the length of such a value in four bytes (PS3.5 section 7.1.2). */
export function hasLongLength(vr: string): boolean {
  return !SHORT.has(vr);
}
