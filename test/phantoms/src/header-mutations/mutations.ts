import { numberBytes, textBytes, type RawElement } from './raw-element.js';

/** What is done to one element: another one, or none. */
export interface Mutation {
  readonly name: string;
  readonly change: (element: RawElement) => RawElement | undefined;
}

const as = (
  name: string,
  vr: string | undefined,
  value: (text: string) => string | Uint8Array,
): Mutation => ({
  name,
  change: (element) => {
    const made = value(textOf(element));
    const bytes = typeof made === 'string' ? textBytes(made) : made;
    return { tag: element.tag, vr: vr ?? element.vr, value: bytes };
  },
});
const text = (name: string, value: (text: string) => string, vr?: string) => as(name, vr, value);
const numbersOf = (values: string) => values.split('\\').map(Number);
const each = (one: string) => (values: string) => values.replaceAll(/[^\\]+/gu, one);

/** The value of an element as text, which a Decimal String would hold. */
function textOf({ vr, value }: RawElement): string {
  if (!(value instanceof Uint8Array)) return '';
  const bytes = Buffer.from(value);
  if (vr !== 'US' && vr !== 'OW') return bytes.toString('latin1').trim();
  return Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16LE(index * 2)).join('\\');
}

const gone: readonly Mutation[] = [
  { name: 'absent', change: () => undefined },
  as('empty', undefined, () => new Uint8Array(0)),
  { name: 'an empty sequence', change: ({ tag }) => ({ tag, vr: 'SQ', value: [] }) },
  { name: 'a sequence', change: ({ tag }) => ({ tag, vr: 'SQ', value: [new Map()] }) },
  as('bytes', 'OB', (value) => textBytes(value)),
  text('UN', (value) => value, 'UN'),
];

/** One attribute of Decimal or Integer Strings, changed in each way in which senders and gateways do it. */
export const decimalMutations: readonly Mutation[] = [
  ...gone,
  text('a comma for a point', (value) => value.replaceAll(/(-?\d+)(?:\.(\d+))?/gu, '$1,0')),
  text('a word', each('one')),
  text('NaN', each('NaN')),
  text('infinity', each('Infinity')),
  text('hexadecimal', each('0x10')),
  text('zero', each('0')),
  text('huge', each('1e30')),
  text('beyond a double', each('1e999')),
  text('far below zero', each('-1e30')),
  text('its negative', (value) => value.replaceAll(/[^\\]+/gu, (one) => String(-Number(one)))),
  text('a value more', (value) => `${value}\\1`),
  text('a value less', (value) => value.split('\\').slice(0, -1).join('\\')),
  text('a blank value between', (value) => value.replace(/^[^\\]+/u, '')),
  text('padded', (value) => `  ${value}  `),
  text('another spelling', (value) => value.replaceAll(/[^\\]+/gu, (one) => Number(one).toExponential())),
  text('LO', (value) => value, 'LO'),
  text('UT', (value) => value, 'UT'),
  as('FD', 'FD', (value) => numberBytes('FD', numbersOf(value))),
  as('FD NaN', 'FD', () => numberBytes('FD', [Number.NaN])),
  as('US', 'US', () => numberBytes('US', [1])),
];

/** One attribute of a whole number in 16 bits. */
export const wordMutations: readonly Mutation[] = [
  ...gone,
  as('zero', undefined, () => numberBytes('US', [0])),
  as('one', undefined, () => numberBytes('US', [1])),
  as('seven', undefined, () => numberBytes('US', [7])),
  as('the largest', undefined, () => numberBytes('US', [0xffff])),
  as('two values', undefined, (value) => numberBytes('US', [...numbersOf(value), 5])),
  as('half a value', undefined, () => Uint8Array.of(1)),
  as('DS', 'DS', (value) => value),
  as('a word', 'LO', () => 'one'),
  as('UL', 'UL', (value) => numberBytes('UL', numbersOf(value))),
  as('SS below zero', 'SS', () => numberBytes('SS', [-2])),
];

/** One attribute of text set to other values. */
export function textMutations(...values: readonly string[]): readonly Mutation[] {
  return [
    ...gone.slice(0, 4),
    ...values.map((value) => text(value, () => value)),
    text('LO', (value) => value, 'LO'),
    text('UT', (value) => value, 'UT'),
  ];
}
