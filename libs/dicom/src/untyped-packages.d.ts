declare module 'dcmjs/dictionary' {
  /** Entries by tag as `(0010,0020)`; repeating groups have keys that are no tags. */
  export const dictionary: Readonly<Record<string, { tag: string; vr?: string; name: string; vm?: string }>>;
}

declare module 'dicom-character-set' {
  /** One half of the code table, the escape sequence that sets it, and the name that TextDecoder has for it. */
  interface CodeElement {
    readonly codeElement: string;
    readonly escapeSequence: readonly number[];
    readonly encoding: string;
    readonly bytesPerCodePoint: number;
  }

  /** By Defined Term of Specific Character Set; what is added is known from then on. */
  export const characterSets: Record<
    string,
    { encoding?: string; extension?: boolean; elements?: readonly CodeElement[] }
  >;

  /**
   * Text of bytes by Specific Character Set (its values joined by backslashes), ISO 2022 escapes included;
   * throws a plain Error on a set or an escape sequence that it does not know.
   */
  export function convertBytes(
    specificCharacterSet: string | undefined,
    bytes: Uint8Array,
    options?: { vr?: string },
  ): string;
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  /** One decoder; `decode` throws the address of a C++ exception, or a `WebAssembly.RuntimeError`. */
  export interface JpegLsDecoder {
    /** A view of the decoder's memory, to be filled with the stream. */
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8ClampedArray;
    /** ILV of the scans (ISO 14495-1 C.2.3): 0 plane by plane, 1 line by line, 2 sample by sample. */
    getInterleaveMode(): number;
    /** Frees what the decoder holds. */
    delete(): void;
  }

  export interface Charls {
    readonly JpegLSDecoder: new () => JpegLsDecoder;
    /** The message of what C++ threw, of which JavaScript sees only the address. */
    getExceptionMessage(thrown: number): string;
    /** The whole memory of the instance. */
    readonly HEAPU8: Uint8Array;
  }

  /** Makes an instance with a memory of its own. */
  export default function instantiate(): Promise<Charls>;
}
