import { tagOf, type Dataset, type Element, type PersonNameValue } from '@prelector/dicom';
import { identityOfDataset, nameSpelling, type ImageIdentity } from '@prelector/findings';
import { canonicalJson, digestOf } from '@prelector/kernel';

import { copyAttribute } from './copy-attribute.js';
import { attributeWords, identifyingAttributes } from './identifying-attributes.js';

/**
 * What the header of one image states of who and what it is: each identifying attribute by its keyword, spelt so
 * that only padding, composition, width and case are no difference. What it leaves out or leaves empty is absent.
 */
export function imageIdentityOf(header: Dataset): ImageIdentity {
  const stated = Object.keys(identifyingAttributes).flatMap((keyword) => {
    const tag = tagOf(keyword);
    const element = header[tag];
    if (!element) return [];
    const { element: copied, unwritable } = copyAttribute(tag, element, 'one');
    // What no report can bear is compared as it stands.
    const text = copied ? spelling(copied) : unwritable && digestOf([unwritable, element.Value ?? null]);
    return text ? [[keyword, text] as const] : [];
  });
  return { ...identityOfDataset(header), stated: Object.fromEntries(stated) };
}

function spelling({ vr, Value: values = [] }: Element): string {
  const [value] = values;
  if (vr === 'PN') return nameText(value as PersonNameValue);
  if (typeof value !== 'string') return canonicalJson(value);
  const text = value.normalize('NFC').replace(/^ +/u, '');
  if (vr === 'CS') return text.toUpperCase();
  // A fraction of zeros says nothing (PS3.5 table 6.2-1).
  return vr === 'TM' ? text.replace(/\.0*$/u, '') : text;
}

function nameText(groups: PersonNameValue): string {
  const spelt = Object.entries(groups).flatMap(([group, text]) => {
    const components = String(text).split('^').map(nameSpelling).join('^').replace(/\^+$/u, '');
    return components === '' ? [] : [[group, components] as const];
  });
  return spelt.length === 0 ? '' : canonicalJson(Object.fromEntries(spelt));
}

/**
 * In which identifying attributes images differ, in words without a value: what is stated in two ways, and what only
 * some of them state. Undefined where all state the same.
 */
export function disagreementOf(images: readonly ImageIdentity[]): string | undefined {
  const differing: string[] = [];
  const incomplete: string[] = [];
  for (const keyword of Object.keys(identifyingAttributes)) {
    const values = new Set(images.map(({ stated }) => stated[keyword]));
    if (values.size < 2) continue;
    const words = attributeWords(tagOf(keyword));
    (values.size > 2 || !values.has(undefined) ? differing : incomplete).push(words);
  }
  const reasons = [
    ...(differing.length > 0 ? [`differs: ${differing.join(', ')}`] : []),
    ...(incomplete.length > 0 ? [`is stated by some images only: ${incomplete.join(', ')}`] : []),
  ];
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/** How much an image states, to be compared by `>`: attributes first, then the length of what they say. */
export function fullness({ stated }: ImageIdentity): number {
  const texts = Object.values(stated);
  return texts.length * 1e6 + texts.reduce((sum, text) => sum + text.length, 0);
}
