/** Escape sequences of PS3.3 table C.12-4 that choose a multi-byte set, and who decodes what follows. */
const decoders: readonly (readonly [set: string, escape: string, label: string])[] = [
  ['ISO 2022 IR 149', '\u001b$)C', 'euc-kr'],
  ['ISO 2022 IR 58', '\u001b$)A', 'gb18030'],
];
const japanese = ['ISO 2022 IR 87', 'ISO 2022 IR 13'];

/**
 * Text of a value under several character sets (PS3.5 6.1.2.5): Japanese, Korean and simplified Chinese with
 * code extensions, which dcmjs leaves as they are. Undefined for other sets.
 */
export function decodeExtended(sets: readonly string[], bytes: Buffer): string | undefined {
  if (sets.some((set) => japanese.includes(set))) return new TextDecoder('iso-2022-jp').decode(bytes);
  const [, escape, label] = decoders.find(([set]) => sets.includes(set)) ?? [];
  if (!escape || !label) return undefined;
  const bare = Buffer.from(bytes.toString('latin1').replaceAll(escape, ''), 'latin1');
  return new TextDecoder(label).decode(bare);
}

/** A person name by its groups (PS3.18 F.2.2). */
export function personName(text: string): Record<string, string> {
  const [Alphabetic = '', Ideographic = '', Phonetic = ''] = text.split('=').map((group) => group.trim());
  return Object.fromEntries(
    Object.entries({ Alphabetic, Ideographic, Phonetic }).filter(([, group]) => group !== ''),
  );
}
