import type { StepName, StudyIdentity } from '@prelector/findings';
import type { OrderMessageOptions } from '@prelector/hl7';
import { orderMessage, readAck } from '@prelector/hl7';
import type { Clock } from '@prelector/kernel';
import { silentLog } from '@prelector/kernel';
import type { Ledger, StudyRow, Tx } from '@prelector/ledger';
import { OrderRow } from '@prelector/ledger';
import type { StepHandler } from '@prelector/pipeline';
import { NodeCircuits, NodeClients, SiteView } from '@prelector/pipeline';
import { FeedIntake } from '../../apps/trigger/src/hl7/feed-intake.js';
import { ObserveHandler } from '../../apps/trigger/src/completeness/observe.handler.js';
import { ResolveHandler } from '../../apps/trigger/src/orders/resolve.handler.js';
import { pollStudies } from '../../apps/trigger/src/poll/poll-studies.js';
import { by, freshUid, some, testLedger } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { SearchArchive } from './search-archive.testing.js';

interface StepRow {
  readonly id: string;
  readonly step: StepName;
  readonly attempt: number;
  readonly row_id: string;
}

/**
 * Intake, polls, orders and completeness on a real ledger and real archives, in the test's own time: a step
 * runs when the test says so, so that it can play whatever comes between.
 */
export class TestTrigger {
  /** Seconds by which the clock of the handlers is ahead. */
  ahead = 0;
  readonly #clock: Clock = { now: () => new Date(Date.now() + this.ahead * 1000) };

  private constructor(
    readonly ledger: Ledger,
    readonly archives: Readonly<Record<string, SearchArchive>>,
    private readonly site: SiteView,
    private readonly clients: NodeClients,
    private readonly close: () => Promise<void>,
  ) {}

  /**
   * Nodes of these names, each an archive.
   *
   * @param feeds the nodes for which each feed speaks; one feed for all of them unless said otherwise
   * @param issuers of Patient IDs that nodes are configured with
   */
  static async start(
    nodes: Readonly<Record<string, 'test' | 'clinical'>>,
    feeds: Readonly<Record<string, readonly string[]>> = { ris: Object.keys(nodes) },
    issuers: Readonly<Record<string, string>> = {},
  ): Promise<TestTrigger> {
    const { ledger, close } = await testLedger();
    const archives: Record<string, SearchArchive> = {};
    for (const name of Object.keys(nodes)) archives[name] = await SearchArchive.start();
    await ledger.transaction((tx) =>
      tx.configurationChanges.apply(
        {
          nodes: Object.entries(nodes).map(([name, purpose]) => ({
            name,
            purpose,
            body: {
              name,
              purpose,
              profile: 'generic-strict',
              // These archives answer searches alone, and lose nothing.
              overrides: { qido: { text: 'exact' } },
              roots: { base: some(archives[name]).root },
              allowHttp: true,
              ...(issuers[name] ? { issuerOfPatientId: issuers[name] } : {}),
              completeness: { settleSeconds: 1, settleSecondsAfterAcquisition: 0 },
            },
          })),
          feeds: Object.entries(feeds).map(([name, speaksFor]) => ({
            name,
            body: { name, port: 0, nodes: speaksFor },
          })),
        },
        by,
      ),
    );
    const site = new SiteView(ledger, silentLog);
    await site.refresh();
    const clients = new NodeClients(site, new NodeCircuits(), () => '', silentLog, false);
    return new TestTrigger(ledger, archives, site, clients, async () => {
      await clients.close();
      for (const archive of Object.values(archives)) await archive.stop();
      await close();
    });
  }

  stop(): Promise<void> {
    return this.close();
  }

  /** Takes an HL7 message, of that feed or else of the first, and returns the code of its acknowledgement. */
  async hear(message: Uint8Array, feedName?: string): Promise<string> {
    const ack = readAck(some((await this.answer(message, feedName))[0]));
    if (!ack.ok) throw new Error(ack.error.text);
    return ack.value.code;
  }

