import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator, SimulatorOptions } from './server/simulator.js';
import { startSimulator } from './server/simulator.js';
import { personalities } from './vendors/personalities.js';

export interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The answer came to its end. */
  readonly complete: boolean;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string;
}

/** One HTTP exchange, an answer that breaks off included. Rejects where there was no answer at all. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Heard> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const sent = request(url, { method, headers, agent: false }, (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      const settle = (complete: boolean) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          complete,
        });
      response.once('end', () => settle(true)).once('error', () => settle(false));
    });
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    sent.end(body);
  });
}

export interface Pacs extends Simulator {
  readonly folder: string;
  readonly search: (path: string) => Promise<Heard>;
  readonly retrieve: (path: string, accept?: string) => Promise<Heard>;
  readonly store: (
    files: readonly Buffer[],
    changed?: { headers?: Record<string, string>; path?: string },
  ) => Promise<Heard>;
  readonly control: (method: string, path: string, body?: unknown) => Promise<Heard>;
}

const running = new Set<{ pacs: Simulator; folder: string }>();

/** Starts a simulator in a folder of its own, or in one that is given. */
export async function pacs(vendor = 'plain', options: Partial<SimulatorOptions> = {}): Promise<Pacs> {
  const folder = options.storage ?? (await mkdtemp(join(tmpdir(), 'simulator-')));
  const simulator = await startSimulator({
    storage: folder,
    personality: personalities.get(vendor) ?? fail(vendor),
    ...options,
  });
  running.add({ pacs: simulator, folder });
  return {
    ...simulator,
    folder,
    search: (path) => ask(simulator.roots.qido + path, { headers: { accept: 'application/dicom+json' } }),
    retrieve: (path, accept = 'multipart/related; type="application/dicom"; transfer-syntax=*') =>
      ask(simulator.roots.wado + path, { headers: { accept } }),
    store: (files, { headers = {}, path = '/studies' } = {}) =>
      ask(simulator.roots.stow + path, {
        method: 'POST',
        headers: {
          'content-type': 'multipart/related; type="application/dicom"; boundary="XX"',
          accept: 'application/dicom+json',
          ...headers,
        },
        body: multipart(files),
      }),
    control: (method, path, body) =>
      ask(simulator.controlUrl + path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** Stops all that were started, and takes their folders away. */
export async function stopAll(): Promise<void> {
  for (const { pacs: each, folder } of running) {
    await each.stop();
    await rm(folder, { recursive: true, force: true });
  }
  running.clear();
}

export function multipart(files: readonly Buffer[], boundary = 'XX'): Buffer {
  const parts = files.map((file) =>
    Buffer.concat([Buffer.from(`\r\n--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`), file]),
  );
  return Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

/** The JSON of an answer. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a test says what it expects
export function json<T = Record<string, { Value?: unknown[] }>[]>({ body }: Heard): T {
  return JSON.parse(body.toString('utf8')) as T;
}

/** How many whole files of these an answer holds. */
export function holds({ body }: Heard, files: readonly Buffer[]): number {
  return files.filter((file) => body.includes(file)).length;
}

export const CT = '1.2.840.10008.5.1.4.1.1.2';

interface Made {
  readonly study?: string;
  readonly series?: string;
  readonly instance?: string;
  readonly sopClass?: string;
  readonly patientId?: string;
  readonly patientName?: string;
  readonly date?: string;
  readonly modality?: string;
  readonly accession?: string;
  readonly transferSyntax?: '1.2.840.10008.1.2.1' | '1.2.840.10008.1.2';
  readonly pixels?: Buffer;
}

/** A small part-10 file, written by hand: no library of ours stands behind the tests of this one. */
export function dicomFile(made: Made = {}): Buffer {
  const { study = '1.2.3', series = `${study}.1`, instance = `${series}.1`, sopClass = CT } = made;
  const { transferSyntax = '1.2.840.10008.1.2.1', pixels = Buffer.alloc(4096, 7) } = made;
  const explicit = transferSyntax === '1.2.840.10008.1.2.1';
  const meta = [
    element(2, 1, 'OB', Buffer.from([0, 1])),
    element(2, 2, 'UI', sopClass),
    element(2, 3, 'UI', instance),
    element(2, 0x10, 'UI', transferSyntax),
    element(2, 0x12, 'UI', '2.25.1'),
  ];
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.concat(meta).length);
  const from = (group: number, number: number, vr: string, value: string | Uint8Array) =>
    element(group, number, vr, value, explicit);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(2, 0, 'UL', length),
    ...meta,
    from(8, 5, 'CS', 'ISO_IR 192'),
    from(8, 0x16, 'UI', sopClass),
    from(8, 0x18, 'UI', instance),
    from(8, 0x20, 'DA', made.date ?? '20260102'),
    from(8, 0x30, 'TM', '101500'),
    from(8, 0x50, 'SH', made.accession ?? 'A1'),
    from(8, 0x60, 'CS', made.modality ?? 'CT'),
    sequence(0x1140, from(8, 0x1155, 'UI', '1.2.9'), explicit),
    from(0x10, 0x10, 'PN', made.patientName ?? 'Müller^Ada'),
    from(0x10, 0x20, 'LO', made.patientId ?? 'P1'),
    from(0x20, 0xd, 'UI', study),
    from(0x20, 0xe, 'UI', series),
    from(0x20, 0x13, 'IS', '1'),
    from(0x7fe0, 0x10, 'OW', pixels),
  ]);
}

function element(
  group: number,
  number: number,
  vr: string,
  value: string | Uint8Array,
  explicit = true,
): Buffer {
  const raw = typeof value === 'string' ? Buffer.from(value) : value;
  const bytes = raw.length % 2 ? Buffer.concat([raw, Buffer.from(vr === 'UI' ? '\0' : ' ')]) : raw;
  const long = vr === 'OB' || vr === 'OW';
  const head = Buffer.alloc(explicit && long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  if (explicit) head.write(vr, 4, 'latin1');
  if (explicit && !long) head.writeUInt16LE(bytes.length, 6);
  else head.writeUInt32LE(bytes.length, head.length - 4);
  return Buffer.concat([head, bytes]);
}

/** A sequence of undefined length in group 0008, with one item of undefined length. */
function sequence(number: number, item: Buffer, explicit: boolean): Buffer {
  const head = Buffer.from([
    8,
    0,
    number & 255,
    number >> 8,
    ...(explicit ? [0x53, 0x51, 0, 0] : []),
    255,
    255,
    255,
    255,
  ]);
  const begin = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 255, 255, 255, 255]);
  const end = Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
  return Buffer.concat([head, begin, item, end]);
}

function fail(vendor: string): never {
  throw new Error(`no vendor ${vendor}`);
}
