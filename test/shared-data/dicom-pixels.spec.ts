import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  decodePixels,
  frameCount,
  modalityTransform,
  paddingOf,
  rescaled,
  type Rescale,
} from '@prelector/dicom';
import { bytesOf, decode, difference, filesOf, read } from './dicom-files.testing.js';

const SAME = { count: 0, most: 0 };
const CT = 'transfer-syntaxes-ctimage/CTImage.dcm';
const ct = (name: string) => `${CT}_${name}.dcm`;

describe('one CT slice in every transfer syntax', () => {
  it.each([
    ct('LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2'),
    ct('LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1'),
    ct('BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2'),
    ct('DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99'),
    ct('RLELosslessTransferSyntax_1.2.840.10008.1.2.5'),
    ct('JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57'),
    ct('JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70'),
    ct('JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80'),
    ct('JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90'),
  ])('is exact in %s', async (path) => {
    expect(difference(await decode(path), await decode(CT))).toEqual(SAME);
  });

  it.each([
    [ct('JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81'), 1],
    [ct('JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91'), 5],
  ])('is near in %s', async (path, most) => {
    expect(difference(await decode(path), await decode(CT)).most).toBeLessThanOrEqual(most);
  });

  it('is near in the 12-bit JPEG processes, which hold other values of the same picture', async () => {
    const [extended, spectral, progressive] = await Promise.all([
      decode(ct('JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51')),
      decode(ct('JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53')),
      decode(ct('JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55')),
    ]);
    expect(difference(extended, spectral)).toEqual(SAME);
    expect(difference(extended, progressive)).toEqual(SAME);
    expect(correlation(extended.pixels, (await decode(CT)).pixels)).toBeGreaterThan(0.999);
  });
});

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [(a[index] ?? 0) - meanA, (b[index] ?? 0) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

describe('the NEMA pictures', () => {
  const same = (name: string, ...others: string[]) =>
    others.map((path) => [`nema-wg04/RLE/${name}_RLE`, path]);
  it.each([
    ...['CT1', 'CT2', 'MR4', 'NM1', 'XA1'].flatMap((name) =>
      same(
        name,
        `nema-wg04/JLSL/${name}_JLSL`,
        `nema-wg04/JPLL/${name}_JPLL`,
        `nema-wg04/J2KR/${name}_J2KR`,
        `htj2k/nema-202/${name}_JPH`,
      ),
    ),
    ...same(
      'MR1',
      'nema-wg04/JLSL/MR1_JLSL',
      'nema-wg04/JPLL/MR1_JPLL',
      'nema-wg04/J2KR/MR1_J2KR',
      'htj2k/nema-202/MR1_JPH',
    ),
    ...same('US1', 'nema-wg04/J2KR/US1_J2KR', 'htj2k/nema-202/US1_JPH'),
    ...same('VL1', 'nema-wg04/J2KR/VL1_J2KR', 'htj2k/nema-202/VL1_JPH'),
  ])('%s equals %s', async (reference, path) => {
    expect(difference(await decode(path), await decode(reference))).toEqual(SAME);
  });

  it.each(['JLSN', 'J2KI', 'JPLY'].flatMap((folder) => filesOf(`nema-wg04/${folder}`)))(
    'decodes %s',
    async (path) => {
      const frame = await decode(path);
      expect(frame.pixels).toHaveLength(frame.rows * frame.columns * frame.samplesPerPixel);
    },
  );
});

describe('every JPEG-LS file', () => {
  // SHA-256, cut short, of all samples of all frames as 32-bit numbers: from pydicom 3.0.2 with pyjpegls 1.5.1, and
  // with GDCM 3.2.6 where that reads it, too. pyjpegls does not read MR1_JLSL, nor GDCM the 7 bits of JLSL_08_07.
  const judged: [string, string][] = [
    ['enhanced-multiframe/pydicom-data/emri_small_jpeg_ls_lossless.dcm', '8be61098d4942b61'],
    ['nema-wg04/JLSL/CT1_JLSL', '824141bed775b72b'],
    ['nema-wg04/JLSL/CT2_JLSL', 'ddf8b9ea6a290180'],
    ['nema-wg04/JLSL/MR1_JLSL', '46c65722c079f08b'],
    ['nema-wg04/JLSL/MR4_JLSL', 'b5c9df142a1d965b'],
    ['nema-wg04/JLSL/NM1_JLSL', 'b364d556a70a0ed9'],
    ['nema-wg04/JLSL/XA1_JLSL', '5c84475787d4c3c7'],
    ['nema-wg04/JLSN/CT1_JLSN', 'b3c65ffb9136bfa8'],
    ['nema-wg04/JLSN/CT2_JLSN', '7730a11e006d52ce'],
    ['nema-wg04/JLSN/MR1_JLSN', '23480e064c4529f6'],
    ['nema-wg04/JLSN/MR4_JLSN', '1bbfea00e05b5926'],
    ['nema-wg04/JLSN/NM1_JLSN', '9d6b8809f711b907'],
    ['nema-wg04/JLSN/RG3_JLSN', '518a7999f8cc53fa'],
    ['nema-wg04/JLSN/XA1_JLSN', '0659da9055b4e20c'],
    ['pixel-formats/pydicom-data/JLSL_08_07_0_1F.dcm', '0363015f31f5ee7f'],
    ['pixel-formats/pydicom-data/JLSL_16_15_1_1F.dcm', '83aca7c96e3945e8'],
    ['pixel-formats/pydicom-data/JLSL_RGB_ILV0.dcm', '07a9a155da7096d5'],
    ['pixel-formats/pydicom-data/JLSL_RGB_ILV1.dcm', '07a9a155da7096d5'],
    ['pixel-formats/pydicom-data/JLSL_RGB_ILV2.dcm', '07a9a155da7096d5'],
    ['pixel-formats/pydicom-data/JLSN_RGB_ILV0.dcm', 'd6e949820dd72159'],
    ['pixel-formats/pydicom/JPEGLSNearLossless_08.dcm', '832dd54ff071afd5'],
    ['pixel-formats/pydicom/JPEGLSNearLossless_16.dcm', '1d1ea445c998e392'],
    ['pixel-formats/pydicom/MR_small_jpeg_ls_lossless.dcm', 'b8d9a6cee6ff2ea9'],
    ['pixel-formats/pydicom/SC_rgb_jls_lossy_line.dcm', '8b815e52d1045cbc'],
    ['pixel-formats/pydicom/SC_rgb_jls_lossy_sample.dcm', '8b815e52d1045cbc'],
    [
      'transfer-syntaxes-ctimage/CTImage.dcm_JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm',
      'b76703cf422e7a4b',
    ],
    [
      'transfer-syntaxes-ctimage/CTImage.dcm_JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm',
      '9ba0840c9e394e56',
    ],
    ['transfer-syntaxes-ctimage/TestPattern_JPEG-LS-Lossless.dcm', 'e2433047527f09a7'],
    ['transfer-syntaxes-ctimage/TestPattern_JPEG-LS-NearLossless.dcm', 'f1d6d7a185acf020'],
  ];

  it.each(judged)('%s equals what pydicom reads', async (path, expected) => {
    expect(await digestOf(path)).toBe(expected);
  });

  it('is among these', () => {
    // A transfer syntax stands in the first bytes, in the file meta information.
    const syntaxOf = (path: string) => Buffer.from(bytesOf(path).subarray(0, 1024)).toString('latin1');
    const found = filesOf('').filter((path) =>
      /1\.2\.840\.10008\.1\.2\.4\.8[01](?![.\d])/u.test(syntaxOf(path)),
    );
    expect(found.toSorted()).toEqual(judged.map(([path]) => path).toSorted());
  });
});

async function digestOf(path: string): Promise<string> {
  const part10 = read(path);
  const hash = createHash('sha256');
  for (let index = 0; index < frameCount(part10.dataset); index++) {
    const { pixels } = await decodePixels(part10, index);
    hash.update(new Uint8Array(Int32Array.from(pixels).buffer));
  }
  return hash.digest('hex').slice(0, 16);
}

describe('pixel formats', () => {
  it.each([
    ['pydicom-data/liver.dcm', 'pydicom-data/liver_rle.dcm'],
    ['pydicom-data/liver.dcm', 'pydicom-data/liver_expb.dcm'],
    ['pydicom-data/liver.dcm', 'pydicom-data/liver_j2k.dcm'],
    ['pydicom-data/liver.dcm', 'pydicom-data/liver_deflate.dcm'],
    ['pydicom-data/liver_nonbyte_aligned.dcm', 'pydicom-data/liver_nonbyte_aligned_rle.dcm'],
    ['pydicom-data/liver_nonbyte_aligned.dcm', 'pydicom-data/liver_nonbyte_aligned_deflate.dcm'],
    ['pydicom-data/liver_nonbyte_aligned.dcm', 'pydicom-data/liver_nonbyte_aligned_j2k.dcm'],
    ['pydicom/rtdose.dcm', 'pydicom/rtdose_rle.dcm'],
    ['pydicom/rtdose.dcm', 'pydicom/rtdose_expb.dcm'],
    ['pydicom/MR_small.dcm', 'pydicom/MR_small_RLE.dcm'],
    ['pydicom/MR_small.dcm', 'pydicom/MR_small_bigendian.dcm'],
    ['pydicom/MR_small.dcm', 'pydicom/MR_small_expb.dcm'],
    ['pydicom/SC_rgb_small_odd.dcm', 'pydicom/SC_rgb_small_odd_big_endian.dcm'],
    ['pydicom-data/color-pl.dcm', 'pydicom-data/color-px.dcm'],
  ])('%s equals %s in every frame', async (a, b) => {
    const [first, second] = [read(`pixel-formats/${a}`), read(`pixel-formats/${b}`)];
    for (let index = 0; index < frameCount(first.dataset); index++) {
      expect(difference(await decodePixels(first, index), await decodePixels(second, index))).toEqual(SAME);
    }
  });

  it.each(['RLE', 'big_endian', 'jpeg_2k_lossless', 'jpeg_ls_lossless'])(
    'the enhanced MR equals itself in %s in every frame',
    async (syntax) => {
      const folder = 'enhanced-multiframe/pydicom-data';
      const [first, second] = [read(`${folder}/emri_small.dcm`), read(`${folder}/emri_small_${syntax}.dcm`)];
      for (let index = 0; index < 10; index++) {
        expect(difference(await decodePixels(first, index), await decodePixels(second, index))).toEqual(SAME);
      }
    },
  );

  it('decodes every frame of every file, save one whose stream is broken and one padded with zeros by the size of a row', async () => {
    const refused: string[] = [];
    for (const path of filesOf('pixel-formats')) {
      const part10 = read(path);
      if (!part10.pixelData) continue;
      try {
        for (let index = 0; index < frameCount(part10.dataset); index++) {
          const frame = await decodePixels(part10, index);
          expect(frame.pixels).toHaveLength(frame.rows * frame.columns * frame.samplesPerPixel);
        }
      } catch (thrown) {
        refused.push(`${path} ${(thrown as { code: string }).code}`);
      }
    }
    expect(refused).toEqual([
      'pixel-formats/pydicom/JPEG2000-embedded-sequence-delimiter.dcm dicom.pixel-data-mismatch',
      'pixel-formats/pydicom/MR_small_padded.dcm dicom.pixel-data-mismatch',
    ]);
  });

  it('rescales CT to Hounsfield units, with padding put apart where it is asked for', async () => {
    const { dataset } = read(CT);
    const frame = await decode(CT);
    const { slope, intercept } = modalityTransform(dataset) as Rescale;
    expect(paddingOf(dataset)).toEqual({ from: -32_768, to: -32_768 });
    const values = rescaled(frame, dataset);
    expect(values).toBeInstanceOf(Int16Array);
    expect(Array.from(values)).toEqual(Array.from(frame.pixels, (value) => value * slope + intercept));
    expect(rescaled(frame, dataset, 0, -1024)).toEqual(values);
  });

  it('maps by a modality LUT', async () => {
    const path = 'pixel-formats/pydicom-data/mlut_18.dcm';
    const frame = await decode(path);
    const values = rescaled(frame, read(path).dataset);
    expect(values).toBeInstanceOf(Float32Array);
    expect(new Set(values).size).toBeGreaterThan(10);
    expect(Array.from(values.subarray(0, 4))).not.toEqual(Array.from(frame.pixels.subarray(0, 4)));
  });
});
