import { describe, expect, it } from '@jest/globals';
import { buildDataset } from './build-dataset.js';
import { compressionOf } from './lossy-compression.js';

const syntax = (end: string) => `1.2.840.10008.1.2${end}`;
const segment = (marker: number, ...body: number[]) => [0xff, marker, 0, body.length + 2, ...body];
const scan = (near: number) => segment(0xda, 1, 1, 0, near, 0, 0);
const jpegLs = (near: number) =>
  Uint8Array.of(0xff, 0xd8, ...segment(0xf7, 8, 0, 1, 0, 1, 1), ...scan(near), 7, 0xff, 0x7f, 0xff, 0xd9);
const jpeg = (process: number) =>
  Uint8Array.of(
    0xff,
    0xd8,
    ...segment(0xdb, 0),
    ...segment(process, 8, 0, 1, 0, 1, 1),
    ...segment(0xda, 1, 1, 0, 0, 0, 0),
    0xff,
    0xd9,
  );
const jpeg2000 = (wavelet: number) =>
  Uint8Array.of(
    0xff,
    0x4f,
    0xff,
    0x51,
    0,
    4,
    0,
    0,
    0xff,
    0x52,
    0,
    12,
    0,
    0,
    0,
    1,
    0,
    5,
    4,
    4,
    0,
    wavelet,
    0xff,
    0xd9,
  );

describe('compressionOf', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no', {}, 'none stated'],
    ['no', { LossyImageCompression: '00' }, 'none'],
    ['no', { LossyImageCompression: '' }, 'none stated'],
    ['yes', { LossyImageCompression: '01' }, 'yes'],
    ['yes', { LossyImageCompressionRetired: '01' }, 'yes'],
    ['yes', { LossyImageCompressionRatio: '20' }, 'yes, ratio 20'],
    [
      'yes',
      { LossyImageCompressionMethod: ['ISO_10918_1', 'ISO_14495_1'] },
      'yes, method ISO_10918_1, ISO_14495_1',
    ],
    [
      'yes',
      { DerivationCodeSequence: [{ value: '113040', scheme: 'DCM', meaning: 'Lossy Compression' }] },
      'yes',
    ],
    [
      'yes',
      {
        DerivationImageSequence: [
          { DerivationCodeSequence: [{ value: '113040', scheme: 'DCM', meaning: 'Lossy Compression' }] },
        ],
      },
      'yes',
    ],
    ['unknown', { LossyImageCompression: 'NO' }, 'Lossy Image Compression (0028,2110) is unreadable: "NO"'],
  ])('is %s by a header of %j, whatever the transfer syntax is today', (lossy, header, statement) => {
    expect(compressionOf(buildDataset(header))).toEqual({ lossy, statement });
  });

  it.each<[string, string, Uint8Array | undefined]>([
    ['no', '.1', undefined],
    ['no', '.5', Uint8Array.of(1)],
    ['no', '.8.1', Uint8Array.of(1)],
    ['no', '.4.80', jpegLs(0)],
    ['no', '.4.81', jpegLs(0)],
    ['yes', '.4.81', jpegLs(3)],
    ['yes', '.4.80', jpegLs(3)],
    ['no', '.4.70', jpeg(0xc3)],
    ['no', '.4.57', jpeg(0xc3)],
    ['yes', '.4.50', jpeg(0xc0)],
    ['yes', '.4.51', jpeg(0xc1)],
    ['yes', '.4.70', jpeg(0xc1)],
    ['no', '.4.90', jpeg2000(1)],
    ['no', '.4.201', jpeg2000(1)],
    ['yes', '.4.90', jpeg2000(0)],
    ['yes', '.4.91', jpeg2000(0)],
    ['yes', '.4.203', jpeg2000(0)],
    ['unknown', '.4.91', jpeg2000(1)],
    ['unknown', '.4.203', jpeg2000(1)],
    ['unknown', '.4.107', Uint8Array.of(1)],
    ['unknown', '.4.112', Uint8Array.of(1)],
    ['unknown', '.4.50', Uint8Array.of(1, 2)],
  ])('is %s by the stream in %s', (lossy, end, stream) => {
    expect(compressionOf({}, { transferSyntaxUid: syntax(end), stream }).lossy).toBe(lossy);
  });

  it('believes a header that nothing was lost only where the stream does not show that it was', () => {
    const header = buildDataset({ LossyImageCompression: '00' });
    const encoded = (stream: Uint8Array, end: string) => ({ transferSyntaxUid: syntax(end), stream });
    expect(compressionOf(header, encoded(jpeg2000(1), '.4.91')).lossy).toBe('no');
    expect(compressionOf(header, encoded(jpegLs(60), '.4.81'))).toEqual({
      lossy: 'yes',
      statement: 'yes, JPEG-LS near-lossless, values up to 60 off',
    });
  });
});
