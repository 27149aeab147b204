import type { OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import type { Authenticator, DicomWebClientOptions, TlsOptions } from '@prelector/dicomweb';
import { DicomWebClient, lent, openAuthenticator, secretReference, secretsOf } from '@prelector/dicomweb';
import type { Log } from '@prelector/kernel';
import { PrelectorError, asPrelectorError, digestOf } from '@prelector/kernel';
import type { SiteNode, SiteView } from '../site/site-view.js';
import type { NodeConfiguration } from '../site/site.js';
import type { NodeAccess, NodeCircuits } from './node-circuits.js';

/** Finds the value of a secret reference (`env:`, `file:`). */
export type SecretResolver = (reference: string) => string;

/** What another process needs to read from a node, one that is not trusted with the secrets of the node. */
export interface ReaderAccess {
  /** For a message: plain values, no secret among them. */
  readonly client: Pick<DicomWebClientOptions, 'profile' | 'roots' | 'allowHttp'>;
  /** Stays here, and signs for it. */
  readonly authenticator: Authenticator;
  /** For its connections; our key is part of it. */
  readonly tls: TlsOptions | undefined;
}

type Purpose = 'read' | 'store';

/** All that is sent to a node for it to know us, as it was looked up for one call. */
interface Account {
  /** By reference. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly tls: TlsOptions | undefined;
  /** Digest of these and of the node's version. */
  readonly credential: string;
}

/** A client, and the settings it was made with. */
interface Made {
  readonly client: DicomWebClient;
  readonly authenticator: Authenticator;
  readonly version: number;
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
    const { node, account } = await this.#open(nodeId, 'store');
    await this.#using(node, 'store', account, ({ client }) =>
      this.circuits.ready(nodeId, this.#access(node, 'store', account, client)),
    );
  }

  /** What the server of a node last said of itself when it was read from. */
  serverVersion(nodeId: string): string | undefined {
    return this.#clients.get(`${nodeId}/read`)?.client.serverVersion;
  }

  /**
   * Runs work that reads from a node in its own way, such as a runner's, under the node's circuit and by the account
   * of a reading client.
   */
  guard<T>(nodeId: string, work: (access: ReaderAccess) => Promise<T>): Promise<T> {
    return this.#call(nodeId, 'read', (_client, node, { authenticator }, { tls }) => {
      const client = clientOf(node);
      return work({ client, authenticator: lent(authenticator, client.roots), tls });
    });
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
    call: (client: DicomWebClient, node: SiteNode, made: Made, account: Account) => Promise<T>,
  ): Promise<T> {
    const { node, account } = await this.#open(nodeId, purpose);
    return this.#using(node, purpose, account, (made) => {
      const access = this.#access(node, purpose, account, made.client);
      return this.circuits.run(nodeId, () => call(made.client, node, made, account), access);
    });
  }

  async #open(nodeId: string, purpose: Purpose): Promise<{ node: SiteNode; account: Account }> {
    const node = await this.site.node(nodeId);
    if (this.#closed) throw new PrelectorError('node.closing', 'transient', 'Prelector is stopping.');
    return { node, account: this.#account(node, purpose) };
  }

  /** A node is tried by a search with the account that reads: one that only stores may not search. */
  #access(node: SiteNode, purpose: Purpose, account: Account, client: DicomWebClient): NodeAccess {
    const auth = authOf(node, purpose);
    const alsoReads = auth === authOf(node, 'read');
    return {
      purpose,
      credential: account.credential,
      probe: () => {
        if (purpose === 'read') return smallSearch(client);
        const reader = alsoReads ? account : this.#account(node, 'read');
        return this.#using(node, 'read', reader, (made) => smallSearch(made.client));
      },
      probeProves: secretsOf(auth).length > 0 && alsoReads,
    };
  }

  async #using<T>(
    node: SiteNode,
    purpose: Purpose,
    account: Account,
    work: (made: Made) => Promise<T>,
  ): Promise<T> {
    const made = this.#made(node, purpose, account);
    made.calls += 1;
    try {
      return await work(made);
    } finally {
      made.calls -= 1;
      if (made.calls === 0 && this.#outdated.delete(made)) void made.client.close();
    }
  }

  #made(node: SiteNode, purpose: Purpose, { secrets, tls, credential }: Account): Made {
    const key = `${node.id}/${purpose}`;
    const known = this.#clients.get(key);
    if (known?.credential === credential) return known;
    if (known) this.#leave(known, node);
    // What a client begins with is what its account was counted by; after a refusal it is looked up anew.
    const first = new Map(secrets);
    const authenticator = openAuthenticator(authOf(node, purpose), {
      profile: node.profile.auth,
      secret: (reference) => {
        const secret = first.get(reference) ?? this.#secret(reference);
        first.delete(reference);
        return secret;
      },
    });
    const client = new DicomWebClient({
      ...clientOf(node),
      authenticator,
      ...(tls ? { tls } : {}),
      mayStore: this.mayStore && purpose === 'store',
      log: this.log.child({ node: node.name }),
    });
    const made = { client, authenticator, version: node.version, credential, calls: 0 };
    this.#clients.set(key, made);
    return made;
  }

  /** What is under way to another address ends at once; what merely has yesterday's secret may come to its end. */
  #leave(known: Made, node: SiteNode): void {
    if (known.version === node.version && known.calls > 0) this.#outdated.add(known);
    else void known.client.close();
  }

  #account(node: SiteNode, purpose: Purpose): Account {
    const references = secretsOf(authOf(node, purpose));
    const secrets = new Map(references.map((reference) => [reference, this.#secret(reference)]));
    const tls = this.#tls(node.configuration);
    const credential = digestOf([node.version, [...secrets], tls ?? null]);
    return { secrets, tls, credential };
  }

  #tls({ tls }: NodeConfiguration): TlsOptions | undefined {
    const given = Object.entries(tls ?? {}).filter((each) => each[1] !== undefined) as [string, string][];
    if (given.length === 0) return undefined;
    const isReference = (text: string) => secretReference.safeParse(text).success;
    return Object.fromEntries(
      given.map(([name, text]) => [name, isReference(text) ? this.#secret(text) : text]),
    );
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

const clientOf = ({ profile, configuration: { roots, allowHttp } }: SiteNode): ReaderAccess['client'] => ({
  profile,
  roots: roots as DicomWebClientOptions['roots'],
  allowHttp,
});

/** A study that is nowhere: the nil UUID as a UID (PS3.5 B.2). */
const nowhere = '2.25.0';

async function smallSearch(client: DicomWebClient): Promise<void> {
  for await (const _study of client.searchForStudies({ studyInstanceUid: nowhere, limit: 1 })) return;
}

function authOf({ configuration: { auth, storeAuth } }: SiteNode, purpose: Purpose) {
  return purpose === 'store' ? (storeAuth ?? auth) : auth;
}
