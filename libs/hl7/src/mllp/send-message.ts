import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { hl7Error } from '../errors.js';
import { frameMllp, MllpFramer } from './mllp-framer.js';

export interface SendOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: {
    /** Who signed the receiver's certificate, in PEM; the system's authorities otherwise. */
    readonly ca?: string | Uint8Array;
    readonly cert?: string | Uint8Array;
    readonly key?: string | Uint8Array;
    /** The name the receiver's certificate must bear, where it differs from `host`. */
    readonly serverName?: string;
  };
  /** For connecting, sending and waiting together. */
  readonly timeoutSeconds: number;
}

/**
 * Sends one message over a connection of its own and returns the bytes of the first acknowledgement. The
 * framing is ours: node-hl7-client's client sends UTF-8 only, reconnects by itself and drops what comes
 * after the first answer of a read.
 *
 * @throws PrelectorError `hl7.connect-failed` (nothing was sent), `hl7.connection-lost`, `hl7.timeout`
 */
export async function sendMessage(options: SendOptions, message: Uint8Array): Promise<Uint8Array> {
  const socket = open(options);
  let isConnected = false;
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      const framer = new MllpFramer();
      const where = `${options.host}:${options.port}`;
      const timer = setTimeout(() => {
        reject(hl7Error(isConnected ? 'hl7.timeout' : 'hl7.connect-failed', where));
      }, options.timeoutSeconds * 1000);
      socket.once('close', () => clearTimeout(timer));
      socket.once(options.tls ? 'secureConnect' : 'connect', () => {
        isConnected = true;
        socket.write(frameMllp(message));
      });
      socket.on('data', (chunk: Buffer) => {
        const answer = framer.push(chunk).find((event) => event.kind === 'message');
        if (answer) resolve(answer.bytes);
      });
      socket.once('end', () => {
        const answer = framer.end().find((event) => event.kind === 'message');
        if (answer) resolve(answer.bytes);
        else reject(hl7Error('hl7.connection-lost', where));
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const code = isConnected ? 'hl7.connection-lost' : 'hl7.connect-failed';
        reject(hl7Error(code, `${where} ${error.code ?? ''}`.trim(), { cause: error }));
      });
    });
  } finally {
    socket.destroy();
  }
}

function open({ host, port, tls }: SendOptions): Socket {
  if (!tls) return connect({ host, port });
  const pem = (value: string | Uint8Array): string | Buffer =>
    typeof value === 'string' ? value : Buffer.from(value);
  return connectTls({
    host,
    port,
    minVersion: 'TLSv1.2',
    ...(tls.ca === undefined ? {} : { ca: pem(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: pem(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: pem(tls.key) }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  });
}
