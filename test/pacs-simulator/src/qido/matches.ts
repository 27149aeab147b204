import type { JsonDataset } from '../dicom/dataset.js';
import { textsOf } from '../dicom/dataset.js';
import { vrOf } from '../dicom/tags.js';
import type { QidoBehaviour } from '../behaviour/personality.js';
import type { Key } from './query.js';

/** Whether an attribute matches a key (PS3.4 C.2.2.2): any of its values, any of the key's. */
export function matches(dataset: JsonDataset, { path, values }: Key, qido: QidoBehaviour): boolean {
  const [tag = '', ...below] = path;
  if (below.length > 0) {
    const items = (dataset[tag]?.Value ?? []) as readonly JsonDataset[];
    return items.some((item) => matches(item, { path: below, values }, qido));
  }
  const vr = vrOf(tag);
  const asked = values.flatMap((value) => split(value, vr, qido));
  const stated = textsOf(dataset, tag);
  return asked.some((value) => value === '*' || stated.some((each) => matchesOne(each, value, vr, qido)));
}

function split(value: string, vr: string, { uidList, commaList }: QidoBehaviour): string[] {
  if (vr === 'UI') return uidList ? value.split(/[,\\]/u) : [value];
  return commaList && vr === 'CS' ? value.split(/[,\\]/u) : [value];
}

function matchesOne(
  stated: string,
  asked: string,
  vr: string,
  { dateRange, wildcard }: QidoBehaviour,
): boolean {
  if (vr === 'DA' || vr === 'TM') {
    if (dateRange === 'ignored') return true;
    return inRange(stated, asked);
  }
  const person = vr === 'PN';
  const [a, b] = person ? [nameOf(stated), nameOf(asked)] : [stated.trim(), asked.trim()];
  if (!wildcard || vr === 'UI' || !/[*?]/u.test(asked)) return a === b;
  const escaped = b.replaceAll(/[.+^${}()|[\]\\]/gu, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su').test(a);
}

/** A date or time within `a-b`, `a-`, `-b`, or equal to `a`; times at the precision that was asked. */
function inRange(stated: string, asked: string): boolean {
  if (stated === '') return false;
  if (!asked.includes('-')) return stated.startsWith(asked);
  const [from = '', to = ''] = asked.split('-', 2);
  return stated >= from && (to === '' || stated.slice(0, to.length) <= to);
}

/** Case and trailing empty components do not distinguish names. */
const nameOf = (name: string) => name.trim().toUpperCase().replace(/\^+$/u, '');
