import { describe, expect, it } from '@jest/globals';
import type { Findings } from '@prelector/findings';
import type { StudyStory } from '@prelector/ledger';
import { presentationOf, toldFindings } from './told-findings.js';

const thickness = { id: 'slice-thickness', statement: 'slice thickness 5 mm (validated at most 1.5 mm)' };
const findings: Findings = {
  version: 1,
  outcome: 'measured',
  summary: 'a mean of -868 HU',
  groups: [
    {
      key: 'lungs',
      label: 'Both lungs',
      measurements: [
        {
          key: 'mean',
          concept: { value: '112031', scheme: 'DCM', meaning: 'Attenuation Coefficient' },
          unit: { value: "[hnsf'U]", scheme: 'UCUM', meaning: 'Hounsfield unit' },
          value: -868.25,
          decimals: 0,
          valid: false,
          conditions: [{ ...thickness, state: 'not-met' }],
        },
      ],
    },
  ],
  series: [
    {
      seriesInstanceUid: '1.2',
      modality: 'CT',
      why: 'the only one, at -868 HU',
      instances: [{ sopClassUid: '1.2', sopInstanceUid: '1.3' }],
    },
  ],
  facts: [],
  notes: ['mean -868 HU'],
};

const storyOf = (purposes: (string | null)[], presentations: string[]) =>
  ({
    copies: purposes.map((purpose) => ({ purpose })),
    deliveries: presentations.map((presentation) => ({ presentation })),
  }) as unknown as StudyStory;

describe('findings as a person is told them', () => {
  it('hold no withheld number in any form, and the reason in its place', () => {
    const told = toldFindings(findings, 'withheld');
    expect(JSON.stringify(told)).not.toMatch(/868/u);
    expect(told.lines).toEqual([
      `Both lungs: Attenuation Coefficient: value withheld, NOT VALID: ${thickness.statement}`,
    ]);
    expect(told.groups[0]?.measurements[0]).toMatchObject({
      standing: 'withheld',
      reasons: [thickness.statement],
    });
  });

  it('show it with its reason where only tests look', () => {
    const told = toldFindings(findings, 'qualified');
    expect(told.groups[0]?.measurements[0]).toMatchObject({ standing: 'qualified', value: -868.25 });
    expect(told.lines[0]).toBe(
      `Both lungs: Attenuation Coefficient: -868 HU, NOT VALID: ${thickness.statement}`,
    );
  });

  it.each<[string, (string | null)[], string[]]>([
    ['qualified', ['test'], []],
    ['qualified', ['test', 'test'], ['qualified']],
    ['withheld', ['test'], ['qualified', 'withheld']],
    ['withheld', ['test', 'clinical'], []],
    ['withheld', ['clinical'], []],
    ['withheld', [null], []],
    ['withheld', [], []],
  ])('are %s for nodes of purpose %j and reports %j', (presentation, purposes, presentations) => {
    expect(presentationOf(storyOf(purposes, presentations))).toBe(presentation);
  });
});
