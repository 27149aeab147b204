/**
 * What a failure allows next: `transient` may be tried again; `ambiguous` may have had its effect, so look
 * before trying again; `permanent` will fail again until a person changes something.
 */
export type Recovery = 'transient' | 'ambiguous' | 'permanent';

/**
 * Whose fault a failure is, where that is certain: of our own ground (its database), of a whole PACS node, or
 * of what was asked for. Policy reads this, never a list of codes. Left out where it may be the node or the study.
 */
export type FaultScope = 'installation' | 'node' | 'study' | 'instance';

/** One line of an error table: what it means, said to the person who must act. */
export interface ErrorEntry {
  readonly recovery: Recovery;
  readonly meaning: string;
  readonly scope?: FaultScope;
}

export interface PrelectorErrorOptions extends ErrorOptions {
  readonly scope?: FaultScope | undefined;
}

export type ErrorTable = Readonly<Record<string, ErrorEntry>>;

/**
 * The one base of all errors with a meaning of their own. `message` is a sentence for a person; it never
 * holds a name, an identifier of a patient, an accession number or a message body.
 */
export class PrelectorError extends Error {
  override readonly name: string = 'PrelectorError';
  readonly scope: FaultScope | undefined;

  constructor(
    readonly code: string,
    readonly recovery: Recovery,
    message: string,
    options?: PrelectorErrorOptions,
  ) {
    super(message, options);
    this.scope = options?.scope;
  }
}

/**
 * Makes the constructor of a lib's errors from its table, so that code, recovery and meaning stand in one
 * place: `const error = errorsOf(table); throw error('dicomweb.timeout', 'after 30 s')`.
 */
export function errorsOf<T extends ErrorTable>(table: T) {
  return (code: keyof T & string, detail?: string, options?: ErrorOptions): PrelectorError => {
    const entry = table[code] as ErrorEntry;
    const message = detail ? `${entry.meaning} (${detail})` : entry.meaning;
    return new PrelectorError(code, entry.recovery, message, { ...options, scope: entry.scope });
  };
}

/** The error itself if it is one of ours, else a transient `internal` one that keeps it as its cause. */
export function asPrelectorError(thrown: unknown): PrelectorError {
  if (thrown instanceof PrelectorError) return thrown;
  const kind = thrown instanceof Error ? thrown.name : typeof thrown;
  return new PrelectorError('internal', 'transient', `An unexpected fault of Prelector itself: ${kind}.`, {
    cause: thrown,
  });
}

/** True for a fault of our own ground, of whatever was asked meanwhile: it says nothing of the PACS node. */
export function isOwnFault(thrown: unknown): boolean {
  const { code, scope } = asPrelectorError(thrown);
  return code === 'internal' || scope === 'installation';
}
