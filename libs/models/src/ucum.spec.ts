import { describe, expect, it } from '@jest/globals';
import { isUcum } from './ucum.js';

describe('isUcum', () => {
  it.each([
    ...['mL', 'ml', 'L', '1', '%', 'mm', 'mm2', 'mm3', 'cm', 'um', 'g/mL', 'g/cm3', 'kg/m2', 'mg', 'ug/L'],
    ...[
      "[hnsf'U]",
      'deg',
      'ms',
      's',
      'min',
      'h',
      'd',
      'a',
      'mo',
      'mm[Hg]',
      'kPa',
      'Hz',
      'mGy',
      'mSv',
      'kV',
      'mA.s',
    ],
    ...[
      '{ratio}',
      '{counts}/s',
      'g{SUVbw}/mL',
      'kBq/mL',
      'MBq',
      '10*-3.mm2/s',
      '10*3/uL',
      'um2/s',
      '/min',
      'cm/s',
    ],
    ...[
      'mL/min/{1.73_m2}',
      'mL/(min.kg)',
      'm/s2',
      '[iU]/L',
      '[ppm]',
      '100',
      'Cel',
      '10*6',
      'T',
      'mT/m',
      'mmol/L',
    ],
  ])('knows %s', (code) => expect(isUcum(code)).toBe(true));

  it.each([
    ...[
      '',
      ' ',
      'mL ',
      'HU',
      'Hu',
      'furlong',
      'mmHg',
      'cc',
      'sec',
      'years',
      'pixels',
      'Percent',
      'mm^2',
      'mm²',
      'µm',
    ],
    ...['mL//s', 'mL/', '.mL', '(mL', 'mL)', '{', 'g{SUV', 'mm*mm', 'k%', 'mdeg]', '[hnsfU]', 'kkg', 'mm 2'],
  ])('does not take %j for a unit', (code) => expect(isUcum(code)).toBe(false));
});