  /** Takes an HL7 message, of that feed or else of the first, and returns its acknowledgements. */
  answer(message: Uint8Array, feedName?: string): Promise<Uint8Array[]> {
    const { feeds } = this.site.current;
    const feed = feedName === undefined ? feeds[0] : feeds.find(({ name }) => name === feedName);
    return new FeedIntake(some(feed), this.ledger, this.#clock, silentLog).take(message);
  }

  /** Has `apply` write the configuration of the feed anew. */
  async configureFeed(apply: (tx: Tx) => Promise<unknown>): Promise<void> {
    await this.ledger.transaction((tx) => apply(tx).then(() => undefined));
    await this.site.refresh();
  }

  /** Polls a node for the studies of a date; `olderThan` is the local time up to which they are noted only. */
  async poll(nodeName: string, date: string, olderThan?: string): Promise<void> {
    const node = some([...this.site.current.nodes.values()].find(({ name }) => name === nodeName));
    await this.clients.read(node.id, (client) =>
      pollStudies({
        ledger: this.ledger,
        client,
        node,
        range: { from: date, to: date },
        olderThan,
        now: this.#clock.now(),
      }),
    );
  }

  /** Keeps what the images of a study on a node stated when they were read, as the analysis does. */
  async imagesRead(nodeName: string, studyInstanceUid: string, identity: StudyIdentity): Promise<void> {
    const node = some([...this.site.current.nodes.values()].find(({ name }) => name === nodeName));
    await this.ledger.transaction(async (tx) => {
      await tx.locks.aboutStudies([{ studyInstanceUid, identities: [identity] }]);
      const study = some(await tx.studies.byUid(studyInstanceUid));
      await tx.identities.recordSighting({ studyId: study.id, nodeId: node.id, stage: 'fetch', identity });
      await tx.joining.joinStudy(study, { nodeId: node.id, identity }, { who: 'analysis' });
    });
  }

  /** Works on every step of orders and copies that waits, due or not, once each. */
  async work(): Promise<void> {
    // Made anew, as by a process of its own each time: what spaces the questions of one does not slow the next.
    const handlers: StepHandler[] = [
      new ResolveHandler(this.ledger, this.clients, this.site, this.#clock),
      new ObserveHandler(this.ledger, this.clients, this.site, this.#clock),
    ];
    for (const handler of handlers) {
      const waiting: StepRow[] = await this.ledger.pool.sql.manager.query(
        `SELECT id, step, attempt, row_id FROM step WHERE step = $1 AND state = 'waiting' ORDER BY priority, due_at`,
        [handler.step],
      );
      for (const { id, attempt } of waiting) await this.#do(handler, id, attempt);
    }
  }

  /** Has the archives asked for the last order; what came of it is committed when that is called for. */
  async asked(): Promise<() => Promise<void>> {
    const { id } = await this.lastOrder();
    const [step] = await this.ledger.pool.sql.manager.query<StepRow[]>(
      `SELECT id, step, attempt, row_id FROM step WHERE step = 'resolve' AND row_id = $1`,
      [id],
    );
    const handler = new ResolveHandler(this.ledger, this.clients, this.site, this.#clock);
    return this.#begun(handler, some(step).id, some(step).attempt);
  }

  async #do(handler: StepHandler, stepId: string, attempt: number): Promise<void> {
    const commit = await this.#begun(handler, stepId, attempt);
    await commit();
  }

  async #begun(handler: StepHandler, stepId: string, attempt: number): Promise<() => Promise<void>> {
    const claim = await this.ledger.pool.steps.claim({ stepId, attempt, holder: 'test', leaseSeconds: 600 });
    if (!claim) return () => Promise.resolve();
    const result = await handler.handle(claim, new AbortController().signal, new AbortController().signal);
    return () =>
      this.ledger.transaction(async (tx) => {
        await result.commit?.(tx);
        if (result.kind === 'done') await tx.steps.complete(claim);
        else await tx.steps.defer(claim, result.until, result.reason);
      });
  }

  /** Lets as much time pass as a study needs to be complete once its images are there. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round += 1) {
      await this.work();
      this.ahead += 2;
    }
  }

  /** Leaves everything that waits alone from now on. */
  async forget(): Promise<void> {
    await this.ledger.pool.sql.manager.query(`DELETE FROM outbox`);
    await this.ledger.pool.sql.manager.query(`UPDATE step SET state = 'done' WHERE state = 'waiting'`);
  }

  async study(studyInstanceUid: string): Promise<StudyRow> {
    return some(await this.ledger.pool.studies.byUid(studyInstanceUid));
  }

  /** Every order, oldest first. */
  orders(): Promise<OrderRow[]> {
    return this.ledger.pool.sql.manager.find(OrderRow, { order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** The order that was heard of last. */
  async lastOrder(): Promise<OrderRow> {
    return some((await this.orders()).at(-1));
  }

  /** Steps of a study's copies that are not over. */
  steps(study: StudyRow): Promise<{ step: string; priority: number }[]> {
    return this.ledger.pool.sql.manager.query(
      `SELECT s.step, s.priority FROM step s JOIN study_copy c ON c.id = s.row_id
       WHERE c.study_id = $1 AND s.state <> 'done' ORDER BY s.step`,
      [study.id],
    );
  }
}

let serial = 0;
export const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');

/** A study of today, of a patient and an accession number of its own. */
export function freshStudy(
  change: Partial<ArchivedStudy> = {},
): ArchivedStudy & { readonly accessionNumber: string } {
  serial += 1;
  return {
    studyInstanceUid: freshUid(),
    patientId: `P${serial}`,
    accessionNumber: `A${serial}`,
    studyDate: today,
    series: { CT: 3 },
    ...change,
  };
}

/** A message about an order for a study by its accession number alone, unless the test says otherwise. */
export function messageFor(
  { patientId, accessionNumber }: Pick<ArchivedStudy, 'patientId' | 'accessionNumber'>,
  change: Partial<OrderMessageOptions> = {},
): Uint8Array {
  serial += 1;
  return orderMessage({
    form: 'ORM^O01',
    controlId: `I${serial}`,
    now: new Date(),
    identity: { patientId, ...(accessionNumber ? { accessionNumber } : {}) },
    fillerOrderNumber: `F-${accessionNumber ?? serial}`,
    ...change,
  });
}

/** An ADT message of these segments. */
export function adt(event: string, ...segments: string[]): Uint8Array {
  serial += 1;
  const head = `MSH|^~\\&|RIS|HOSP|PRELECTOR|AI|20261127120000||ADT^${event}|M${serial}|P|2.5`;
  return Buffer.from([head, ...segments, ''].join('\r'));
}

/** Says that one patient number stands for another from now on. */
export const merge = (survivor: string, retired: string): Uint8Array =>
  adt('A40^ADT_A39', `PID|1||${survivor}`, `MRG|${retired}`);
