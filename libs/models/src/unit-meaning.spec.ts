import { describe, expect, it } from '@jest/globals';
import { contradictedMeaning } from './unit-meaning.js';

describe('contradictedMeaning', () => {
  it.each([
    ['L', 'milliliter', '`L` of UCUM is no milliliter, which is `mL`'],
    ['mL', 'litres', '`mL` of UCUM is no litres, which is `L`'],
    ['hu', 'Hounsfield unit', "`hu` of UCUM is no Hounsfield unit, which is `[hnsf'U]`"],
    ['hu', 'HU', "`hu` of UCUM is no HU, which is `[hnsf'U]`"],
    ['m', 'Millimetre', '`m` of UCUM is no Millimetre, which is `mm`'],
    ['cm', 'mm', '`cm` of UCUM is no mm, which is `mm`'],
    ['1', 'Percent', '`1` of UCUM is no Percent, which is `%`'],
  ])('names %s as %s', (value, meaning, said) => expect(contradictedMeaning(value, meaning)).toBe(said));

  it.each([
    ['mL', 'milliliter'],
    ['ml', 'Millilitres'],
    ['mL', 'mL'],
    ['l', ' liter '],
    ["[hnsf'U]", 'Hounsfield Units'],
    ['%', 'per cent'],
    ['s', 'seconds'],
    ['mm', 'millimetre'],
    ['mL{air}', 'milliliter'],
    ['g{SUVbw}/mL', 'standardised uptake value by body weight'],
    ['1', 'no units'],
    ['{ratio}', 'ratio'],
  ])('takes %s as %s', (value, meaning) => expect(contradictedMeaning(value, meaning)).toBeUndefined());
});
