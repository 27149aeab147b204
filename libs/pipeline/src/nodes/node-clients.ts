import type { OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { DicomWebClientOptions } from '@prelector/dicomweb';
import { DicomWebClient } from '@prelector/dicomweb';
import type { Log } from '@prelector/kernel';
import { PrelectorError, digestOf } from '@prelector/kernel';
import type { SiteNode, SiteView } from '../site/site-view.js';
import type { NodeAuth } from '../site/site.js';
import type { NodeAccess, NodeCircuits } from './node-circuits.js';

/** Finds the value of a secret reference (`env:`, `file:`). */
export type SecretResolver = (reference: string) => string;

/** What a runner needs to make its own reading client: plain values, for a message to a child process. */
export interface ReaderSettings {
  readonly profile: SiteNode['profile'];
  readonly roots: DicomWebClientOptions['roots'];
  readonly allowHttp: boolean;
  readonly auth:
    | { kind: 'none' }
    | { kind: 'basic'; username: string; password: string }
    | { kind: 'bearer'; token: string };
  readonly tls?: NonNullable<DicomWebClientOptions['tls']>;
}

type Purpose = 'read' | 'store';

/** How long calls may go on once the process stops. */
const graceMs = 2_000;

/**
 * DICOMweb clients by node, made from the node's row and remade when the row changes. Only an owner that was
 * given the right to store gets clients that can.
 */
export class NodeClients implements OnModuleDestroy, OnApplicationShutdown {
  readonly #clients = new Map<string, { version: number; client: DicomWebClient }>();
  #closed = false;
  #grace: NodeJS.Timeout | undefined;

  constructor(
    private readonly site: SiteView,
    private readonly circuits: NodeCircuits,
    private readonly secrets: SecretResolver,
    private readonly log: Log,
    private readonly mayStore: boolean,
  ) {}

  /** Calls the node to read from it, under its circuit. */
  async read<T>(nodeId: string, call: (client: DicomWebClient, node: SiteNode) => Promise<T>): Promise<T> {
    return this.#call(nodeId, 'read', call);
  }

  /** Calls the node to store to it, under its circuit. */
  async store<T>(nodeId: string, call: (client: DicomWebClient, node: SiteNode) => Promise<T>): Promise<T> {
    return this.#call(nodeId, 'store', call);
  }

  /** What the server of a node last said of itself when it was read from. */
  serverVersion(nodeId: string): string | undefined {
    return this.#clients.get(`${nodeId}/read`)?.client.serverVersion;
  }

  /** Runs work that reads from a node in its own way, such as a runner's, under the node's circuit. */
  guard<T>(nodeId: string, work: () => Promise<T>): Promise<T> {
    return this.#call(nodeId, 'read', work);
  }

  /** The settings of a reading client, for a runner. */
  async readerSettings(nodeId: string): Promise<ReaderSettings> {
    const node = await this.site.node(nodeId);
    return this.#settings(node, 'read');
  }

  /** A PACS that hangs must not hold up a stop: what is not answered soon ends, and is done again later. */
  onModuleDestroy(): void {
    this.#grace = setTimeout(() => void this.close(), graceMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.#grace);
    await this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#clients.values()].map(({ client }) => client.close()));
    this.#clients.clear();
  }

  async #call<T>(
    nodeId: string,
    purpose: Purpose,
    call: (client: DicomWebClient, node: SiteNode) => Promise<T>,
  ): Promise<T> {
    const node = await this.site.node(nodeId);
    if (this.#closed) throw new PrelectorError('node.closing', 'transient', 'Prelector is stopping.');
    const client = this.#client(node, purpose);
    return this.circuits.run(nodeId, () => call(client, node), this.#access(node, purpose));
  }

  /** A node is tried by a search with the account that reads: one that only stores may not search. */
  #access(node: SiteNode, purpose: Purpose): NodeAccess {
    const account = authOf(node, purpose);
    return {
      purpose,
      credential: digestOf([node.version, this.#auth(account)]),
      probe: () => smallSearch(this.#client(node, 'read')),
      probeProves: account.kind !== 'none' && account === authOf(node, 'read'),
    };
  }

  #client(node: SiteNode, purpose: Purpose): DicomWebClient {
    const key = `${node.id}/${purpose}`;
    const known = this.#clients.get(key);
    if (known?.version === node.version) return known.client;
    if (known) void known.client.close();
    const settings = this.#settings(node, purpose);
    const { auth } = settings;
    const client = new DicomWebClient({
      ...settings,
      auth:
        auth.kind === 'bearer'
          ? { kind: 'bearer', token: () => Promise.resolve(this.#token(node, purpose)) }
          : auth,
      mayStore: this.mayStore && purpose === 'store',
      log: this.log.child({ node: node.name }),
    });
    this.#clients.set(key, { version: node.version, client });
    return client;
  }

  #settings(node: SiteNode, purpose: Purpose): ReaderSettings {
    const { configuration } = node;
    const tls = configuration.tls;
    return {
      profile: node.profile,
      roots: configuration.roots as DicomWebClientOptions['roots'],
      allowHttp: configuration.allowHttp,
      auth: this.#auth(authOf(node, purpose)),
      ...(tls
        ? {
            tls: { ...tls, ...(tls.key ? { key: this.secrets(tls.key) } : {}) } as NonNullable<
              DicomWebClientOptions['tls']
            >,
          }
        : {}),
    };
  }

  #auth(auth: NodeAuth): ReaderSettings['auth'] {
    if (auth.kind === 'basic') return { ...auth, password: this.secrets(auth.password) };
    if (auth.kind === 'bearer') return { ...auth, token: this.secrets(auth.token) };
    return auth;
  }

  #token(node: SiteNode, purpose: Purpose): string {
    const auth = authOf(node, purpose);
    return auth.kind === 'bearer' ? this.secrets(auth.token) : '';
  }
}

/** A study that is nowhere: the nil UUID as a UID (PS3.5 B.2). */
const nowhere = '2.25.0';

async function smallSearch(client: DicomWebClient): Promise<void> {
  for await (const _study of client.searchForStudies({ studyInstanceUid: nowhere, limit: 1 })) return;
}

function authOf(node: SiteNode, purpose: Purpose): NodeAuth {
  const { auth, storeAuth } = node.configuration;
  return purpose === 'store' ? (storeAuth ?? auth) : auth;
}
