import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { StudyIdentity } from '@prelector/findings';
import { compareArchiveWithArchive } from '@prelector/findings';
import type { Log } from '@prelector/kernel';
import { PrelectorError, asPrelectorError, counted } from '@prelector/kernel';
import type { Claim, RunRow, RunSelection, StudyRow, Tx } from '@prelector/ledger';
import {
  Ledger,
  earlierDigests,
  holdStudy,
  inputsOfRun,
  lockAboutStudies,
  lockRun,
  joinStudy,
  lockStudy,
  moveRun,
  openIdentity,
  recordEvent,
  recordFindings,
  recordRunInputs,
  recordSighting,
  releasedIdentities,
  scheduleStep,
  studyById,
} from '@prelector/ledger';
import type { ModelPackage } from '@prelector/models';
import type { StepHandler, StepResult } from '@prelector/pipeline';
import { CONFIGURATION, LOG, NodeClients, done } from '@prelector/pipeline';
import type { Configuration } from '@prelector/platform';
import { PackageShelf } from '../packages/package-shelf.js';
import { runError } from '../runner/errors.js';
import { MOST_IDENTITIES } from '../runner/instance-check.js';
import type { RunnerAnswer } from '../runner/runner.js';
import { beginRun } from './begin-run.js';
import { RunnerPool } from './runner-pool.js';

const who = 'analysis';

/** Runs a model package on the selected instances in a runner, and keeps what it says. */
@Injectable()
export class RunHandler implements StepHandler, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly step = 'run';
  readonly concurrency: number;
  readonly #runners: RunnerPool;

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly shelf: PackageShelf,
    @Inject(CONFIGURATION) { workers }: Configuration,
    @Inject(LOG) log: Log,
  ) {
    this.concurrency = workers.runners;
    this.#runners = new RunnerPool({ log, runners: workers.runners, memoryMiB: workers.memoryMiB });
  }

  onApplicationBootstrap(): void {
    this.#runners.prepare();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#runners.close();
  }

  async handle(claim: Claim, signal: AbortSignal): Promise<StepResult> {
    const run = await beginRun(this.ledger, claim);
    if (!run) return done();
    return this.#perform(run, signal).catch((thrown: unknown) => {
      throw namingTheModel(run, asPrelectorError(thrown));
    });
  }

  async #perform(run: RunRow, signal: AbortSignal): Promise<StepResult> {
    const study = await studyById(this.ledger.pool, run.studyId);
    const model = await this.#package(run);
    const answer = await this.#analyse(run, study, model, signal);
    return done((tx) => this.#keep(tx, run, study, model, answer));
  }

  async buried(tx: Tx, rowId: string, reason: { code: string; message: string }): Promise<void> {
    const { state } = await lockRun(tx, rowId);
    if (state === 'pending' || state === 'running')
      await moveRun(tx, rowId, 'dead', { who, why: reason.message });
  }

  async #package(run: RunRow): Promise<ModelPackage> {
    const model = await this.shelf.find(run.packageId);
    if (model?.digest === run.packageDigest) return model;
    throw runError('run.package-changed', 'it is not installed');
  }

  async #analyse(
    run: RunRow,
    study: StudyRow,
    model: ModelPackage,
    signal: AbortSignal,
  ): Promise<RunnerAnswer> {
    const inputs = await inputsOfRun(this.ledger.pool, run.id);
    const first = inputs[0];
    if (!first) throw new PrelectorError('run.no-input', 'permanent', 'The run selected no instance.');
    return this.clients.guard(run.nodeId, (client) =>
      this.#runners.run(
        {
          package: { folder: model.folder, digest: model.digest },
          source: { kind: 'dicomweb', client },
          studyInstanceUid: study.studyInstanceUid,
          series: {
            seriesInstanceUid: first.seriesInstanceUid,
            instances: inputs.map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid })),
            why: run.selection?.why ?? 'chosen by the rule',
            notes: run.selection?.notes ?? [],
            ...promised(run.selection),
          },
        },
        { signal, timeoutSeconds: model.manifest.timeoutSeconds, memoryMiB: model.manifest.memoryMiB },
      ),
    );
  }

  async #keep(
    tx: Tx,
    run: RunRow,
    study: StudyRow,
    model: ModelPackage,
    answer: RunnerAnswer,
  ): Promise<void> {
    const { vault } = this.ledger;
    const { studyInstanceUid } = study;
    await lockAboutStudies(tx, vault, [{ studyInstanceUid, identities: answer.identities.slice(0, 1) }]);
    const [identity] = answer.identities;
    // What only files state, the issuer of an accession number for one, says which orders speak of the study.
    if (identity) await joinStudy(tx, vault, study, { nodeId: run.nodeId, identity }, { who });
    const now = await lockStudy(tx, study.id);
    const released = now.releasedIdentityId
      ? await openIdentity(tx, vault, now.releasedIdentityId)
      : undefined;
    const covered = await releasedIdentities(tx, vault, study.id);
    const reason = identityProblem(answer.identities, released, covered);
    // Where they disagree, all that were seen are kept: a person who releases the study releases these.
    for (const seen of reason ? answer.identities : answer.identities.slice(0, 1)) {
      await recordSighting(tx, vault, {
        studyId: study.id,
        runId: run.id,
        nodeId: run.nodeId,
        stage: 'fetch',
        identity: seen,
      });
    }
    if (reason) {
      await holdStudy(tx, now, { who, why: reason, awaitsOrder: false });
      await moveRun(tx, run.id, 'held', { who, why: reason });
      return;
    }
    const inputs = await inputsOfRun(tx, run.id);
    await recordRunInputs(
      tx,
      run.id,
      inputs.map(({ seriesInstanceUid, sopClassUid, sopInstanceUid }) => ({
        seriesInstanceUid,
        sopClassUid,
        sopInstanceUid,
        digest: answer.instanceDigests[sopInstanceUid],
      })),
    );
    await this.#noteChangedImages(tx, run, answer);
    await recordFindings(tx, run.id, answer.findings, model.identity);
    await moveRun(
      tx,
      run.id,
      'done',
      { who, why: answer.findings.summary },
      { outcome: answer.findings.outcome },
    );
    await scheduleStep(tx, { step: 'encode', rowId: run.id, priority: now.priority });
  }

  /** An image that came back changed under its old UID is said, with how many there are. */
  async #noteChangedImages(tx: Tx, run: RunRow, { instanceDigests }: RunnerAnswer): Promise<void> {
    const earlier = await earlierDigests(tx, run);
    const changed = [...earlier].filter(
      ([uid, digest]) => instanceDigests[uid] !== undefined && instanceDigests[uid] !== digest,
    );
    if (changed.length === 0) return;
    const why = `${counted(changed.length, 'instance')} came back changed under the old UID since an earlier run`;
    await recordEvent(tx, { who, what: 'images changed', subjectKind: 'study', subjectId: run.studyId, why });
  }
}

