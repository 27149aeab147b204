/** What names who assigned a number: a name known in one place, an identifier that is unique everywhere, or both. */
export interface NamespaceParts {
  readonly local?: string | undefined;
  readonly universal?: string | undefined;
}

/**
 * A namespace as one text: namespace id, then `^` and universal id (`RIS`, `^1.2.3`, `RIS^1.2.3`), as HL7 v2 writes
 * them in EI and HD, and DICOM in Local Namespace Entity ID and Universal Entity ID (PS3.3 10.14). Undefined when
 * neither is stated.
 */
export function namespaceText({ local, universal }: NamespaceParts): string | undefined {
  const [name, id] = [local?.trim() ?? '', universal?.trim() ?? ''];
  return (id ? `${name}^${id}` : name) || undefined;
}

/** The parts of such a text; those left out are empty. */
export function namespaceParts(text: string | undefined): { local: string; universal: string } {
  const [local = '', universal = ''] = (text ?? '').split('^').map((part) => part.trim());
  return { local, universal };
}

/**
 * True when two namespaces of a number do not contradict each other: one states none, or every part that both state
 * is equal and there is one (as dcm4che's Issuer matches), or one has written the other's universal id as its name.
 */
export function namespacesAgree(a: string | undefined, b: string | undefined): boolean {
  const [first, second] = [namespaceParts(a), namespaceParts(b)];
  const isNone = ({ local, universal }: typeof first) => local === '' && universal === '';
  if (isNone(first) || isNone(second)) return true;
  const both = [
    [first.local, second.local],
    [first.universal, second.universal],
  ].filter(([one, other]) => one && other);
  if (both.length > 0 && both.every(([one, other]) => one === other)) return true;
  return (
    (first.local !== '' && first.local === second.universal) ||
    (second.local !== '' && second.local === first.universal)
  );
}
