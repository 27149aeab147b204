import { PrelectorError } from '@prelector/kernel';
import type { CircuitBreakerPolicy } from 'cockatiel';
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';

const failuresThatOpen = 5;
const openMs = 15_000;

/**
 * One circuit breaker per PACS node: after a run of transient failures its calls fail at once for a while,
 * so that a node that is down does not hold up the work for others.
 */
export class NodeCircuits {
  readonly #circuits = new Map<string, CircuitBreakerPolicy>();

  /** Runs a call to the node, or fails with `node.circuit-open` without calling. */
  async run<T>(nodeId: string, call: () => Promise<T>): Promise<T> {
    try {
      return await this.#of(nodeId).execute(call);
    } catch (thrown) {
      if (!(thrown instanceof BrokenCircuitError)) throw thrown;
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
    const policy = circuitBreaker(
      handleWhen((error) => error instanceof PrelectorError && error.recovery !== 'permanent'),
      { breaker: new ConsecutiveBreaker(failuresThatOpen), halfOpenAfter: openMs },
    );
    this.#circuits.set(nodeId, policy);
    return policy;
  }
}
