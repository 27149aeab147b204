import { tagOf, vrOf } from '@prelector/dicom';

/** Numbers that a condition allows. */
interface Bounds {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly equals?: number | undefined;
}

/** VRs of numbers, and of texts (PS3.5 section 6.2). */
const vrs = {
  number: new Set(['DS', 'IS', 'US', 'SS', 'UL', 'SL', 'UV', 'SV', 'FL', 'FD']),
  text: new Set([
    ...['CS', 'LO', 'SH', 'LT', 'ST', 'UT', 'UC', 'AS', 'PN'],
    ...['AE', 'UI', 'UR', 'DA', 'TM', 'DT'],
  ]),
} as const;

/** Why no number can ever be within bounds, with the member that is wrong; undefined where one can. */
export function unmeetable({
  minimum,
  maximum,
  equals,
}: Bounds): { member: string; message: string } | undefined {
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    return {
      member: 'minimum',
      message: `${minimum} is more than the maximum ${maximum}: nothing is within them`,
    };
  }
  if (equals === undefined) return undefined;
  if (minimum !== undefined && equals < minimum) {
    return { member: 'equals', message: `${equals} is less than the minimum ${minimum}: nothing is both` };
  }
  return maximum !== undefined && equals > maximum
    ? { member: 'equals', message: `${equals} is more than the maximum ${maximum}: nothing is both` }
    : undefined;
}

/** Why the value of an attribute is none of a kind, by its VR (PS3.6), and what to state instead; undefined where it is. */
export function unreadableBy(keyword: string, kind: 'number' | 'text'): string | undefined {
  const vr = vrOf(tagOf(keyword));
  if (vrs[kind].has(vr)) return undefined;
  if (vrs.number.has(vr))
    return `\`${keyword}\` holds numbers (${vr}): state bounds or an order, no patterns of text`;
  if (vrs.text.has(vr))
    return `\`${keyword}\` holds text (${vr}): state patterns, no bounds and no order of numbers`;
  return `\`${keyword}\` holds neither numbers nor text (${vr})`;
}
