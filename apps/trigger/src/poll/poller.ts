import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Clock, Log } from '@prelector/kernel';
import { PrelectorError, asPrelectorError } from '@prelector/kernel';
import type { PollClaim, PollEnd } from '@prelector/ledger';
import { Ledger, Polls } from '@prelector/ledger';
import type { SiteNode } from '@prelector/pipeline';
import { CLOCK, CONFIGURATION, HOLDER, LOG, NodeClients, SiteView } from '@prelector/pipeline';
import type { Configuration } from '@prelector/platform';
import { pollStudies } from './poll-studies.js';
import { localTime, reachingBack, recentWindow, sweepWindow } from './poll-window.js';

const leaseSeconds = 60;
/** A poll that failed is tried again this soon, also where it is due once a day. */
const retrySeconds = 60;

/**
 * Polls every node that is due; replicas share the nodes through the ledger. No poll waits for another: a node
 * that is slow, or whose sweep takes hours, holds up nothing else.
 */
@Injectable()
export class Poller implements BeforeApplicationShutdown {
  readonly #underWay = new Set<Promise<void>>();
  /** What polls failed by that have not come through since, by poll: each cause is logged once. */
  readonly #failing = new Map<string, string>();
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly ledger: Ledger,
    private readonly polls: Polls,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  @Interval(1000)
  tick(): void {
    if (this.#looking || this.#stopped) return;
    this.#looking = this.#quietly(this.#pollDue()).finally(() => {
      this.#looking = undefined;
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.#looking;
    await Promise.all(this.#underWay);
  }

  #quietly(work: Promise<void>): Promise<void> {
    return work.catch((thrown: unknown) =>
      this.log.warn('polling failed', { code: asPrelectorError(thrown).code }),
    );
  }

  async #pollDue(): Promise<void> {
    const nodes = [...this.site.current.nodes.values()].filter((node) => node.configuration.poll.enabled);
    const now = this.clock.now();
    for (const node of nodes) {
      await this.polls.ensure(node.id, 'recent', now);
      if (node.configuration.poll.sweep.days > 0) await this.polls.ensure(node.id, 'sweep', now);
    }
    const nodeIds = nodes.map((node) => node.id);
    while (!this.#stopped && nodeIds.length > 0) {
      const claim = await this.polls.claim({ holder: this.holder, leaseSeconds, nodeIds });
      const node = claim && this.site.current.nodes.get(claim.nodeId);
      if (!claim || !node) return;
      const poll = this.#quietly(this.#poll(claim, node)).finally(() => this.#underWay.delete(poll));
      this.#underWay.add(poll);
    }
  }

  async #poll(claim: PollClaim, node: SiteNode): Promise<void> {
    const { poll, timeZone } = node.configuration;
    const zone = timeZone ?? this.configuration.site.timeZone;
    const now = this.clock.now();
    const range =
      claim.kind === 'recent'
        ? reachingBack(recentWindow(now, poll.windowHours, zone), claim.windowTo)
        : sweepWindow(now, poll.sweep.days, zone);
    const everySeconds = claim.kind === 'recent' ? poll.everySeconds : poll.sweep.everyHours * 3600;
    const nextDueAt = new Date(now.getTime() + everySeconds * 1000);
    const renewal = setInterval(
      () => void this.polls.renew(claim, leaseSeconds).catch(() => undefined),
      (leaseSeconds * 1000) / 3,
    );
    let end: PollEnd;
    try {
      // What stood there before a node was added is older work, analysed only when somebody asks for it.
      const olderThan = claim.windowFrom === null ? localTime(claim.addedAt, zone) : undefined;
      const { seen, unusable } = await this.clients.read(node.id, (client) =>
        pollStudies({ ledger: this.ledger, client, node, range, olderThan, now }),
      );
      end = { nextDueAt, windowFrom: iso(range.from), windowTo: iso(range.to), studiesSeen: seen };
      if (unusable > 0) end = { ...end, ...passedOver(unusable) };
      if (this.#failing.delete(claim.id))
        this.log.info('polls come through again', { node: node.name, kind: claim.kind });
    } catch (thrown) {
      const { code, message } = asPrelectorError(thrown);
      this.#tell(claim, node, code);
      const soonMs = Math.min(everySeconds, retrySeconds) * 1000;
      end = { nextDueAt: new Date(now.getTime() + soonMs), errorCode: code, error: message };
    } finally {
      clearInterval(renewal);
    }
    await this.ledger.transaction((tx) => tx.polls.finish(claim, end));
  }

  /** Once for each cause; while a node or an account is left alone for it nothing is asked, which is no further one. */
  #tell({ id, kind }: PollClaim, node: SiteNode, code: string): void {
    const said = this.#failing.get(id);
    if (said === code || (said !== undefined && leftAlone.has(code))) return;
    this.#failing.set(id, code);
    this.log.warn('polls fail', { node: node.name, kind, code });
  }
}

const leftAlone: ReadonlySet<string> = new Set(['node.account-refused', 'node.circuit-open']);

/** A poll that ended well and could not take every study: that is told until the archive is corrected. */
function passedOver(unusable: number): Pick<PollEnd, 'errorCode' | 'error'> {
  const { code, message } = new PrelectorError(
    'poll.unusable-uid',
    'permanent',
    'Studies stand in the PACS under a Study Instance UID that is none (PS3.5 section 9.1), by which nothing can ask for them: they are not analysed until it is corrected there.',
  );
  return { errorCode: code, error: `${message} (${unusable} in the window)` };
}

const iso = (date: string) => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
