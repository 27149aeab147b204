import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { partIdentity } from './part-identity.js';
import { file, instanceUid, SERIES, STUDY } from './test-node.testing.js';

const element = (tag: number, vr: string, value: Buffer) => {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
};
const implicit = (tag: number, value: Buffer, length = value.length) => {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.writeUInt32LE(length >>> 0, 4);
  return Buffer.concat([head, value]);
};
const text = (value: string) => Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1');
const prefix = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]);

describe('the identity of a part', () => {
  it('is read from an explicit file, past sequences', () => {
    expect(partIdentity(file(7))).toEqual({
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
      sopInstanceUid: instanceUid(7),
      studyInstanceUid: STUDY,
      seriesInstanceUid: SERIES,
    });
  });

  const uids = (write: (tag: number, value: Buffer) => Buffer) =>
    Buffer.concat([
      write(0x00080018, text('1.5')),
      write(0x0020000d, text('1.6')),
      write(0x0020000e, text('1.7')),
    ]);
  const explicitly = (tag: number, value: Buffer) => element(tag, 'UI', value);
  const meta = (syntax: string) => Buffer.concat([prefix, element(0x00020010, 'UI', text(syntax))]);

  it.each<[string, Buffer]>([
    [
      'is implicit under an explicit transfer syntax',
      Buffer.concat([meta('1.2.840.10008.1.2.1'), uids(implicit)]),
    ],
    [
      'is explicit under the implicit transfer syntax',
      Buffer.concat([meta('1.2.840.10008.1.2'), uids(explicitly)]),
    ],
    ['is implicit and has no transfer syntax', Buffer.concat([prefix, uids(implicit)])],
    ['has no mark and no file meta information', uids(explicitly)],
  ])('is read as a whole where a file %s', (_what, bytes) => {
    expect(partIdentity(bytes)).toMatchObject({
      sopInstanceUid: '1.5',
      studyInstanceUid: '1.6',
      seriesInstanceUid: '1.7',
    });
  });

  it('is read from an implicit file, past nested sequences of undefined length', () => {
    const undefinedLength = 0xffffffff;
    const inner = implicit(0x00081150, text('9.9'));
    const itemEnd = implicit(0xfffee00d, Buffer.alloc(0));
    const sequenceEnd = implicit(0xfffee0dd, Buffer.alloc(0));
    const nested = implicit(
      0x00082112,
      Buffer.concat([implicit(0xfffee000, inner, undefinedLength), itemEnd, sequenceEnd]),
      undefinedLength,
    );
    const item = implicit(0xfffee000, Buffer.concat([nested, inner]), undefinedLength);
    const bytes = Buffer.concat([
      prefix,
      element(0x00020010, 'UI', text('1.2.840.10008.1.2')),
      implicit(0x00080018, text('1.5')),
      implicit(0x00081115, Buffer.concat([item, itemEnd, sequenceEnd]), undefinedLength),
      implicit(0x0020000d, text('1.6')),
      implicit(0x0020000e, text('1.7')),
    ]);
    expect(partIdentity(bytes)).toEqual({
      transferSyntaxUid: '1.2.840.10008.1.2',
      sopInstanceUid: '1.5',
      studyInstanceUid: '1.6',
      seriesInstanceUid: '1.7',
    });
  });

  it.each([
    ['deflated', '1.2.840.10008.1.2.1.99'],
    ['big endian', '1.2.840.10008.1.2.2'],
  ])('is read from the file meta information of a %s file', (_name, syntax) => {
    const bytes = Buffer.concat([
      prefix,
      element(0x00020002, 'UI', text('1.4')),
      element(0x00020003, 'UI', text('1.5')),
      element(0x00020010, 'UI', text(syntax)),
      Buffer.alloc(64, 0x55),
    ]);
    const expected = { transferSyntaxUid: syntax, sopClassUid: '1.4', sopInstanceUid: '1.5' };
    expect(partIdentity(bytes)).toEqual(expected);
  });

  it('is what the data set says where it can be read, not the file meta information', () => {
    const meta = [
      element(0x00020003, 'UI', text('1.5')),
      element(0x00020010, 'UI', text('1.2.840.10008.1.2.1')),
    ];
    const bytes = Buffer.concat([prefix, ...meta, element(0x00080018, 'UI', text('1.6'))]);
    expect(partIdentity(bytes)?.sopInstanceUid).toBe('1.6');
    expect(partIdentity(Buffer.concat([prefix, ...meta]))?.sopInstanceUid).toBeUndefined();
  });

  it('is read no further than a UID may reach', () => {
    const bytes = Buffer.concat([
      prefix,
      element(0x00020003, 'UI', Buffer.from(`1${' '.repeat(60_000)}1`)),
      element(0x00020010, 'UI', text('1.2.840.10008.1.2.2')),
    ]);
    expect(partIdentity(bytes)?.sopInstanceUid).toBe('1');
  });

  it('is unknown of what is no part-10 file', () => {
    expect(partIdentity(Buffer.from('hello'))).toBeUndefined();
    expect(partIdentity(Buffer.alloc(0))).toBeUndefined();
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
        partIdentity(Buffer.concat([prefix, tail]));
      }),
    );
    const whole = file(1);
    fc.assert(
      fc.property(fc.nat({ max: whole.length }), (length) => {
        const identity = partIdentity(whole.subarray(0, length));
        const read = identity?.studyInstanceUid;
        expect(read === undefined || STUDY.startsWith(read)).toBe(true);
      }),
    );
  });
});
