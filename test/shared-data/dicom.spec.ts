import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import {
  decodePixels,
  frameCount,
  frameDataset,
  itemsOf,
  numberOf,
  orderSlices,
  planeOf,
  readPart10,
  stringOf,
  tags,
} from '@prelector/dicom';
import type { Dataset, Part10, PersonNameValue, SliceOrder } from '@prelector/dicom';
import { bytesOf, filesOf, read } from './dicom-files.testing.js';

const outcome = async (path: string): Promise<string> => {
  try {
    const part10 = read(path);
    if (part10.pixelData) await decodePixels(part10);
    return 'read';
  } catch (thrown) {
    if (thrown instanceof PrelectorError) return thrown.code;
    throw thrown;
  }
};

describe('names in every character set', () => {
  const yamada = { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' };
  const halfWidth = { ...yamada, Alphabetic: 'ﾔﾏﾀﾞ^ﾀﾛｳ' };
  const nameOf = (dataset: Dataset) => dataset[tags.PatientName]?.Value?.[0] as PersonNameValue;

  it.each<[string, PersonNameValue]>([
    ['chrArab', { Alphabetic: 'قباني^لنزار' }],
    ['chrFren', { Alphabetic: 'Buc^Jérôme' }],
    ['chrFrenMulti', { Alphabetic: 'Buc^Jérôme' }],
    ['chrGerm', { Alphabetic: 'Äneas^Rüdiger' }],
    ['chrGreek', { Alphabetic: 'Διονυσιος' }],
    ['chrH31', yamada],
    ['chrH32', halfWidth],
    ['chrHbrw', { Alphabetic: 'שרון^דבורה' }],
    ['chrI2', { Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' }],
    ['chrJapMulti', { Alphabetic: 'やまだ^たろう' }],
    ['chrJapMultiExplicitIR6', { Alphabetic: 'やまだ^たろう' }],
    ['chrRuss', { Alphabetic: 'Люкceмбypг' }],
    ['chrX1', { Alphabetic: 'Wang^XiaoDong', Ideographic: '王^小東' }],
    ['chrX2', { Alphabetic: 'Wang^XiaoDong', Ideographic: '王^小东' }],
  ])('%s', (file, name) => {
    expect(nameOf(read(`charsets/${file}.dcm`).dataset)).toEqual(name);
  });

  it.each(['chrSQEncoding', 'chrSQEncoding1'])('%s, in a sequence', (file) => {
    const [item] = itemsOf(read(`charsets/${file}.dcm`).dataset, tags.RequestedProcedureCodeSequence);
    expect(nameOf(item ?? {})).toEqual(halfWidth);
  });
});

describe('odd and broken files', () => {
  const refused: Record<string, string> = {
    'pydicom-dicomdir/DICOMDIR-nooffset': 'dicom.truncated',
    'pydicom/MR_truncated.dcm': 'dicom.truncated',
    'pydicom/rtplan_truncated.dcm': 'dicom.truncated',
    'pydicom/no_meta.dcm': 'dicom.not-dicom',
    'pydicom/meta_missing_tsyntax.dcm': 'dicom.pixel-data-mismatch',
    'pydicom/nested_priv_SQ.dcm': 'dicom.pixel-data-mismatch',
    // Number of Frames is `1A`.
    'pydicom/badVR.dcm': 'dicom.frames-undescribed',
  };

  it.each(filesOf('odd-and-broken'))('%s is read, or refused for what is wrong with it', async (path) => {
    expect(await outcome(path)).toBe(refused[path.replace('odd-and-broken/', '')] ?? 'read');
  });

  it('reads UN of undefined length as little endian in a big endian file, the rest as the file', async () => {
    const folder = 'odd-and-broken/fo-dicom/GH177_D_CLUNIE_CT1_IVRLE_BigEndian';
    const [big, little] = [
      read(`${folder}_undefined_length.dcm`),
      read(`${folder}_ELE_undefinded_length.dcm`),
    ];
    expect(big.dataset).toEqual(little.dataset);
    expect(Object.keys(big.dataset).length).toBeGreaterThan(200);
    expect(await decodePixels(big)).toEqual(await decodePixels(little));
  });

  it('reads a private value that is a whole sequence as one, which pydicom leaves as bytes', () => {
    const [item, ...others] = itemsOf(read('odd-and-broken/pydicom/priv_SQ.dcm').dataset, '3F031001');
    expect(others).toEqual([]);
    expect(item?.['00080090']?.Value).toEqual([{ Alphabetic: '111111111111111' }]);
    expect(Object.keys(item ?? {}).toSorted()).toEqual([
      '00080090',
      '3F030010',
      '3F031002',
      '3F031003',
      '3F031004',
    ]);
  });

  it('says where a truncated file ends', () => {
    expect(() => read('odd-and-broken/pydicom/MR_truncated.dcm')).toThrow(/\(7FE0,0010\), 62 bytes missing/u);
    expect(() => read('odd-and-broken/pydicom/rtplan_truncated.dcm')).toThrow(/\(300A,00B0\), \d+ bytes/u);
  });

  it('fails only with its own errors on a CT cut off anywhere', () => {
    const whole = bytesOf('pixel-formats/pydicom/CT_small.dcm');
    for (let length = 0; length < whole.length; length += 97) {
      try {
        readPart10(whole.subarray(0, length));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(PrelectorError);
      }
    }
  });
});

describe('volumes', () => {
  const orderOf = (path: string): SliceOrder<string> =>
    orderSlices(
      filesOf(path).flatMap((item) => {
        const plane = planeOf(readPart10(bytesOf(item), { stopBeforePixelData: true }).dataset);
        return plane ? [{ plane, item }] : [];
      }),
    );
  const kindsOf = (order: SliceOrder<string>) => order.problems.map(({ kind }) => kind);

  it.each([
    ['ct-chest-lungpetctdx-a0001', 64, 5],
    ['mr-head-t1-studyforrest-7t', 136, 4 / 3],
  ])('%s is even', (path, count, spacing) => {
    const order = orderOf(path);
    expect(order.items).toHaveLength(count);
    expect(order.spacing).toBeCloseTo(spacing, 4);
    expect(order.problems).toEqual([]);
    expect(order.positions).toEqual([...order.positions].sort((a, b) => a - b));
  });

  it('finds gantry tilt, with its tag and without', () => {
    const tagged = read(filesOf('ct-tilt-philips-head-phantom')[0] ?? '');
    const tilt = Math.abs(numberOf(tagged.dataset, tags.GantryDetectorTilt) ?? 0);
    const philips = orderOf('ct-tilt-philips-head-phantom').problems;
    expect(philips).toEqual([expect.objectContaining({ kind: 'sheared', angle: tilt })]);
    expect(kindsOf(orderOf('ct-tilt-notag-siemens'))).toEqual(['sheared']);
  });

  it('finds the missing slice, and planes that are not parallel', () => {
    const increment = orderOf('ct-irregular-spacing/sliceincrement');
    expect(increment.problems).toEqual([expect.objectContaining({ kind: 'gap', missing: 1 })]);
    expect(kindsOf(orderOf('ct-irregular-spacing/sliceorientation'))).toContain('mixed-orientation');
  });
});

describe('enhanced multi-frame images', () => {
  const planes = ({ dataset }: Part10) =>
    Array.from({ length: frameCount(dataset) }, (_, index) => planeOf(frameDataset(dataset, index)));

  it.each([
    ['philips-anat/001/IM-0001-0170-0001.dcm', 8, 1.2],
    ['philips-anat/001_implicit/IM1.dcm', 8, 1],
    ['philips-pcasl/1901_WIP_3DpCASL_real.dcm', 40, 4],
    ['siemens-anat/001/IM-0001-0001-0001.dcm', 8, 0.9],
    ['siemens-xa10/6_1.dcm', 6, 2.4],
    ['pydicom-data/eCT_Supplemental.dcm', 2, 10],
  ])('%s has a plane for each of %i frames', async (path, count, spacing) => {
    const part10 = read(`enhanced-multiframe/${path}`);
    const placed = planes(part10).flatMap((plane, item) => (plane ? [{ plane, item }] : []));
    expect(placed).toHaveLength(count);
    const order = orderSlices(placed);
    expect(order.spacing).toBeCloseTo(spacing, 2);
    expect(order.problems).toEqual([]);
    const last = await decodePixels(part10, count - 1);
    expect(last.pixels).toHaveLength(last.rows * last.columns);
    expect(stringOf(frameDataset(part10.dataset, 0), tags.Modality)).toMatch(/^(?:CT|MR)$/u);
  });
});
