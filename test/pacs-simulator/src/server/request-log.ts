/** One request as it is kept: UIDs and counts, never a query's values, which may name a patient. */
export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly service: string;
  readonly path: string;
  /** Names of the query's parameters. */
  readonly query: readonly string[];
  readonly faults: readonly string[];
  status?: number;
  /** Bytes of the body that were handed to the connection. */
  bytes: number;
  /** The answer was sent to its end. */
  complete: boolean;
}

const kept = 10_000;

/** The last requests, and how many there were of each service and status. */
export class RequestLog {
  #requests: LoggedRequest[] = [];
  #total = 0;

  add(request: LoggedRequest): void {
    this.#total += 1;
    this.#requests.push(request);
    if (this.#requests.length > kept) this.#requests.shift();
  }

  clear(): void {
    this.#requests = [];
    this.#total = 0;
  }

  view(): { total: number; counts: Record<string, number>; requests: readonly LoggedRequest[] } {
    const counts: Record<string, number> = {};
    for (const { service, status } of this.#requests) {
      const name = `${service} ${status ?? 'open'}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return { total: this.#total, counts, requests: this.#requests };
  }
}
