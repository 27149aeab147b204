import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came to the PACS. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, decoded, below the DICOMweb root. */
  readonly path: string;
  readonly body: Buffer;
  /** The Authorization header (RFC 9110 section 11.6.2). */
  readonly authorization: string | undefined;
}

/** What becomes of a request instead of its plain way; undefined leaves it alone. */
export type Fault = (request: SeenRequest) => Intervention | undefined;

export type Intervention =
  | {
      readonly answer: { status: number; type?: string; body?: string };
      readonly after?: Promise<unknown>;
      /** The PACS gets the request all the same, perhaps another body, before that is answered. */
      readonly taken?: true | ((body: Buffer) => Buffer);
    }
  /** Cuts the connection at once; the PACS hears of the request when the promise is kept, if ever. */
  | { readonly lands: Promise<unknown> }
  /** Passes so many bytes of the PACS's answer on, then drops the connection. */
  | { readonly cutAfter: number }
  /** Lets the request through only when the promise is kept. */
  | { readonly wait: Promise<void> }
  /** Sends another body on to the PACS. */
  | { readonly changeRequest: (body: Buffer) => Buffer }
  /** Gives another body as the PACS's answer. */
  | { readonly changeAnswer: (body: Buffer) => Buffer };

/**
 * Stands between Prelector and a PACS: writes down every request, and lets a test make single ones go wrong,
 * whatever PACS is behind it.
 */
export class PacsGate {
  readonly requests: SeenRequest[] = [];
  /** Those whose sender ended the connection before it had an answer. */
  readonly abandoned: SeenRequest[] = [];
  /** What the PACS says of itself in its answers, where a test says so. */
  serverName: string | undefined;
  readonly #faults = new Set<Fault>();

  private constructor(
    private readonly server: Server,
    private readonly behind: URL,
  ) {}

  static async open(root: string): Promise<PacsGate> {
    const server = createServer();
    const gate = new PacsGate(server, new URL(root));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      gate.#pass(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get root(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${this.behind.pathname}`;
  }

  /** Paths of the requests of one method that hold a text. */
  seen(method: string, part: string): string[] {
    return this.requests
      .filter((each) => each.method === method && each.path.includes(part))
      .map(({ path }) => path);
  }

  /** Makes requests go wrong until the returned function is called. */
  disturb(fault: Fault): () => void {
    this.#faults.add(fault);
    return () => this.#faults.delete(fault);
  }

  /** Holds requests whose path matches, from the first one on, until the returned function is called. */
  hold(path: RegExp): { readonly reached: Promise<void>; readonly letGo: () => void } {
    let reach = (): void => undefined;
    let open = (): void => undefined;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const wait = new Promise<void>((resolve) => (open = resolve));
    const stop = this.disturb((request) => {
      if (!path.test(request.path)) return undefined;
      reach();
      return { wait };
    });
    return {
      reached,
      letGo: () => {
        stop();
        open();
      },
    };
  }

  calm(): void {
    this.#faults.clear();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = request.url ?? '/';
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.slice(this.behind.pathname.length)),
      body: Buffer.concat(chunks),
      authorization: request.headers.authorization,
    };
    this.requests.push(seen);
    response.on('close', () => response.writableEnded || this.abandoned.push(seen));
    const wanted = [...this.#faults].map((fault) => fault(seen)).find((each) => each !== undefined);
    if (wanted && 'answer' in wanted) {
      const { status, type, body } = wanted.answer;
      if (wanted.taken) await this.#ask(request, wanted.taken === true ? seen.body : wanted.taken(seen.body));
      await wanted.after;
      response.writeHead(status, type ? { 'content-type': type } : {}).end(body ?? '');
      return;
    }
    if (wanted && 'lands' in wanted) {
      response.destroy();
      await wanted.lands;
    }
    if (wanted && 'wait' in wanted) await wanted.wait;
    if (wanted && 'changeAnswer' in wanted) {
      const { status, headers, whole } = await this.#ask(request, seen.body);
      const { 'content-length': _length, ...kept } = headers;
      response.writeHead(status, kept).end(wanted.changeAnswer(whole));
      return;
    }
    const body = wanted && 'changeRequest' in wanted ? wanted.changeRequest(seen.body) : seen.body;
    this.#forward(request, response, body, wanted && 'cutAfter' in wanted ? wanted.cutAfter : Infinity);
  }

  async #ask(request: IncomingMessage, body: Buffer) {
    const { 'transfer-encoding': _chunked, ...sent } = request.headers;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname, port } = this.behind;
      const headers = { ...sent, 'content-length': body.length };
      forward({ hostname, port, path: request.url, method: request.method, headers }, resolve)
        .on('error', reject)
        .end(body);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return { status: answer.statusCode ?? 502, headers: answer.headers, whole: Buffer.concat(chunks) };
  }

  #forward(request: IncomingMessage, response: ServerResponse, body: Buffer, most: number): void {
    const { host: _length, 'transfer-encoding': _chunked, ...headers } = request.headers;
    const onward = forward(
      {
        hostname: this.behind.hostname,
        port: this.behind.port,
        path: request.url,
        method: request.method,
        // The PACS builds the addresses in its answers from the host that it was asked by.
        headers: { ...headers, host: request.headers.host, 'content-length': body.length },
      },
      (answer) => {
        const server = this.serverName === undefined ? {} : { server: this.serverName };
        response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...server });
        let passed = 0;
        answer.on('data', (chunk: Buffer) => {
          const rest = Math.max(0, most - passed);
          passed += chunk.length;
          if (rest > 0) response.write(chunk.subarray(0, rest), () => passed > most && response.destroy());
        });
        answer.on('end', () => passed <= most && response.end());
      },
    );
    onward.on('error', () => response.destroy());
    onward.end(body);
  }
}
