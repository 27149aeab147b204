/** One media range of an Accept header, or a Content-Type, with its parameters. */
export interface MediaType {
  /** Lower case, without parameters. */
  readonly type: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, { readonly value: string; readonly quoted: boolean }>>;
}

/** Reads one Content-Type (RFC 9110 8.3.1). */
export function mediaTypeOf(text: string): MediaType {
  const [type = '', ...rest] = split(text, ';');
  const parameters = rest.flatMap((each) => {
    const [, name, quoted, bare] = /^\s*([^=\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|(.*?))\s*$/u.exec(each) ?? [];
    if (name === undefined) return [];
    const value = quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/gu, '$1');
    return [[name.toLowerCase(), { value, quoted: quoted !== undefined }] as const];
  });
  return { type: type.trim().toLowerCase(), parameters: Object.fromEntries(parameters) };
}

/** The ranges of an Accept header, in its order; none where it is absent. */
export function acceptedTypes(accept: string | undefined): MediaType[] {
  return split(accept ?? '', ',')
    .filter((each) => each.trim() !== '')
    .map((each) => mediaTypeOf(each));
}

/** Splits outside of quoted strings. */
function split(text: string, separator: string): string[] {
  const pieces = [''];
  let quoted = false;
  let escaped = false;
  for (const character of text) {
    if (character === separator && !quoted) {
      pieces.push('');
      continue;
    }
    if (character === '"' && !escaped) quoted = !quoted;
    escaped = character === '\\' && !escaped;
    pieces[pieces.length - 1] += character;
  }
  return pieces;
}