/** So that a dead letter says which model it is of. */
function namingTheModel({ packageId, packageVersion }: RunRow, error: PrelectorError): PrelectorError {
  const { code, recovery, scope, message } = error;
  // What is a node's has nothing to do with the model, and is told once for all that wait for it.
  if (scope === 'node' || scope === 'installation') return error;
  return new PrelectorError(code, recovery, `${packageId} ${packageVersion}: ${message}`, {
    cause: error.cause,
    scope,
  });
}

/**
 * Why the part-10 headers do not all speak of one known patient and study; undefined when they do. After a
 * release they are compared with the identity that a person took as right, those that the person saw apart.
 */
function identityProblem(
  identities: readonly StudyIdentity[],
  released: StudyIdentity | undefined,
  covered: (identity: StudyIdentity) => boolean,
): string | undefined {
  const first = released ?? identities[0];
  if (!first || identities.length === 0) return 'the fetched instances state no identity';
  // No more were gathered, so that there may be one that nobody saw.
  if (identities.length >= MOST_IDENTITIES)
    return `the fetched instances state ${MOST_IDENTITIES} different identities or more`;
  for (const other of identities.filter((each) => !covered(each))) {
    const verdict = compareArchiveWithArchive(first, other);
    if (verdict.verdict === 'holds') return `identity within the fetched instances ${verdict.reason}`;
  }
  return undefined;
}

/** What the images must turn out to be, where a selection promised it. */
function promised(selection: RunSelection | null) {
  if (!selection) return {};
  const { slices, described, geometry } = selection;
  return { slices, described, geometry };
}
