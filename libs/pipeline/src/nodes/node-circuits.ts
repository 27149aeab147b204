import type { Log } from '@prelector/kernel';
import { PrelectorError, asPrelectorError, silentLog } from '@prelector/kernel';
import type { Probe } from './circuit.js';
import { Circuit, speaksAgainstNode } from './circuit.js';
import type { Account, Refusals } from './refusals.js';
import { OwnRefusals } from './refusals.js';

/** How a call reaches its node. */
export interface NodeAccess {
  readonly purpose: 'read' | 'store';
  /** Digest of the node's version and its credentials: with another one, all begins anew. */
  readonly credential: string;
  readonly probe: Probe;
  /** Whether the search uses the call's own account, and so shows that it is accepted. */
  readonly probeProves: boolean;
}

export interface NodeCircuitsOptions {
  /** What all processes of the installation share; this process alone by default. */
  readonly refusals?: Refusals;
  readonly log?: Log;
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number;
}

interface Door {
  readonly credential: string;
  readonly circuit: Circuit;
  /** The account was not refused when it was tried last. */
  proven: boolean;
  /** A call has come through with it since. */
  confirmed: boolean;
  proof: Promise<void> | undefined;
}

/**
 * Says for each PACS node and purpose whether it may be called. A node that is down is left alone for a while,
 * so that it does not hold up the work for others; one that refuses our account is asked a few times and then
 * at long intervals, so that no account is locked. What fails for the node's sake bears the scope `node`, and
 * uses up no attempt of a study.
 */
export class NodeCircuits {
  readonly #doors = new Map<string, Door>();
  readonly #refusals: Refusals;
  readonly #log: Log;
  readonly #nowMs: () => number;

  constructor(options: NodeCircuitsOptions = {}) {
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#refusals = options.refusals ?? new OwnRefusals(this.#nowMs);
    this.#log = options.log ?? silentLog;
  }

  /** Makes a call to the node; or throws, without calling, `node.circuit-open` or `node.account-refused`. */
  async run<T>(nodeId: string, call: () => Promise<T>, access?: NodeAccess): Promise<T> {
    const { door, account } = await this.#enter(nodeId, access);
    if (!door.proven) await this.#prove(door, account, access);
    try {
      const answer = await call();
      door.circuit.passed();
      await this.#accepted(door, account);
      return answer;
    } catch (thrown) {
      throw await this.#failed(door, account, asPrelectorError(thrown));
    }
  }

  /**
   * Makes the searches that a call would be preceded by, so that a call that follows at once waits for none; throws
   * as that would. An account of which no search shows anything is left for the call itself to try.
   */
  async ready(nodeId: string, access: NodeAccess): Promise<void> {
    const { door, account } = await this.#enter(nodeId, access);
    if (!door.proven && access.probeProves) await this.#prove(door, account, access);
  }

  async #enter(nodeId: string, access: NodeAccess | undefined): Promise<{ door: Door; account: Account }> {
    const account = { nodeId, purpose: access?.purpose ?? 'read', credential: access?.credential ?? '' };
    const door = this.#doorFor(account);
    await door.circuit.enter(access?.probe).catch(async (thrown: unknown) => {
      const error = asPrelectorError(thrown);
      if (access?.probeProves) await this.#noteRefusal(door, account, error);
      throw error;
    });
    return { door, account };
  }

  #doorFor({ nodeId, purpose, credential }: Account): Door {
    const key = `${nodeId}/${purpose}`;
    const known = this.#doors.get(key);
    if (known?.credential === credential) return known;
    const circuit = new Circuit(this.#nowMs);
    const door: Door = { credential, circuit, proven: false, confirmed: false, proof: undefined };
    this.#doors.set(key, door);
    return door;
  }

  /** One small search shows whether the account is accepted, before many calls show it at once. */
  async #prove(door: Door, account: Account, access: NodeAccess | undefined): Promise<void> {
    door.proof ??= this.#proof(door, account, access).finally(() => {
      door.proof = undefined;
    });
    await door.proof;
  }

  async #proof(door: Door, account: Account, access: NodeAccess | undefined): Promise<void> {
    const refusal = await this.#refusals.admit(account);
    if (refusal) {
      throw new PrelectorError(
        'node.account-refused',
        'transient',
        `${refusal.reason} It is asked again ever more seldom, so that the account is not locked; at once when the node or its password changes, or by: prelector retry --node <node> --reason "...".`,
        { scope: 'node' },
      );
    }
    if (!access?.probeProves) return;
    try {
      await access.probe();
    } catch (thrown) {
      const error = asPrelectorError(thrown);
      const counted = await this.#failed(door, account, error);
      if (speaksAgainstNode(error) || error.scope === 'node') throw counted;
      // Any other answer, such as that there is no such search, is one to an account that is accepted.
    }
    door.proven = true;
  }

  async #accepted(door: Door, account: Account): Promise<void> {
    if (door.confirmed) return;
    door.proven = true;
    door.confirmed = true;
    await this.#refusals.accepted(account);
  }

  async #failed(door: Door, account: Account, error: PrelectorError): Promise<PrelectorError> {
    await this.#noteRefusal(door, account, error);
    return door.circuit.failed(error);
  }

  async #noteRefusal(door: Door, account: Account, error: PrelectorError): Promise<void> {
    if (error.code !== 'dicomweb.unauthorised') return;
    // The late answer to a password of before says nothing of the present one.
    if (this.#doors.get(`${account.nodeId}/${account.purpose}`) !== door) return;
    door.proven = false;
    door.confirmed = false;
    const refusals = await this.#refusals.refused(account, error.message);
    if (refusals > 1) return;
    const { nodeId, purpose } = account;
    this.#log.warn('a PACS node refuses our account and is asked ever more seldom', { nodeId, purpose });
  }
}
