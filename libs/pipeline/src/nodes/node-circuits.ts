import { PrelectorError } from '@prelector/kernel';
import type { CircuitBreakerPolicy } from 'cockatiel';
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';

const failuresThatOpen = 5;
const openMs = 15_000;

/** Faults of what was asked for, not of the node: another study may well come through. */
const faultsOfOneStudy = new Set(['dicomweb.cut-off', 'dicomweb.instances-missing', 'dicomweb.aborted']);

function isFaultOfTheNode(error: unknown): boolean {
  return (
    error instanceof PrelectorError &&
    error.code.startsWith('dicomweb.') &&
    error.recovery !== 'permanent' &&
    !faultsOfOneStudy.has(error.code)
  );
}

/**
 * One circuit breaker per PACS node: after a run of transient failures its calls fail at once for a while,
 * so that a node that is down does not hold up the work for others. What fails while the circuit is not
 * closed fails as `node.circuit-open`, which uses up no attempt of a study, however the outage shows itself.
 */
export class NodeCircuits {
  readonly #circuits = new Map<string, CircuitBreakerPolicy>();

  /** Runs a call to the node, or fails with `node.circuit-open` without calling. */
  async run<T>(nodeId: string, call: () => Promise<T>): Promise<T> {
    const circuit = this.#of(nodeId);
    try {
      return await circuit.execute(call);
    } catch (thrown) {
      const isOutage =
        thrown instanceof PrelectorError && isFaultOfTheNode(thrown) && circuit.state !== CircuitState.Closed;
      if (!(thrown instanceof BrokenCircuitError) && !isOutage) throw thrown;
      throw new PrelectorError(
        'node.circuit-open',
        'transient',
        'The PACS node has failed several times in a row and is left alone for a while.',
        { cause: thrown },
      );
    }
  }

  #of(nodeId: string): CircuitBreakerPolicy {
    const known = this.#circuits.get(nodeId);
    if (known) return known;
    const policy = circuitBreaker(handleWhen(isFaultOfTheNode), {
      breaker: new ConsecutiveBreaker(failuresThatOpen),
      halfOpenAfter: openMs,
    });
    this.#circuits.set(nodeId, policy);
    return policy;
  }
}
