import type { OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { DicomWebClientOptions } from '@prelector/dicomweb';
import { DicomWebClient } from '@prelector/dicomweb';
import type { Log } from '@prelector/kernel';
import { PrelectorError, asPrelectorError, digestOf } from '@prelector/kernel';
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

/** A client, and the settings it was made with. */
interface Made {
  readonly client: DicomWebClient;
  readonly version: number;
  /** Digest of the node's version and of the secrets that the client holds. */
  readonly credential: string;
  /** Calls under way. */
  calls: number;
}

/** How long calls may go on once the process stops. */
const graceMs = 2_000;

/**
 * DICOMweb clients by node, made from the node's row and its secrets, and remade when either changes: secrets are
 * looked up for each call, and a refusal counts against those that were sent. Only an owner that was given the
 * right to store gets clients that can.
 */
export class NodeClients implements OnModuleDestroy, OnApplicationShutdown {
  readonly #clients = new Map<string, Made>();
  /** With secrets of yesterday: they end with the calls that are under way. */
  readonly #outdated = new Set<Made>();
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

  /** Finds out whether the node may be stored to, with all that such a call would first have to wait for. */
  async readyToStore(nodeId: string): Promise<void> {
    const { node, settings } = await this.#open(nodeId, 'store');
    await this.#using(node, 'store', settings, (client) =>
      this.circuits.ready(nodeId, this.#access(node, 'store', settings, client)),
    );
  }

  /** What the server of a node last said of itself when it was read from. */
  serverVersion(nodeId: string): string | undefined {
    return this.#clients.get(`${nodeId}/read`)?.client.serverVersion;
  }

  /**
   * Runs work that reads from a node in its own way, such as a runner's, under the node's circuit and with the
   * settings of a reading client.
   */
  guard<T>(nodeId: string, work: (settings: ReaderSettings) => Promise<T>): Promise<T> {
    return this.#call(nodeId, 'read', (_client, _node, settings) => work(settings));
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
    const all = [...this.#clients.values(), ...this.#outdated];
    await Promise.all(all.map(({ client }) => client.close()));
    this.#clients.clear();
    this.#outdated.clear();
  }

  async #call<T>(
    nodeId: string,
    purpose: Purpose,
    call: (client: DicomWebClient, node: SiteNode, settings: ReaderSettings) => Promise<T>,
  ): Promise<T> {
    const { node, settings } = await this.#open(nodeId, purpose);
    return this.#using(node, purpose, settings, (client) => {
      const access = this.#access(node, purpose, settings, client);
      return this.circuits.run(nodeId, () => call(client, node, settings), access);
    });
  }

  async #open(nodeId: string, purpose: Purpose): Promise<{ node: SiteNode; settings: ReaderSettings }> {
    const node = await this.site.node(nodeId);
    if (this.#closed) throw new PrelectorError('node.closing', 'transient', 'Prelector is stopping.');
    return { node, settings: this.#settings(node, purpose) };
  }

  /** A node is tried by a search with the account that reads: one that only stores may not search. */
  #access(node: SiteNode, purpose: Purpose, settings: ReaderSettings, client: DicomWebClient): NodeAccess {
    const account = authOf(node, purpose);
    const alsoReads = account === authOf(node, 'read');
    return {
      purpose,
      credential: credentialOf(node, settings),
      probe: () => {
        if (purpose === 'read') return smallSearch(client);
        return this.#using(node, 'read', alsoReads ? settings : this.#settings(node, 'read'), smallSearch);
      },
      probeProves: account.kind !== 'none' && alsoReads,
    };
  }

  async #using<T>(
    node: SiteNode,
    purpose: Purpose,
    settings: ReaderSettings,
    work: (client: DicomWebClient) => Promise<T>,
  ): Promise<T> {
    const made = this.#made(node, purpose, settings);
    made.calls += 1;
    try {
      return await work(made.client);
    } finally {
      made.calls -= 1;
      if (made.calls === 0 && this.#outdated.delete(made)) void made.client.close();
    }
  }

  #made(node: SiteNode, purpose: Purpose, settings: ReaderSettings): Made {
    const key = `${node.id}/${purpose}`;
    const credential = credentialOf(node, settings);
    const known = this.#clients.get(key);
    if (known?.credential === credential) return known;
    if (known) this.#leave(known, node);
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
    const made = { client, version: node.version, credential, calls: 0 };
    this.#clients.set(key, made);
    return made;
  }

  /** What is under way to another address ends at once; what merely has yesterday's secret may come to its end. */
  #leave(known: Made, node: SiteNode): void {
    if (known.version === node.version && known.calls > 0) this.#outdated.add(known);
    else void known.client.close();
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
            tls: { ...tls, ...(tls.key ? { key: this.#secret(tls.key) } : {}) } as NonNullable<
              DicomWebClientOptions['tls']
            >,
          }
        : {}),
    };
  }

  #auth(auth: NodeAuth): ReaderSettings['auth'] {
    if (auth.kind === 'basic') return { ...auth, password: this.#secret(auth.password) };
    if (auth.kind === 'bearer') return { ...auth, token: this.#secret(auth.token) };
    return auth;
  }

  #token(node: SiteNode, purpose: Purpose): string {
    const auth = authOf(node, purpose);
    return auth.kind === 'bearer' ? this.#secret(auth.token) : '';
  }

  /** One that is not there, as in the moment in which its file is written anew, holds the node up and no study. */
  #secret(reference: string): string {
    try {
      return this.secrets(reference);
    } catch (thrown) {
      const { code, message } = asPrelectorError(thrown);
      throw new PrelectorError(code, 'transient', message, { scope: 'node', cause: thrown });
    }
  }
}

/** Of the node's version and every secret that goes to it. */
const credentialOf = (node: SiteNode, { auth, tls }: ReaderSettings): string =>
  digestOf([node.version, auth, tls?.key ?? null]);

/** A study that is nowhere: the nil UUID as a UID (PS3.5 B.2). */
const nowhere = '2.25.0';

async function smallSearch(client: DicomWebClient): Promise<void> {
  for await (const _study of client.searchForStudies({ studyInstanceUid: nowhere, limit: 1 })) return;
}

function authOf(node: SiteNode, purpose: Purpose): NodeAuth {
  const { auth, storeAuth } = node.configuration;
  return purpose === 'store' ? (storeAuth ?? auth) : auth;
}
