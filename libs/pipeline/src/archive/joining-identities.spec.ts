import { describe, expect, it } from '@jest/globals';
import { joiningIdentities } from './archive-view.js';

const image = { patientId: 'P1', accessionNumber: 'X1', birthDate: '19600102' };
const numbersOf = (...all: Parameters<typeof joiningIdentities>) =>
  joiningIdentities(...all).map(({ identity, isListed }) => [
    identity.patientId,
    identity.accessionNumber,
    isListed,
  ]);

describe('joiningIdentities', () => {
  it('are what the image states where the search states the same, or nothing', () => {
    expect(numbersOf(image, [image])).toEqual([['P1', 'X1', false]]);
    expect(numbersOf({}, [image])).toEqual([['P1', 'X1', false]]);
  });

  it.each([
    ['Ł29', 'L29'],
    ['Ł29', '29'],
    ['Ж29', '??29'],
    ['Ж29', 'Zh29'],
    ['Ж29', '\\u041629'],
    ['Ä29', '-A29'],
    ['本29', 'K¥29'],
    ['P‾29', 'P~29'],
    ['P~29', 'P‾29'],
    ['P29', 'P\ufffd'],
    ['Ж29', 'QB4711'],
  ])('are of the image alone where it states %j and the search %j', (value, other) => {
    const seen = [{ patientId: value, accessionNumber: value }];
    expect(numbersOf({ patientId: other, accessionNumber: other }, seen)).toEqual([[value, value, false]]);
    const further = [...seen, image];
    expect(numbersOf({ patientId: other, accessionNumber: other }, further)).toEqual([
      [value, value, false],
      ['P1', 'X1', false],
    ]);
  });

  it('count another number of the archive first, and that of the image beside it', () => {
    expect(numbersOf({ ...image, accessionNumber: 'Y1' }, [image])).toEqual([
      ['P1', 'Y1', true],
      ['P1', 'X1', false],
    ]);
  });

  it('count another patient of the archive as it lists it', () => {
    const listed = { patientId: 'P2', accessionNumber: 'X1', birthDate: '19700102' };
    const named = { ...image, name: { family: 'Case', given: 'Test' } };
    expect(joiningIdentities(listed, [named])).toEqual([
      { identity: listed, isListed: false, isPatientListed: true },
    ]);
    expect(joiningIdentities(image, [named])).toEqual([
      { identity: named, isListed: false, isPatientListed: false },
    ]);
  });

  it('are one for each number that images state, and none without an image', () => {
    const silent = { patientId: 'P1' };
    expect(numbersOf({}, [silent, image, { ...image, accessionNumber: 'Z1' }])).toEqual([
      ['P1', 'X1', false],
      ['P1', 'Z1', false],
    ]);
    expect(numbersOf({}, [silent])).toEqual([['P1', undefined, false]]);
    expect(numbersOf({ accessionNumber: 'Y1' }, [silent])).toEqual([['P1', 'Y1', true]]);
    expect(numbersOf(image, [])).toEqual([]);
  });
});
