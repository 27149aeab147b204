import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a request stands still. */
export interface HoldPoint {
  readonly method: string;
  /** Matches the path below the DICOMweb root. */
  readonly path: RegExp;
  /** Before the PACS hears of it; after it has done it and before we hear; in the middle of the answer's body. */
  readonly at: 'before' | 'answer' | 'body';
}

/** A request that is made to stand still, once. */
export interface Hold {
  /** Settles when a request has come and stands still. */
  readonly reached: Promise<void>;
  /** Lets it go, and any later one. */
  release(): void;
  /** Settles when the last byte of the answer has left. */
  readonly answered: Promise<void>;
}

interface Holding extends HoldPoint {
  used: boolean;
  readonly reach: () => void;
  readonly answer: () => void;
  readonly released: Promise<void>;
}

/** Stands between Prelector and a PACS, and lets a test stop the world at one exact point of one request. */
export class HoldingGateway {
  /** Methods and paths that came, in order. */
  readonly seen: { readonly method: string; readonly path: string }[] = [];
  readonly #holds: Holding[] = [];

  private constructor(
    private readonly server: Server,
    private readonly behind: URL,
  ) {}

  static async open(root: string): Promise<HoldingGateway> {
    const server = createServer();
    const gateway = new HoldingGateway(server, new URL(root));
    server.on('request', (request, response) => void gateway.#pass(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  /** Its DICOMweb root. */
  get root(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${this.behind.pathname}`;
  }

  hold(point: HoldPoint): Hold {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    this.#holds.push({ ...point, used: false, reach, answer, released });
    return { reached, release, answered };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = (request.url ?? '').slice(this.behind.pathname.length);
    this.seen.push({ method, path });
    const hold = this.#holds.find((each) => !each.used && each.method === method && each.path.test(path));
    if (hold) {
      hold.used = true;
      response.once('finish', hold.answer);
    }
    const body = await collected(request).catch(() => undefined);
    if (!body) return;
    if (hold?.at === 'before') await stand(hold);
    if (!response.destroyed) this.#forward(request, response, body, hold);
  }

  #forward(request: IncomingMessage, response: ServerResponse, body: Buffer, hold?: Holding): void {
    const { 'transfer-encoding': _chunked, ...headers } = request.headers;
    const onward = forward(
      {
        hostname: this.behind.hostname,
        port: this.behind.port,
        path: request.url,
        method: request.method,
        headers: { ...headers, 'content-length': body.length },
      },
      (answer) => void passOn(answer, response, hold).catch(() => response.destroy()),
    );
    onward.on('error', () => response.destroy());
    onward.end(body);
  }
}

async function passOn(answer: IncomingMessage, response: ServerResponse, hold?: Holding): Promise<void> {
  if (hold?.at !== 'body') {
    const body = await collected(answer);
    if (hold?.at === 'answer') await stand(hold);
    response.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
    return;
  }
  const body = await collected(answer);
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  response.write(body.subarray(0, body.length / 2), () => hold.reach());
  await hold.released;
  response.end(body.subarray(body.length / 2));
}

async function stand(hold: Holding): Promise<void> {
  hold.reach();
  await hold.released;
}

async function collected(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
