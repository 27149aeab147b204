import { describe, expect, it } from '@jest/globals';
import { foreignProtocol } from './foreign-protocol.js';

describe('foreignProtocol', () => {
  it.each([
    ['TLS', Uint8Array.of(0x16, 0x03, 0x01, 0x02), /speaks TLS/u, true],
    ['HTTP', Buffer.from('POST /hl7 HTTP/1.1'), /speaks HTTP/u, true],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0'), /speaks HTTP/u, true],
    ['DICOM', Uint8Array.of(0x01, 0x00, 0x00, 0x00, 0x00, 0xcd), /speaks DICOM/u, true],
    ['HL7', Buffer.from('MSH|^~\\&|RIS'), /VT \(0B\) before and FS CR/u, false],
    ['HL7 after a line end', Buffer.from('\r\nFHS|^~\\&'), /VT \(0B\) before/u, false],
  ])('knows %s', (_name, head, reason, isHopeless) => {
    expect(foreignProtocol(head)).toEqual({ reason: expect.stringMatching(reason), isHopeless });
  });

  it.each([[''], ['\r\n'], ['x'], ['GET'], ['hello']])('says nothing of %j', (text) => {
    expect(foreignProtocol(Buffer.from(text))).toBeUndefined();
  });
});
