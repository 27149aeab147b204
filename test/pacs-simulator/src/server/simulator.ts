import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '@prelector/kernel';
import { systemClock } from '@prelector/kernel';
import { Archive } from '../archive/archive.js';
import type { Personality } from '../behaviour/personality.js';
import type { Fault } from '../faults/fault.js';
import { FaultBook } from '../faults/fault-book.js';
import { plain } from '../vendors/plain.js';
import { controlHandler } from './control-server.js';
import { dicomWebHandler } from './dicomweb-server.js';
import { RequestLog } from './request-log.js';

export interface SimulatorOptions {
  readonly storage: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly controlPort?: number;
  readonly host?: string;
  readonly personality?: Personality;
  readonly faults?: readonly Fault[];
  readonly authorization?: string;
  readonly clock?: Clock;
}

/** A simulator that listens. */
export interface Simulator {
  /** Root of QIDO-RS; on most servers that of all services. */
  readonly url: string;
  readonly roots: { readonly qido: string; readonly wado: string; readonly stow: string };
  readonly controlUrl: string;
  /** Ends all connections and waits for what is being written. */
  stop(): Promise<void>;
}

/** Opens the storage and listens; DICOMweb and control each on a port of its own. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { storage, personality = plain, clock = systemClock, host = '127.0.0.1' } = options;
  const archive = await Archive.open(storage, clock);
  const faults = new FaultBook(options.faults);
  const log = new RequestLog();
  const timers = new Set<NodeJS.Timeout>();
  const later = (seconds: number, run: () => Promise<unknown>): void => {
    timers.add(setTimeout(() => void run().catch(() => undefined), seconds * 1000));
  };
  const { authorization } = options;
  const web = dicomWebHandler({ personality, archive, faults, log, clock, authorization });
  const pacs = await listen(web, options.port ?? 0, host);
  const control = await listen(
    controlHandler({ archive, faults, log, later }),
    options.controlPort ?? 0,
    host,
  );
  const address = `http://${host}:${portOf(pacs)}`;
  const { qido, wado, stow } = personality.roots;
  return {
    url: address + qido,
    roots: { qido: address + qido, wado: address + wado, stow: address + stow },
    controlUrl: `http://${host}:${portOf(control)}`,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([closed(pacs), closed(control)]);
    },
  };
}

async function listen(handler: RequestListener, port: number, host: string): Promise<Server> {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 30_000 }, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

async function closed(server: Server): Promise<void> {
  const end = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await end;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
