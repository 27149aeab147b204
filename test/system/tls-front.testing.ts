import { request as forward } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';

/** TLS in front of a server of plain http, which lets nobody in without a certificate of the authority that it trusts. */
export class TlsFront {
  /** Handshakes that failed, on either side. */
  failures = 0;

  private constructor(
    private readonly server: Server,
    private readonly behind: URL,
  ) {}

  static async open(root: string, identity: TlsOptions): Promise<TlsFront> {
    const behind = new URL(root);
    const server = createServer({ ...identity, requestCert: true }, (request, response) => {
      const { method, headers, url: path } = request;
      const onward = forward(
        { hostname: behind.hostname, port: behind.port, path, method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const front = new TlsFront(server, behind);
    server.on('tlsClientError', () => (front.failures += 1));
    return front;
  }

  get root(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}${this.behind.pathname}`;
  }

  /** Another certificate, and another authority of those who come, from the next connection on; those that stand end. */
  change(identity: TlsOptions): void {
    this.server.setSecureContext(identity);
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
