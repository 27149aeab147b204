/** A media type and its parameters, names in lower case, as a header states them. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** `name=value` pieces; a quoted value may hold anything, an unquoted one runs to the next semicolon. */
const PARAMETER = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gu;

const SHOWN = /^(?:application|audio|font|image|message|model|multipart|text|video)\/[\w+.-]{1,64}$/iu;

/**
 * Reads a Content-Type header (RFC 9110 section 8.3). More tolerant than the grammar where servers are known
 * to be: an unquoted value may hold spaces or a slash.
 */
export function parseMediaType(header: string | undefined): MediaType {
  const text = (header ?? '').slice(0, 4096);
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of text.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, quoted?.replaceAll(/\\(.)/gu, '$1') ?? bare.trim());
  }
  return { type: (text.split(';', 1)[0] ?? '').trim().toLowerCase(), parameters };
}

/** A media type as an error may show it: a server can write anything into a header. */
export function shownMediaType(type: string): string {
  return SHOWN.test(type) ? type : 'unreadable';
}
