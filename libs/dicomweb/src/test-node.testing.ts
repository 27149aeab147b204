import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { buildDataset, encodePart10 } from '@prelector/dicom';
import { PrelectorError, silentLog } from '@prelector/kernel';
import { loadProfile, type ProfileOverrides } from '@prelector/profiles';
import { DicomWebClient } from './dicomweb-client.js';
import type { DicomWebClientOptions } from './options.js';

/** What a request looked like when it had come whole. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Handler = (seen: SeenRequest, response: ServerResponse, turn: number) => void;

/** A PACS made for one test: a real HTTP server that answers by the handler, and a client of it. */
export class TestNode {
  readonly seen: SeenRequest[] = [];
  readonly #clients: DicomWebClient[] = [];
  readonly #server: Server;
  /** Scheme, host and port; still there after the server has stopped. */
  origin = '';

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(handler: Handler): Promise<TestNode> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', node.origin);
        const body = Buffer.concat(chunks);
        const seen = { method: request.method ?? '', url, headers: request.headers, body };
        node.seen.push(seen);
        handler(seen, response, node.seen.length);
      });
    });
    const node = new TestNode(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    node.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return node;
  }

  get root(): string {
    return `${this.origin}/dicom-web`;
  }

  /** A client of this node; retries pause for a few milliseconds only. */
  client(overrides: ProfileOverrides = {}, options: Partial<DicomWebClientOptions> = {}): DicomWebClient {
    const profile = loadProfile('generic-strict', overrides);
    const client = new DicomWebClient({
      profile: { ...profile, retry: { ...profile.retry, baseMs: 1, capMs: 50, ...overrides.retry } },
      roots: { base: this.root },
      allowHttp: true,
      mayStore: true,
      log: silentLog,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** To be called once by a spec: starts nodes, each of which stops when the test is over that started it. */
export function testNodes(): (handler: Handler) => Promise<TestNode> {
  let nodes: TestNode[] = [];
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    nodes = [];
  });
  return async (handler) => {
    const node = await TestNode.start(handler);
    nodes.push(node);
    return node;
  };
}

export const STUDY = '1.2.3';
export const SERIES = '1.2.3.4';
export const instanceUid = (index: number) => `1.2.3.4.${index}`;

/** A small part-10 file of the study and series above. */
export function file(index: number, over: Record<string, unknown> = {}): Buffer {
  const dataset = buildDataset({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
    SOPInstanceUID: instanceUid(index),
    StudyInstanceUID: STUDY,
    SeriesInstanceUID: SERIES,
    ReferencedStudySequence: [
      buildDataset({ ReferencedSOPClassUID: '1.2', ReferencedSOPInstanceUID: '1.2.9' }),
    ],
    PatientID: 'P1',
    PixelData: new Uint8Array(500).fill(index),
    ...over,
  });
  return Buffer.from(encodePart10(dataset));
}

/** A multipart body of files, as a well-behaved server sends it. */
export function multipart(files: readonly Buffer[], closing = '--b--\r\n'): Buffer {
  const parts = files.flatMap((bytes) => [
    Buffer.from(`--b\r\nContent-Type: application/dicom\r\nContent-Length: ${bytes.length}\r\n\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(closing)]);
}

export const MULTIPART = 'multipart/related; type="application/dicom"; boundary=b';

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/dicom+json' }).end(JSON.stringify(value));
}

/** The typed error that an action ends with. */
export async function failureOf(action: Promise<unknown>): Promise<PrelectorError> {
  try {
    await action;
  } catch (error) {
    if (error instanceof PrelectorError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
