/** Atoms that take a metric prefix (UCUM 2.1, tables 1 to 3), as imaging and medicine use them. */
const metric = new Set(
  `m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV pc kat U
  cal [iU] [IU] m[Hg] m[H2O] Np B B[V] B[SPL] bit By Bd Ci R RAD REM dyn erg P St G Mx Oe Gal kp eq osm cal_th
  [Cal] tex g% [mu_0] [eps_0] [c] [h] [k] [e] [m_e] [m_p] [G] [g] [ly] gf`.split(/\s+/u),
);

/** Atoms that take none. */
const plain = new Set(
  `10* 10^ % [ppth] [ppm] [ppb] [pptr] [pi] gon deg ' '' min h d a a_t a_j a_g wk mo mo_s mo_j mo_g AU atm
  [hnsf'U] [arb'U] [USP'U] [degF] [in_i] [ft_i] [yd_i] [mi_i] [lb_av] [oz_av] [HPF] [LPF] [pH] [diop]
  [ccid_50] [CFU] [PFU] [FFU] [anti'Xa'U] [todd'U] [knk'U] [GPL'U] [MPL'U] [APL'U] [bdsk'U] [kunk'U] [m/s2/Hz^0.5]
  [p'diop] %[slope] [mesh_i] [Ch] [drp] [car_m] [S] [Amb'a'1'U] [D'ag'U] [EID_50] [tcid_50]`.split(/\s+/u),
);

const prefixes = 'da Y Z E P T G M k h d c m u n p f a z y Ki Mi Gi Ti'.split(' ');

/**
 * True for a unit by the Unified Code for Units of Measure, case sensitive (c/s), of the atoms above:
 * `mL`, `g/cm3`, `kBq/mL`, `10*-3.mm2/s`, `[hnsf'U]`, `1`, `{ratio}`, `g{SUVbw}/mL`.
 */
export function isUcum(code: string): boolean {
  const rest = terms(code.startsWith('/') ? code.slice(1) : code);
  return code !== '' && rest === '';
}

/** What is left after the longest run of components joined by `.` and `/`; undefined where one is none. */
function terms(code: string): string | undefined {
  let rest = component(code);
  while (rest !== undefined && /^[./]/u.test(rest)) rest = component(rest.slice(1));
  return rest;
}

function component(code: string): string | undefined {
  if (code.startsWith('(')) {
    const rest = terms(code.slice(1));
    return rest?.startsWith(')') ? rest.slice(1) : undefined;
  }
  const annotation = /^\{[!-z|~]*\}/u.exec(code)?.[0];
  if (annotation !== undefined) return code.slice(annotation.length);
  // A unit ends before what joins it to the next; brackets may hold anything that is printed.
  const unit = /^(?:\[[!-Z\\^-~]*\]|10[*^]|[A-Za-z%'_])+/u.exec(code)?.[0] ?? /^\d+/u.exec(code)?.[0];
  if (unit === undefined || !isUnit(unit)) return undefined;
  const after = /^(?:[+-]?\d+)?(?:\{[!-z|~]*\})?/u.exec(code.slice(unit.length))?.[0] ?? '';
  return code.slice(unit.length + after.length);
}

function isUnit(unit: string): boolean {
  if (/^[1-9]\d*$/u.test(unit) || plain.has(unit) || metric.has(unit)) return true;
  return prefixes.some((prefix) => unit.startsWith(prefix) && metric.has(unit.slice(prefix.length)));
}
