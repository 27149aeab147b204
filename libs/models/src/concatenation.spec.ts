import { describe, expect, it } from '@jest/globals';
import { concatenationProblem } from './concatenation.js';
import { ctSlice, manifestWith } from './images.testing.js';
import { selectSeries } from './selection.js';

type Changes = Record<string, unknown>;

/** A part, counted from 1, of an enhanced CT of 12 frames in 3 parts. */
function part(number: number, changes: Changes = {}) {
  const offset = 4 * (number - 1);
  return ctSlice(number, {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1',
    ImagePositionPatient: undefined,
    ConcatenationUID: '1.2.9',
    InConcatenationNumber: number,
    InConcatenationTotalNumber: 3,
    ConcatenationFrameOffsetNumber: offset,
    NumberOfFrames: 4,
    PerFrameFunctionalGroupsSequence: [0, 1, 2, 3].map((index) => ({
      PlanePositionSequence: [{ ImagePositionPatient: [0, 0, offset + index] }],
    })),
    ...changes,
  });
}

const unnamed = { ConcatenationUID: undefined };
const silent = { InConcatenationTotalNumber: undefined };
const unplaced = { ...silent, ConcatenationFrameOffsetNumber: undefined };
const unnumbered = { ...silent, InConcatenationNumber: undefined };

describe('concatenationProblem', () => {
  it.each([
    ['by their numbers', {}],
    ['without a total', silent],
    ['by their numbers alone', unplaced],
    ['by their offsets alone', unnumbered],
    ['stating nothing', { ...unplaced, ...unnumbered }],
    ['without the UID that they share', { ConcatenationUID: undefined }],
  ])('is none of parts that are all there, %s', (_how, changes) => {
    expect(concatenationProblem([3, 1, 2].map((number) => part(number, changes)))).toBeUndefined();
  });

  it('is none of images that are no parts', () => {
    expect(concatenationProblem([ctSlice(0), ctSlice(1)])).toBeUndefined();
  });

  it.each<[string, Changes]>([
    ['first by its number', { InConcatenationNumber: 1, ConcatenationFrameOffsetNumber: undefined }],
    ['first by a number from 0', { InConcatenationNumber: 0, ConcatenationFrameOffsetNumber: undefined }],
    ['first by its offset', { InConcatenationNumber: undefined, ConcatenationFrameOffsetNumber: 0 }],
    ['first by both', { InConcatenationNumber: 1, ConcatenationFrameOffsetNumber: 0 }],
  ])('is none of whole objects, each of which is the %s', (_what, changes) => {
    const whole = { ...unnamed, ...silent, ...changes };
    expect(concatenationProblem([1, 2, 3].map((number) => part(number, whole)))).toBeUndefined();
  });

  it('tells two Concatenations without a UID by the objects that were cut up', () => {
    const of = (source: string, numbers: number[]) =>
      numbers.map((number) => part(number, { ...unnamed, SOPInstanceUIDOfConcatenationSource: source }));
    expect(concatenationProblem([...of('1.2.7', [1, 2, 3]), ...of('1.2.8', [1, 2, 3])])).toBeUndefined();
    expect(concatenationProblem([...of('1.2.7', [1, 2, 3]), ...of('1.2.8', [1, 3])])).toContain('no part 2');
  });

  it.each<[string, ReturnType<typeof part>[], string]>([
    ['the last part', [part(1), part(2)], '2 parts came, and In-concatenation Total Number is 3: no part 3'],
    [
      'the last part, without a UID',
      [part(1, unnamed), part(2, unnamed)],
      '2 parts came, and In-concatenation Total Number is 3: no part 3',
    ],
    ['the first part', [part(3), part(2)], '2 parts came, and In-concatenation Total Number is 3: no part 1'],
    ['all parts but one', [part(2)], '1 part came, and In-concatenation Total Number is 3: no part 1, 3'],
    [
      'the first, without a total',
      [part(2, silent), part(3, silent)],
      'have the In-concatenation Numbers 2, 3',
    ],
    [
      'a middle one, without a total',
      [part(1, silent), part(3, silent)],
      'have the In-concatenation Numbers 1, 3',
    ],
    [
      'the first, by offset',
      [part(2, unnumbered), part(3, unnumbered)],
      'a part states 4 as Concatenation Frame Offset Number, and 0 frames came before it',
    ],
    ['one total', [part(1), part(2), part(3, { InConcatenationTotalNumber: 4 })], 'state 3 and 4 as'],
    [
      'a number of its own',
      [part(1), part(2), part(3, { InConcatenationNumber: 2 })],
      'two parts have the same',
    ],
    [
      'a part too few for one of the same',
      [part(1), part(1, { SOPInstanceUID: '1.2.3.7' })],
      'Total Number is 3: no part 2, 3',
    ],
    [
      'a readable number',
      [part(1, silent), part(2, { ...silent, InConcatenationNumber: [2, 3] })],
      'Numbers',
    ],
  ])('names what is missing: %s', (_what, instances, words) => {
    const problem = concatenationProblem(instances);
    expect(problem).toContain(words);
    const { outcome, reason } = selectSeries(manifestWith(), [{ seriesInstanceUid: '1.1', instances }]);
    expect({ outcome, reason }).toEqual({
      outcome: 'incomplete-input',
      reason: `no series is complete enough: ${problem ?? ''}`,
    });
  });
});
