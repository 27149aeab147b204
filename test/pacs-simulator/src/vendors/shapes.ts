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
