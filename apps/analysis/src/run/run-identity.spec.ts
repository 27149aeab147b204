import { describe, expect, it } from '@jest/globals';
import type { ImageIdentity } from '@prelector/findings';
import type { SeenIdentity } from '../runner/protocol.js';
import { identitySource } from './run-identity.js';

const base = { studyInstanceUid: '1.2', patientId: 'P1' };
const seen = (sopInstanceUid: string, identity: Partial<ImageIdentity>): SeenIdentity => ({
  sopInstanceUid,
  identity: { ...base, stated: {}, ...identity },
});
const short = seen('1.2.1', { sex: 'F', stated: { PatientSex: 'F' } });
const full = seen('1.2.2', {
  sex: 'F',
  birthDate: '19800101',
  stated: { PatientSex: 'F', PatientBirthDate: '19800101' },
});
const foreign = seen('1.2.3', {
  sex: 'M',
  birthDate: '19330303',
  stated: { PatientSex: 'M', PatientBirthDate: '19330303', StudyID: '1' },
});

describe('the image whose identity reports bear', () => {
  it.each([
    {
      what: 'nobody released anything',
      among: [short, full],
      released: undefined,
      is: full,
      why: 'which says most',
    },
    {
      what: 'all agree with what was released',
      among: [short, full],
      released: { ...base, sex: 'F' as const },
      is: full,
      why: 'which says most',
    },
    {
      what: 'another one says more and contradicts it',
      among: [foreign, short],
      released: { ...base, sex: 'F' as const },
      is: short,
      why: 'which agrees with the identity that was released',
    },
    {
      what: 'several agree and one contradicts it',
      among: [foreign, short, full],
      released: { ...base, sex: 'F' as const },
      is: full,
      why: 'which says most of those that agree with the identity that was released',
    },
    {
      what: 'none agrees',
      among: [short, full],
      released: { ...base, sex: 'M' as const },
      is: full,
      why: 'which says most',
    },
  ])('is chosen, and it is said by what, where $what', ({ among, released, is, why }) => {
    expect(identitySource(among, released)).toEqual({ ...is, why });
  });

  it('is none where no image stated any', () => {
    expect(identitySource([], base)).toBeUndefined();
  });
});
