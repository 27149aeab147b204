type Quantity = 'length' | 'mass' | 'time' | 'amount';
const quantities: readonly Quantity[] = ['length', 'mass', 'time', 'amount'];

/** Atoms of UCUM that take a prefix, and those that take none: of which quantity, to which power. */
const metric: Readonly<Record<string, readonly [Quantity, number]>> = {
  m: ['length', 1],
  l: ['length', 3],
  L: ['length', 3],
  g: ['mass', 1],
  s: ['time', 1],
  mol: ['amount', 1],
};
const plain: Readonly<Record<string, readonly [Quantity, number]>> = {
  min: ['time', 1],
  h: ['time', 1],
  d: ['time', 1],
};
const PREFIX = /^(?:da|[YZEPTGMkhdcmunpf])(?=.)/u;

/**
 * The dimensions of a unit by the Unified Code for Units of Measure, without regard to factors and annotations:
 * `length3 mass-1 time-1` of `mL/min/g` and of `mL/(100.g.min)`, empty for `1`, `%` and `mL/mL`. Undefined for a unit of
 * another quantity than length, mass, time and amount of substance.
 */
export function dimensionsOf(code: string): string | undefined {
  const powers: Record<Quantity, number> = { length: 0, mass: 0, time: 0, amount: 0 };
  const signs = [1];
  let sign = 1;
  for (const token of code.replaceAll(/\{[^}]*\}/gu, '').match(/[./()]|[^./()]+/gu) ?? []) {
    const outer = signs.at(-1) ?? 1;
    if (token === '/' || token === '.') sign = token === '/' ? -outer : outer;
    else if (token === '(') signs.push(sign);
    else if (token === ')') signs.pop();
    else {
      const atom = atomOf(token);
      if (atom === undefined) return undefined;
      if (atom !== 'factor') powers[atom[0]] += sign * atom[1];
    }
  }
  return quantities.flatMap((each) => (powers[each] === 0 ? [] : [`${each}${powers[each]}`])).join(' ');
}

function atomOf(token: string): readonly [Quantity, number] | 'factor' | undefined {
  if (/^(?:10[*^].*|\d+|%)$/u.test(token)) return 'factor';
  const [, unit = '', power = '1'] = /^(\D+?)([+-]?\d+)?$/u.exec(token) ?? [];
  const [quantity, own] = plain[unit] ?? metric[unit] ?? metric[unit.replace(PREFIX, '')] ?? [];
  return quantity === undefined || own === undefined ? undefined : [quantity, own * Number(power)];
}
