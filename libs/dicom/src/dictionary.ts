import { dictionary } from 'dcmjs/dictionary';
import { dicomError, tagText } from './errors.js';
import { tags } from './tags.js';
import { isTextVr, numberSizes, singleTextVrs } from './vr.js';

interface Entry {
  readonly vr: string;
  readonly keyword: string;
}

const PLAIN_TAG = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/u;

/** What dcmjs writes in lower case depends on context; each stands for the VR that is most often right. */
const CONTEXT_VRS: Readonly<Record<string, string>> = { ox: 'OW', xs: 'US', lt: 'OW', up: 'UL' };

/** Elements of repeating groups (PS3.6, 50xx and 60xx) that occur in images. */
const REPEATING: Readonly<Record<string, string>> = {
  '0010': 'US',
  '0011': 'US',
  '0015': 'IS',
  '0022': 'LO',
  '0040': 'CS',
  '0045': 'LO',
  '0050': 'SS',
  '0051': 'US',
  '0100': 'US',
  '0102': 'US',
  '1301': 'IS',
  '1302': 'DS',
  '1303': 'DS',
  '1500': 'LO',
  '3000': 'OW',
};

const BINARY = new Set(['OB', 'OW', 'UN']);

const entries = new Map<string, Entry>();
const tagsByKeyword = new Map<string, string>(Object.entries(tags));

for (const [key, { vr, name }] of Object.entries(dictionary)) {
  const [, group, element] = PLAIN_TAG.exec(key) ?? [];
  if (group === undefined || element === undefined || vr === undefined || vr === 'na') continue;
  const keyword = name.replace(/^RETIRED_/u, '');
  entries.set(group + element, { vr, keyword });
  if (!tagsByKeyword.has(keyword)) tagsByKeyword.set(keyword, group + element);
}

/**
 * The tag of an attribute by its keyword (PS3.6), as eight upper-case hexadecimal digits.
 *
 * @throws `dicom.unknown-keyword` when the dictionary has no such keyword.
 */
export function tagOf(keyword: string): string {
  const tag = knownTagOf(keyword);
  if (tag === undefined) throw dicomError('dicom.unknown-keyword', keyword.slice(0, 64));
  return tag;
}

/** The tag of a keyword, or undefined where the dictionary has none. */
export function knownTagOf(keyword: string): string | undefined {
  return tagsByKeyword.get(keyword);
}

/** The keyword of a tag, or undefined for a private or unknown one. */
export function keywordOf(tag: string): string | undefined {
  return entries.get(tag)?.keyword;
}

/** The words of a keyword: `Rescale Slope` from `RescaleSlope`, `CT Exposure` from `CTExposure`. */
export function keywordWords(keyword: string): string {
  return keyword.replace(/([a-z0-9])([A-Z])/gu, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/gu, '$1 $2');
}

/** An attribute for people: `Rescale Slope (0028,1053)`. */
export function attributeName(tag: string): string {
  const keyword = keywordOf(tag);
  return keyword === undefined ? tagText(tag) : `${keywordWords(keyword)} ${tagText(tag)}`;
}

/** True when the dictionary leaves it to Pixel Representation whether a tag is US or SS. */
export function isUsOrSs(tag: string): boolean {
  return entries.get(tag)?.vr === 'xs';
}

/**
 * The VR of a tag by the dictionary (PS3.6): of those that depend on context `OW` or `US`; LO for a private
 * creator, UL for a group length, UN for what is not known.
 */
export function vrOf(tag: string): string {
  const vr = entries.get(tag)?.vr;
  if (vr !== undefined) return CONTEXT_VRS[vr] ?? vr;
  const element = tag.slice(4);
  if (element === '0000') return 'UL';
  if (isPrivate(tag)) return /^00[1-9A-F]/u.test(element) ? 'LO' : 'UN';
  if (/^(?:50|60)/u.test(tag)) return REPEATING[element] ?? 'UN';
  return 'UN';
}

/**
 * The VR by which a value is read that states another one: where text stands in place of other text, or of
 * numbers, the dictionary says how its values are divided (PixelSpacing as UT is two numbers); binary in place
 * of text is that text, as under UN. Everything else is read as it states.
 */
export function readableVr(tag: string, stated: string): string {
  const known = isPrivate(tag) ? 'UN' : vrOf(tag);
  if (known === stated) return stated;
  if (isTextVr(known) && (isTextVr(stated) || BINARY.has(stated))) return known;
  return singleTextVrs.has(stated) && numberSizes[known] !== undefined ? 'LO' : stated;
}

/** True for a tag of an odd group (PS3.5 section 7.8). */
export function isPrivate(tag: string): boolean {
  return (Number.parseInt(tag.slice(3, 4), 16) & 1) === 1;
}
