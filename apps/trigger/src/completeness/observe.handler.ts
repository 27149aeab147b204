import { Inject } from '@nestjs/common';
import type { Completeness, Observation, StudyIdentity } from '@prelector/findings';
import { countInstances, judgeCompleteness, sameCounts } from '@prelector/findings';
import type { Clock } from '@prelector/kernel';
import { counted, isOwnFault } from '@prelector/kernel';
import type { Claim, StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import type { NodeConfiguration, SiteNode, StepEnd, StepResult } from '@prelector/pipeline';
import {
  CLOCK,
  NodeClients,
  SiteView,
  done,
  identitiesToJoin,
  later,
  listedIdentities,
  StepHandler,
} from '@prelector/pipeline';
import { ProcessesStep } from '@prelector/queue';
import type { StatedByArchive } from '../announcement/announce-study.js';
import { identitiesOf, keepStated } from '../announcement/announce-study.js';
import { holdIfListedTwice } from '../announcement/hold-if-refiled.js';
import { observeStudy } from './observe-study.js';

const who = 'trigger';

interface Watched {
  readonly study: StudyRow;
  readonly copy: StudyCopyRow;
  readonly policy: NodeConfiguration['completeness'];
}

/** Looks at one copy of a study, and judges whether it is complete. */
@ProcessesStep('observe')
export class ObserveHandler extends StepHandler {
  readonly step = 'observe';

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async handle(claim: Claim): Promise<StepResult> {
    const copy = await this.ledger.pool.copies.byId(claim.rowId);
    const study = await this.ledger.pool.studies.byId(copy.studyId);
    if (study.state === 'held') return done();
    const node = await this.site.node(copy.nodeId);
    const own = await this.ledger.pool.studies.ownSeriesOf(study.id);
    const at = this.clock.now();
    const { source: series } = await this.clients.read(copy.nodeId, (client) =>
      observeStudy(client, study.studyInstanceUid, own),
    );
    const observation: Observation = { at, series };
    const watched = { study, copy, policy: node.configuration.completeness };
    if (study.state === 'incomplete') return this.#whileGivenUp(watched, observation);
    return copy.completedAt
      ? this.#afterCompletion(watched, observation)
      : this.#before(watched, observation);
  }

  /**
   * A study that was only noted, or given up, is taken up when its source images change. What it holds at the
   * first look is what it is compared with, unless the poll knew that before.
   */
  async #whileGivenUp({ study, copy, policy }: Watched, observation: Observation): Promise<StepResult> {
    const last = (await this.ledger.pool.copies.observationsOf(copy.id)).at(-1);
    const before = last ? countInstances(last) : (copy.notedInstances ?? undefined);
    const now = countInstances(observation);
    const isSame = last ? sameCounts(last, observation) : before === undefined || now <= before;
    if (isSame) return done(last ? undefined : (tx) => keep(tx, copy.id, observation));
    const atMost = last ? '' : 'at most ';
    const why = `source images changed: ${counted(now, 'instance')}, ${atMost}${before} before`;
    return later(new Date(this.clock.now().getTime() + policy.settleSeconds * 1000), why, async (tx) => {
      const locked = await tx.studies.lock(study.id);
      await keep(tx, copy.id, observation);
      await this.#watchAgain(tx, locked, copy, observation.at, why);
    });
  }

  /**
   * Images that changed have a study watched again. Where the node is polled that announces it like any other
   * notice, also one that a person had withheld or that only a test had announced.
   */
  async #watchAgain(tx: Tx, study: StudyRow, copy: StudyCopyRow, since: Date, why: string): Promise<void> {
    if (study.state === 'complete' || study.state === 'incomplete') {
      await tx.moves.study(study.id, 'watching', { who, why }, { watchingSince: since });
    }
    if (copy.pollDigest === null) return;
    await tx.links.studyInEarnest({ studyInstanceUid: study.studyInstanceUid, who });
    if (study.withheldBy === null) return;
    await tx.studies.withhold(study.id, null);
    const subject = { subjectKind: 'study', subjectId: study.id } as const;
    await tx.events.record({ who, what: 'no longer withheld', ...subject, why });
  }

  /** The maximum wait counts from when this copy was first seen, or from when the study was reopened. */
  async #before({ study, copy, policy }: Watched, observation: Observation): Promise<StepResult> {
    const since = study.watchingSince > copy.firstSeenAt ? study.watchingSince : copy.firstSeenAt;
    const earlier = await this.ledger.pool.copies.observationsOf(copy.id, study.watchingSince);
    const expectation = await this.ledger.pool.studies.expectationOf(study.id);
    const now = this.clock.now();
    const node = await this.site.node(copy.nodeId);
    const verdict = judgeCompleteness([...earlier, observation], policy, expectation, since, now);
    // What stands under another patient is not among the images that were counted.
    const listed =
      verdict.kind === 'complete'
        ? await this.clients.read(node.id, (client) => listedIdentities(client, study.studyInstanceUid))
        : [];
    const stated = await this.#firstStatement(study, node, listed);
    const commit = async (tx: Tx): Promise<StepEnd | void> => {
      if (stated) await this.#keepStated(tx, study, stated);
      const locked = await tx.studies.lock(study.id);
      await keep(tx, copy.id, observation);
      if (listed.length > 1 && locked.state === 'watching') {
        await holdIfListedTwice(tx, locked, node, listed, who);
        if ((await tx.studies.lock(study.id)).state === 'held') return undefined;
      }
      // It is watched anew since: how long it was watched before says nothing.
      if (locked.watchingSince.getTime() !== study.watchingSince.getTime())
        return { kind: 'later', until: now, reason: 'the study was announced anew meanwhile' };
      await this.#conclude(tx, locked, copy, verdict);
      return undefined;
    };
    return verdict.kind === 'wait' ? later(verdict.until, verdict.reason, commit) : done(commit);
  }

  /** A study that nothing but a person named is found by its numbers, too, once it is complete. */
  async #firstStatement(
    { id, studyInstanceUid }: StudyRow,
    { id: nodeId, profile }: SiteNode,
    [first]: readonly StudyIdentity[],
  ): Promise<StatedByArchive | undefined> {
    const { pool } = this.ledger;
    if (!first || (await pool.archives.latestSeen(id))) return undefined;
    try {
      const [stated, ...further] = await this.clients.read(nodeId, (client) =>
        identitiesToJoin(client, profile, studyInstanceUid, first),
      );
      return stated && { nodeId, ...stated, further };
    } catch (thrown) {
      if (isOwnFault(thrown)) throw thrown;
      // Its run reads the images again, where one is made.
      return undefined;
    }
  }

  async #keepStated(tx: Tx, study: StudyRow, stated: StatedByArchive): Promise<void> {
    const { studyInstanceUid } = study;
    const { vault } = this.ledger;
    await tx.locks.aboutStudies([{ studyInstanceUid, identities: identitiesOf(stated) }]);
    await keepStated(tx, vault, study, stated, { who });
  }

  /** Writes a judgement onto the study's locked row: what another copy has brought about meanwhile stays. */
  async #conclude(tx: Tx, study: StudyRow, copy: StudyCopyRow, verdict: Completeness): Promise<void> {
    const move = { who, why: verdict.reason };
    const { state } = study;
    if (state === 'held') return;
    if (verdict.kind === 'wait') {
      if (state === 'watching') await tx.studies.setCompleteness(study.id, verdict);
      return;
    }
    if (verdict.kind === 'give-up') {
      if (state === 'watching') await tx.moves.study(study.id, 'incomplete', move, { completeness: verdict });
      else
        await tx.events.record({ ...move, what: 'copy given up', subjectKind: 'study', subjectId: study.id });
      return;
    }
    await tx.copies.complete(copy.id, verdict.imagesAsOf, verdict.forced);
    const complete =
      state === 'complete'
        ? study
        : await tx.moves.study(study.id, 'complete', move, {
            completeness: verdict,
            completedAt: verdict.imagesAsOf,
            completionNo: study.completionNo + 1,
          });
    await tx.copies.selectAnew(complete);
  }

  /** Late images reopen the study, or are only recorded, as the node's policy says. */
  async #afterCompletion({ study, copy, policy }: Watched, observation: Observation): Promise<StepResult> {
    const seen = await this.ledger.pool.copies.observationsOf(copy.id);
    const completed = seen.filter((each) => each.at <= (copy.completedAt ?? observation.at)).at(-1);
    if (completed && sameCounts(completed, observation)) return done();
    const why = `images changed after completion: ${counted(countInstances(observation), 'instance')}, ${completed ? countInstances(completed) : 0} before`;
    if (policy.lateImages === 'ignore') {
      return done(async (tx) => {
        await keep(tx, copy.id, observation);
        await tx.events.record({
          who,
          what: 'late images ignored',
          subjectKind: 'study',
          subjectId: study.id,
          why,
        });
      });
    }
    return later(new Date(this.clock.now().getTime() + policy.settleSeconds * 1000), why, async (tx) => {
      const locked = await tx.studies.lock(study.id);
      await keep(tx, copy.id, observation);
      await tx.copies.complete(copy.id, null);
      await this.#watchAgain(tx, locked, copy, observation.at, why);
    });
  }
}

async function keep(tx: Tx, copyId: string, observation: Observation): Promise<void> {
  const instances = countInstances(observation);
  await tx.copies.recordObservation({ copyId, at: observation.at, instances, series: observation.series });
}
