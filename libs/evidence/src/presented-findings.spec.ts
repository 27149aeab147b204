import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { findingsOf, measurementsOf, given } from './evidence-input.testing.js';
import { measurementLines } from './measurement-line.js';
import { unitWord, valueText } from './measurement-words.js';
import { presentFindings } from './presented-findings.js';
import { redactStatement, redactWithheld } from './redact-withheld.js';

const [volume] = measurementsOf(true);

describe('the presentation of measurements', () => {
  it('shows a valid one alike in both presentations', () => {
    const findings = findingsOf();
    expect(presentFindings(findings, 'withheld')).toEqual(presentFindings(findings, 'qualified'));
    expect(presentFindings(findings, 'withheld').summary).toEqual([findings.summary]);
  });

  it('qualifies with every condition that was not met, the unknown included', () => {
    const { groups, summary } = presentFindings(findingsOf({ valid: false }), 'qualified');
    const lines = groups.flatMap(measurementLines);
    expect(lines[0]).toBe(
      'Both lungs: Volume (Sum of segmented voxel method for volume): 5123 mL (all conditions met)',
    );
    expect(lines[3]).toBe(
      'Both lungs: Low attenuation area below -950 HU: 7.33 %, NOT VALID: slice thickness 5 mm (validated at most 1.5 mm); kernel not stated (validated for soft kernels)',
    );
    expect(summary[0]).toMatch(/^3 of 4 measurements NOT VALID/u);
  });

  it('shows a number without declared conditions, and never says that they were met', () => {
    const findings = findingsOf();
    const [group] = findings.groups;
    for (const valid of [null, true]) {
      const measurements = [{ ...given(volume), valid, conditions: [] }];
      const presented = presentFindings(
        { ...findings, groups: [{ ...given(group), measurements }] },
        'withheld',
      );
      expect(presented.summary[0]).toMatch(/^No conditions of validity are declared/u);
      expect(measurementLines(given(presented.groups[0]))[0]).toBe(
        'Both lungs: Volume (Sum of segmented voxel method for volume): 5123 mL (no conditions of validity declared)',
      );
    }
  });

  it('never calls a measurement valid that states no reason for being invalid', () => {
    const findings = findingsOf();
    const [group] = findings.groups;
    const measurements = [{ ...given(volume), valid: false, conditions: [] }];
    const presented = presentFindings(
      { ...findings, groups: [{ ...given(group), measurements }] },
      'qualified',
    );
    expect(measurementLines(given(presented.groups[0]))[0]).toMatch(/NOT VALID: made outside/u);
  });

  it('leaves no withheld value in any text, at whatever precision a package wrote it', () => {
    const findings = findingsOf({ valid: false });
    const [group] = findings.groups;
    fc.assert(
      fc.property(
        fc.double({ min: -2000, max: 20_000, noNaN: true }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(...measurementsOf(false).slice(1)),
        (value, decimals, chosen) => {
          const unit = unitWord(chosen.unit);
          const sentence = `found ${value.toFixed(decimals)} ${unit} where 1000000 ${unit} is the most`;
          const measurement = {
            ...chosen,
            value,
            conditions: [{ id: 'range', state: 'not-met' as const, statement: sentence }],
          };
          const presented = presentFindings(
            {
              ...findings,
              summary: sentence,
              notes: [sentence],
              groups: [{ ...given(group), measurements: [measurement] }],
            },
            'withheld',
          );
          const texts = [
            ...presented.notes,
            ...presented.conditions.map(({ statement }) => statement),
            ...presented.groups.flatMap(measurementLines),
          ];
          for (const text of texts) {
            expect(text).toMatch(/found -?\[withheld\] /u);
            expect(text).toContain(`1000000 ${unit}`);
          }
          expect(presented.summary.join(' ')).not.toContain('found');
        },
      ),
    );
  });

  it('finds a withheld number in the statement of a condition also where it has no unit', () => {
    const hidden = [{ ...given(volume), value: 27135.711 }];
    expect(redactStatement('lung volume once more 27135.711 (validated at most 0.001)', hidden)).toBe(
      'lung volume once more [withheld] (validated at most 0.001)',
    );
    expect(redactStatement('both 27,136 and -27136 (validated 0)', hidden)).toBe(
      'both [withheld] and -[withheld] (validated 0)',
    );
    expect(redactStatement('touching 0 and 12 (validated 0)', [{ ...given(volume), value: 12.3 }])).toBe(
      'touching 0 and 12 (validated 0)',
    );
    expect(
      redactStatement('slice thickness 912 mm (validated at most 1.5 mm)', [
        { ...given(volume), value: 912 },
      ]),
    ).toBe('slice thickness 912 mm (validated at most 1.5 mm)');
  });

  it('keeps the limits and acquisition values of a sentence', () => {
    const hidden = [{ ...given(volume), value: 912.4 }];
    expect(redactWithheld('lung volume 912 mL (validated 1000 to 12000 mL)', hidden)).toBe(
      'lung volume [withheld] mL (validated 1000 to 12000 mL)',
    );
    expect(redactWithheld('slice thickness 912 mm', hidden)).toBe('slice thickness 912 mm');
    expect(redactWithheld('volume 5,123.4 mL', [given(volume)])).toBe('volume [withheld] mL');
  });
});

describe('the text of a value', () => {
  it('has the declared decimals and fits a DS', () => {
    const text = (value: number, decimals: number): string =>
      valueText({ ...given(volume), value, decimals });
    expect(text(7.3333, 2)).toBe('7.33');
    expect(text(-0.001, 2)).toBe('0.00');
    expect(text(1e-9 / 3, 6)).toBe('0.000000');
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 0, max: 6 }),
        (value, decimals) => {
          const written = text(value, decimals);
          expect(written.length).toBeLessThanOrEqual(16);
          expect(Math.abs(Number(written) - value)).toBeLessThanOrEqual(
            0.5 * 10 ** -decimals + Math.abs(value) * 1e-8,
          );
        },
      ),
    );
  });
});
