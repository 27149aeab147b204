/** One attribute of the DICOM JSON model (PS3.18 F.2). */
export interface JsonAttribute {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly InlineBinary?: string;
  readonly BulkDataURI?: string;
}

export type JsonDataset = Readonly<Record<string, JsonAttribute>>;

/** The values of an attribute as text; a person name by its alphabetic group. */
export function textsOf(dataset: JsonDataset, tag: string): string[] {
  return (dataset[tag]?.Value ?? []).map((value) =>
    typeof value === 'object' && value !== null && 'Alphabetic' in value
      ? String(value.Alphabetic)
      : String(value as string | number),
  );
}

export function textOf(dataset: JsonDataset, tag: string): string {
  return textsOf(dataset, tag)[0] ?? '';
}

/** An attribute with these values; empty ones are left out. */
export function attribute(vr: string, ...values: unknown[]): JsonAttribute {
  const stated = values.filter((value) => value !== undefined && value !== '');
  return stated.length > 0 ? { vr, Value: stated } : { vr };
}
