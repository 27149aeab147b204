/** What units are called in English, by their code of UCUM (c/s); the first code is the one to state. */
const names: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['mL', 'ml'], ['milliliter']],
  [['L', 'l'], ['liter']],
  [['dL', 'dl'], ['deciliter']],
  [['uL', 'ul'], ['microliter']],
  [['m'], ['meter']],
  [['cm'], ['centimeter']],
  [['mm'], ['millimeter']],
  [['um'], ['micrometer', 'micron']],
  [['mm2'], ['square millimeter']],
  [['cm2'], ['square centimeter']],
  [['m2'], ['square meter']],
  [['mm3'], ['cubic millimeter']],
  [['cm3'], ['cubic centimeter']],
  [["[hnsf'U]"], ['hounsfield unit', 'hu']],
  [['%'], ['percent']],
  [['kg'], ['kilogram']],
  [['g'], ['gram']],
  [['mg'], ['milligram']],
  [['ug'], ['microgram']],
  [['s'], ['second']],
  [['ms'], ['millisecond']],
  [['min'], ['minute']],
  [['h'], ['hour']],
  [['d'], ['day']],
  [['a'], ['year']],
  [['deg'], ['degree', 'degree of arc']],
  [['Hz'], ['hertz']],
  [['Gy'], ['gray']],
  [['mGy'], ['milligray']],
  [['Sv'], ['sievert']],
  [['mSv'], ['millisievert']],
  [['Bq'], ['becquerel']],
  [['kBq'], ['kilobecquerel']],
  [['MBq'], ['megabecquerel']],
];

const codesByName = new Map(names.flatMap(([codes, words]) => words.map((word) => [word, codes] as const)));
const wordsByCode = new Map(names.flatMap(([codes, words]) => codes.map((code) => [code, words] as const)));

/**
 * Why a unit is not the one its meaning names, in words; undefined where it may be. Spellings of both sides of the
 * Atlantic and plurals are one; a meaning that is none of the usual names says nothing.
 */
export function contradictedMeaning(value: string, meaning: string): string | undefined {
  const word = plain(meaning);
  const codes =
    codesByName.get(word) ?? (wordsByCode.has(meaning.trim()) ? codesLike(meaning.trim()) : undefined);
  if (codes === undefined || codes.includes(bare(value))) return undefined;
  return `\`${value}\` of UCUM is no ${meaning.trim()}, which is \`${codes[0]}\``;
}

/** A meaning that is a code itself: `mL`. */
const codesLike = (code: string) => names.find(([codes]) => codes.includes(code))?.[0];

/** Without annotations, which change no unit (UCUM 2.4). */
const bare = (value: string) => value.replaceAll(/\{[^}]*\}/gu, '') || value;

function plain(meaning: string): string {
  return meaning
    .trim()
    .toLowerCase()
    .replaceAll(/\s+/gu, ' ')
    .replace('per cent', 'percent')
    .replaceAll(/(lit|met)re/gu, '$1er')
    .replaceAll(/gramme/gu, 'gram')
    .replace(/(?<=[a-z]{2})s$/u, '');
}
