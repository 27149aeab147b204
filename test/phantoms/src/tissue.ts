/** What a point of the phantom is made of. Numbers, because a study has tens of millions of points. */
export const tissue = {
  air: 0,
  fat: 1,
  muscle: 2,
  bone: 3,
  blood: 4,
  parenchyma: 5,
  emphysema: 6,
  bulla: 7,
  airway: 8,
  bowelGas: 9,
  tableShell: 10,
  tableFoam: 11,
} as const;

/** Attenuation of each tissue in HU, by its number; that of parenchyma is its mean. */
export const attenuation: readonly number[] = [
  -1000, -100, 45, 400, 45, -885, -995, -1000, -1000, -1000, 150, -930,
];

/** Blood with a contrast agent in it, HU. */
export const ENHANCED_BLOOD = 250;

/** True for what counts as lung in the truth: everything within the pleura but the airways. */
export function isLung(kind: number): boolean {
  return kind >= tissue.parenchyma && kind <= tissue.bulla;
}
