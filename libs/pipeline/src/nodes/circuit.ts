import { PrelectorError, asPrelectorError } from '@prelector/kernel';

const failuresThatOpen = 5;
const openMs = 15_000;

/** One small search, by which a node is tried after an outage. */
export type Probe = () => Promise<unknown>;

/**
 * True for a failure that speaks against the node: certainly its own, or one that may as well be the study's
 * (a timeout, a server error), of which several in a row do.
 */
export function speaksAgainstNode({ code, recovery, scope }: PrelectorError): boolean {
  if (code === 'dicomweb.unauthorised') return false;
  return (
    scope === 'node' || (scope === undefined && code.startsWith('dicomweb.') && recovery !== 'permanent')
  );
}

/**
 * Closed, until several calls in a row fail for the node's sake; then open for a while, in which calls fail
 * unmade; then the first call sends one small search ahead. While that is under way, the other calls fail
 * unmade as well: nobody waits behind it, and no long call is what finds out.
 */
export class Circuit {
  #failures = 0;
  #cause: PrelectorError | undefined;
  #openUntilMs = 0;
  #probing = false;

  constructor(private readonly nowMs: () => number) {}

  /** Returns when a call may be made; throws `node.circuit-open` with the words of what opened the circuit. */
  async enter(probe: Probe | undefined): Promise<void> {
    if (this.#cause === undefined) return;
    if (this.#probing || this.nowMs() < this.#openUntilMs) throw leftAlone(this.#cause);
    if (probe === undefined) return;
    this.#probing = true;
    try {
      await probe();
      this.passed();
    } catch (thrown) {
      const error = asPrelectorError(thrown);
      this.failed(error);
      if (this.#cause !== undefined) throw leftAlone(this.#cause);
      if (error.scope === 'node') throw error;
    } finally {
      this.#probing = false;
    }
  }

  passed(): void {
    this.#failures = 0;
    this.#cause = undefined;
  }

  /** Takes note of a failed call, and gives the error as it counts: the node's, once the circuit is open. */
  failed(error: PrelectorError): PrelectorError {
    if (!speaksAgainstNode(error)) {
      // The server answered, though not as it was asked to; what the server had no part in says nothing.
      if (error.code.startsWith('dicomweb.') && error.code !== 'dicomweb.aborted') this.passed();
      return error;
    }
    this.#failures += 1;
    if (this.#failures < failuresThatOpen) return error;
    this.#cause = error;
    this.#openUntilMs = this.nowMs() + openMs;
    const { code, recovery, message } = error;
    return new PrelectorError(code, recovery, message, { cause: error, scope: 'node' });
  }
}

function leftAlone(cause: PrelectorError): PrelectorError {
  return new PrelectorError(
    'node.circuit-open',
    'transient',
    `${cause.message} The PACS node has failed several times in a row and is left alone for a while.`,
    { cause, scope: 'node' },
  );
}
