/** What a number measures, by its unit: the units of UCUM with their size, and between what any number of it lies. */
interface Kind {
  readonly name: string;
  /** By unit: so many of the first one. */
  readonly units: Readonly<Record<string, number>>;
  /** In the first unit; nothing of the body is outside. */
  readonly least: number;
  readonly most: number;
  /** A difference of two may be less than nothing, where a condition says so. */
  readonly mayBeSigned?: true;
}

const volume: Kind = {
  name: 'volume',
  units: {
    mL: 1,
    ml: 1,
    L: 1e3,
    l: 1e3,
    dL: 1e2,
    dl: 1e2,
    cL: 10,
    cl: 10,
    uL: 1e-3,
    ul: 1e-3,
    nL: 1e-6,
    nl: 1e-6,
    m3: 1e6,
    dm3: 1e3,
    cm3: 1,
    mm3: 1e-3,
    um3: 1e-12,
  },
  least: 0,
  most: 1e6,
};
const area: Kind = {
  name: 'area',
  units: { mm2: 1, cm2: 1e2, dm2: 1e4, m2: 1e6, um2: 1e-6 },
  least: 0,
  most: 1e8,
};
const length: Kind = {
  name: 'length',
  units: { mm: 1, cm: 10, dm: 1e2, m: 1e3, um: 1e-3, nm: 1e-6 },
  least: 0,
  most: 1e4,
  mayBeSigned: true,
};
/** By the widest range that scanners write, 16 bits of extended CT numbers included. */
const hounsfield: Kind = { name: 'attenuation in HU', units: { "[hnsf'U]": 1 }, least: -4096, most: 65_535 };
const percentage: Kind = { name: 'percentage', units: { '%': 1 }, least: 0, most: 1e6, mayBeSigned: true };

const kinds = [volume, area, length, hounsfield, percentage];

/** Units that a coded concept of our list can be in (PS3.16, by scheme and value). */
const unitsOfConcept: Readonly<Record<string, { readonly what: string; readonly units: readonly string[] }>> =
  {
    'SCT 118565006': { what: 'a volume', units: Object.keys(volume.units) },
    'SCT 42798000': { what: 'an area', units: Object.keys(area.units) },
    'SCT 103339001': { what: 'a length', units: Object.keys(length.units) },
    'SCT 103340004': { what: 'a length', units: Object.keys(length.units) },
    'DCM 112031': { what: 'an attenuation', units: ["[hnsf'U]", '/cm', 'cm-1', '/mm', 'mm-1', '/m', 'm-1'] },
    'DCM 122157': { what: 'a probability', units: ['1', '%'] },
    'DCM 111047': { what: 'a probability', units: ['1', '%'] },
    'DCM 111012': { what: 'a certainty', units: ['1', '%'] },
  };

interface Coded {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

/** Without annotations, which change no unit (UCUM 2.4). */
const bare = ({ value }: Coded) => value.replaceAll(/\{[^}]*\}/gu, '') || '1';

/** Why a concept cannot be measured in a unit, with those in which it can; undefined where it can, or nobody knows. */
export function contradictedUnit(concept: Coded, unit: Coded): string | undefined {
  const known = unitsOfConcept[`${concept.scheme} ${concept.value}`];
  if (known === undefined || known.units.includes(bare(unit))) return undefined;
  return `${concept.meaning} is ${known.what}, and \`${unit.value}\` is no unit of one: state one of ${known.units.join(', ')}`;
}

/**
 * Why a number is none that its unit can have in a body, in words without the number; undefined where it may be.
 * `signed`: the package says of itself that it may be below zero.
 */
export function impossibleMeasurement(value: number, unit: Coded, signed: boolean): string | undefined {
  const kind = kinds.find(({ units }) => units[bare(unit)] !== undefined);
  if (kind === undefined) return undefined;
  const number = value * (kind.units[bare(unit)] as number);
  const least = signed && kind.mayBeSigned ? -kind.most : kind.least;
  if (number < least)
    return least === 0 ? `below zero, which no ${kind.name} is` : `less than any ${kind.name}`;
  return number > kind.most ? `more than any ${kind.name} of a body` : undefined;
}
