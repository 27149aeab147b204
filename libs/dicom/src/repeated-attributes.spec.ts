import { describe, expect, it } from '@jest/globals';
import { stringOf } from './dataset.js';
import { ascii, bytesOf, element, file, item } from './raw-elements.testing.js';
import { readPart10 } from './read-part10.js';
import { tags } from './tags.js';

const EXPLICIT = '1.2.840.10008.1.2.1';
const SHARED = tags.SharedFunctionalGroupsSequence;
const ICON = '00880200';

const intercept = (value: string) => element(tags.RescaleIntercept, 'DS', ascii(value));
const pixels = (value: number) => element(tags.PixelData, 'OW', [value, 0]);
const sequence = (tag: string, ...body: Uint8Array[]) =>
  element(tag, 'SQ', item('FFFEE000', bytesOf(...body)));
const uid = element('00080018', 'UI', ascii('1.2.3\0'));

const refused = (name: string) =>
  expect.objectContaining({ code: 'dicom.attribute-repeated', message: expect.stringContaining(name) });

describe('an attribute that stands twice in a data set', () => {
  it.each<[string, string, Uint8Array[]]>([
    ['one after the other', 'Rescale Intercept (0028,1052)', [intercept('-1024 '), intercept('0 ')]],
    ['the second without a value', 'Rescale Intercept (0028,1052)', [intercept('0 '), intercept('')]],
    ['behind the pixel data', 'Rescale Intercept (0028,1052)', [intercept('1 '), pixels(1), intercept('0 ')]],
    ['in an item', 'Rescale Intercept (0028,1052)', [sequence(SHARED, intercept('1 '), intercept('0 '))]],
    [
      'a sequence of other items',
      'Shared Functional Groups Sequence (5200,9229)',
      [sequence(SHARED, intercept('1 ')), sequence(SHARED, intercept('0 '))],
    ],
    [
      'in a sequence of VR UN',
      'Rescale Intercept (0028,1052)',
      [
        element(
          SHARED,
          'UN',
          item(
            'FFFEE000',
            bytesOf(
              element(tags.RescaleIntercept, 'DS', ascii('1 '), { explicit: false }),
              element(tags.RescaleIntercept, 'DS', ascii('0 '), { explicit: false }),
            ),
          ),
        ),
      ],
    ],
    ['the pixel data', 'Pixel Data (7FE0,0010)', [pixels(1), pixels(2)]],
  ])('with two values is refused by its name: %s', (_where, name, body) => {
    expect(() => readPart10(file(EXPLICIT, uid, ...body))).toThrow(refused(name));
  });

  it('of the file meta information, too', () => {
    const syntax = element(tags.TransferSyntaxUID, 'UI', ascii('1.2.840.10008.1.2\0'));
    expect(() => readPart10(file(EXPLICIT, syntax, uid))).toThrow(refused('Transfer Syntax UID (0002,0010)'));
  });

  it.each<[string, Uint8Array[]]>([
    ['with the same value', [intercept('-1024 '), intercept('-1024 '), pixels(1), pixels(1)]],
    ['of an item each', [sequence(SHARED, intercept('1 ')), sequence(ICON, intercept('0 '))]],
    ['that is private', [element('00091001', 'LO', ascii('a ')), element('00091001', 'LO', ascii('b '))]],
    ['in a private sequence', [sequence('00091002', intercept('1 '), intercept('0 '))]],
    ['as group length', [element('00280000', 'UL', [1, 0, 0, 0]), element('00280000', 'UL', [2, 0, 0, 0])]],
  ])('is read where nothing hangs on which of both is taken: %s', (_which, body) => {
    expect(stringOf(readPart10(file(EXPLICIT, uid, ...body)).dataset, tags.SOPInstanceUID)).toBe('1.2.3');
  });

  it('hides no file from who only looks for it: its run refuses it, and no series is short of it unsaid', () => {
    const bytes = file(EXPLICIT, uid, intercept('1 '), intercept('0 '), pixels(1));
    const { dataset } = readPart10(bytes, { stopBeforePixelData: true });
    expect(stringOf(dataset, tags.SOPInstanceUID)).toBe('1.2.3');
  });
});
