import { dicomError, tagText } from './errors.js';

/** A position in bytes that never goes past their end: every read is checked and names the tag it was for. */
export class Cursor {
  /** The tag that is being read, for the error that says where the data ended. */
  tag = '00000000';
  position: number;
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly littleEndian: boolean,
    position = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  uint16(): number {
    const at = this.advance(2);
    return this.view.getUint16(at, this.littleEndian);
  }

  uint32(): number {
    const at = this.advance(4);
    return this.view.getUint32(at, this.littleEndian);
  }

  /** Two 16-bit numbers as a tag; it becomes the tag that is being read. */
  readTag(): string {
    const at = this.advance(4);
    const group = this.view.getUint16(at, this.littleEndian);
    const element = this.view.getUint16(at + 2, this.littleEndian);
    this.tag = (group * 0x10000 + element).toString(16).toUpperCase().padStart(8, '0');
    return this.tag;
  }

  /** The two characters at the position, which stays. */
  peekVr(): string {
    if (this.remaining < 2) return '';
    return String.fromCharCode(this.bytes[this.position] as number, this.bytes[this.position + 1] as number);
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Uint8Array {
    const at = this.advance(length);
    return this.bytes.subarray(at, at + length);
  }

  private advance(length: number): number {
    const missing = this.position + length - this.bytes.length;
    if (missing > 0) throw dicomError('dicom.truncated', `at ${tagText(this.tag)}, ${missing} bytes missing`);
    const at = this.position;
    this.position += length;
    return at;
  }
}
