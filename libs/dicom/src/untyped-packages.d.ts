declare module 'dcmjs/dictionary' {
  /** Entries by tag as `(0010,0020)`; repeating groups have keys that are no tags. */
  export const dictionary: Readonly<Record<string, { tag: string; vr?: string; name: string; vm?: string }>>;
}

declare module 'dicom-character-set' {
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
