import { describe, expect, it } from '@jest/globals';
import type { StudyTraits } from './rule-applies.js';
import { whyNot } from './rule-applies.js';

const traits: StudyTraits = { modalities: ['CT'], studyDescription: 'Thorax nativ', procedureCodes: ['P1'] };
const conditions = { modalities: [], procedureCodes: [], studyDescription: [] };

describe('whyNot', () => {
  it('applies a rule without conditions to every study', () => {
    expect(whyNot(conditions, traits)).toBeUndefined();
  });

  it('says which condition does not hold and with what value', () => {
    expect(whyNot({ ...conditions, modalities: ['MR', 'PT'] }, traits)).toBe(
      'modality is CT, the rule wants MR or PT',
    );
    expect(whyNot({ ...conditions, procedureCodes: ['P2'] }, traits)).toMatch(/procedure code is P1/u);
    expect(whyNot({ ...conditions, studyDescription: ['abdomen*'] }, traits)).toMatch(/Study Description/u);
  });

  it('matches a Study Description without regard to case', () => {
    expect(
      whyNot({ ...conditions, modalities: ['CT'], studyDescription: ['chest*', 'THORAX*'] }, traits),
    ).toBeUndefined();
  });
});
