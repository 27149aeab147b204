import type { JsonAttribute, JsonDataset } from '../dicom/dataset.js';

/** IS and DS as JSON strings. */
export function numbersAsStrings(found: JsonDataset): Record<string, JsonAttribute> {
  return Object.fromEntries(
    Object.entries(found).map(([tag, each]) =>
      (each.vr === 'IS' || each.vr === 'DS') && each.Value
        ? [
            tag,
            { ...each, Value: each.Value.map((value) => (value === null ? null : String(value as number))) },
          ]
        : [tag, each],
    ),
  );
}

/**
 * Text as a server says it that answers in Latin-1: characters beyond it are dropped, and the separators of a
 * name stay.
 */
export function inLatin1(found: JsonDataset): Record<string, JsonAttribute> {
  const said = Object.entries(found).map(([tag, each]): [string, JsonAttribute] => [
    tag,
    latin1Attribute(each),
  ]);
  return { ...Object.fromEntries(said), '00080005': { vr: 'CS', Value: ['ISO_IR 100'] } };
}

function latin1Attribute({ Value: values, ...rest }: JsonAttribute): JsonAttribute {
  return values ? { ...rest, Value: values.map((value) => latin1Value(rest.vr, value)) } : rest;
}

function latin1Value(vr: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[\u0100-\u{10ffff}]/gu, '');
  if (vr === 'SQ') return inLatin1(value as JsonDataset);
  if (vr !== 'PN' || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([group, text]) => [group, latin1Value('LO', text)]));
}
