import { join } from 'node:path';
import { Inject } from '@nestjs/common';
import { disagreementOf } from '@prelector/evidence';
import type { ImageIdentity } from '@prelector/findings';
import { readings } from '@prelector/findings';
import type { Log } from '@prelector/kernel';
import { PrelectorError, asPrelectorError, counted } from '@prelector/kernel';
import type { Claim, RunRow, StudyRow, Tx } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import type { ModelInput, ModelPackage } from '@prelector/models';
import { inputsOf } from '@prelector/models';
import type { StepResult } from '@prelector/pipeline';
import { ARTIFACTS, CONFIGURATION, LOG, NodeClients, done, ofModel, StepHandler } from '@prelector/pipeline';
import type { ArtifactStore, Configuration } from '@prelector/platform';
import { ProcessesStep } from '@prelector/queue';
import { PackageShelf } from '../packages/package-shelf.js';
import { ArtifactHandover } from '../runner/artifact-handover.js';
import { runError } from '../runner/errors.js';
import type { RunnerAnswer } from '../runner/runner.js';
import { beginRun } from './begin-run.js';
import type { IdentitySource } from './run-identity.js';
import { identityProblem, identitySource } from './run-identity.js';
import { RunnerPool } from './runner-pool.js';

const who = 'analysis';

/** The archive's series is another than the one that was selected: images came, or went, since. */
const seriesChanged: ReadonlySet<string> = new Set(['run.instances-undescribed', 'run.instances-missing']);

/** Runs a model package on the selected instances in a runner, and keeps what it says. */
@ProcessesStep('run')
export class RunHandler extends StepHandler {
  readonly step = 'run';
  readonly #workers: Configuration['workers'];
  readonly #handover: ArtifactHandover;
  readonly #runners: RunnerPool;

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly shelf: PackageShelf,
    @Inject(CONFIGURATION) { workers, dataFolder }: Configuration,
    @Inject(ARTIFACTS) artifacts: ArtifactStore,
    @Inject(LOG) log: Log,
  ) {
    super();
    this.#workers = workers;
    this.#handover = new ArtifactHandover({
      root: join(dataFolder, 'runs'),
      log,
      keep: (content, mediaType) => artifacts.put(content, { mediaType, encrypt: true }),
    });
    const { runners, memoryMiB } = workers;
    this.#runners = new RunnerPool({ log, runners, memoryMiB, handover: this.#handover });
  }

  protected override get concurrency(): number {
    return this.#workers.runners;
  }

  override async onApplicationBootstrap(): Promise<void> {
    await this.#handover.sweep();
    this.#runners.prepare();
    await super.onApplicationBootstrap();
  }

  override async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([super.beforeApplicationShutdown(), this.#runners.close()]);
  }

  async handle(claim: Claim, signal: AbortSignal): Promise<StepResult> {
    const run = await beginRun(this.ledger, claim);
    if (!run) return done();
    return ofModel(run, () =>
      this.#perform(run, signal).catch((thrown: unknown) => this.#failed(run, asPrelectorError(thrown))),
    );
  }

  /** A series that is no longer what was selected is selected from anew; what is selected then takes over from the run. */
  async #failed(run: RunRow, error: PrelectorError): Promise<StepResult> {
    if (!seriesChanged.has(error.code)) throw error;
    const isOver = await this.ledger.transaction(async (tx) => {
      const study = await tx.studies.lock(run.studyId);
      if (await tx.runs.isTakenOver(run)) return true;
      await tx.copies.selectAnew(study);
      return false;
    });
    if (!isOver) throw error;
    const why = `a run of the series as it is now took over: ${error.message}`;
    return done(async (tx) => {
      const study = await tx.studies.lock(run.studyId);
      await tx.moves.run(run.id, 'pending', { who, why: error.message });
      await tx.moves.run(run.id, 'cancelled', { who, why });
      await tx.copies.selectOthersAnew(study, run.nodeId);
    });
  }

  async #perform(run: RunRow, signal: AbortSignal): Promise<StepResult> {
    const study = await this.ledger.pool.studies.byId(run.studyId);
    const model = await this.#package(run);
    const answer = await this.#analyse(run, study, model, signal);
    return done((tx) => ofModel(run, () => this.#keep(tx, run, study, model, answer)));
  }

  override async buried(tx: Tx, rowId: string, reason: { code: string; message: string }): Promise<void> {
    const run = await tx.runs.byId(rowId);
    if (!run) return;
    const study = await tx.studies.lock(run.studyId);
    const { state, nodeId } = await tx.runs.lock(rowId);
    if (state !== 'pending' && state !== 'running') return;
    await tx.moves.run(rowId, 'dead', { who, why: reason.message });
    await tx.copies.selectOthersAnew(study, nodeId);
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
    const inputs = await this.ledger.pool.runs.inputsOf(run.id);
    const first = inputs[0];
    if (!first) throw new PrelectorError('run.no-input', 'permanent', 'The run selected no instance.');
    // One series is selected for a run: a model that reads more roles finds the others missing.
    const [{ role }] = inputsOf(model.manifest) as [ModelInput];
    return this.clients.guard(run.nodeId, ({ client, ...access }) =>
      this.#runners.run(
        {
          package: { folder: model.folder, digest: model.digest },
          source: { kind: 'dicomweb', client },
          studyInstanceUid: study.studyInstanceUid,
          series: [
            {
              role,
              seriesInstanceUid: first.seriesInstanceUid,
              instances: inputs.map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid })),
              why: run.selection?.why ?? 'chosen by the rule',
              notes: run.selection?.notes ?? [],
              ...(run.selection
                ? {
                    slices: run.selection.slices,
                    geometry: run.selection.geometry,
                    described: run.selection.described,
                  }
                : {}),
            },
          ],
        },
        {
          access,
          signal,
          timeoutSeconds: model.manifest.timeoutSeconds,
          memoryMiB: model.manifest.memoryMiB,
        },
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
    const { studyInstanceUid } = study;
    const identities = answer.identities.map(({ identity }) => identity);
    await tx.locks.aboutStudies([{ studyInstanceUid, identities }]);
    const { releasedIdentityId } = await tx.studies.lock(study.id);
    const released = releasedIdentityId ? await tx.identities.open(releasedIdentityId) : undefined;
    const covered = await tx.identities.releasedOf(study.id);
    const reason = identityProblem(identities, released, covered);
    const source = identitySource(answer.identities, released);
    // Where they disagree, all that were seen are kept: a person who releases the study releases these.
    for (const seen of reason || !source ? identities : [source.identity]) {
      await tx.identities.recordSighting({
        studyId: study.id,
        runId: run.id,
        nodeId: run.nodeId,
        stage: 'fetch',
        identity: seen,
      });
    }
    const fullest = identitySource(answer.identities, undefined);
    // What only files state, the issuer of an accession number for one, says which orders speak of the study.
    if (fullest)
      await tx.joining.joinStudy(study, { nodeId: run.nodeId, identity: fullest.identity }, { who });
    const now = await tx.studies.lock(study.id);
    if (reason) {
      await tx.holds.hold(now, { who, why: reason, awaitsOrder: false });
      await tx.moves.run(run.id, 'held', { who, why: reason });
      return;
    }
    await this.#noteSource(tx, run, identities, source);
    const inputs = await tx.runs.inputsOf(run.id);
    await tx.runs.recordInputs(
      run.id,
      inputs.map(({ seriesInstanceUid, sopClassUid, sopInstanceUid }) => ({
        seriesInstanceUid,
        sopClassUid,
        sopInstanceUid,
        digest: answer.instanceDigests[sopInstanceUid],
      })),
    );
    await this.#noteChangedImages(tx, run, answer);
    for (const { digest, bytes: size, mediaType } of answer.artifacts)
      await tx.evidence.recordArtifact({ digest, size, mediaType, encrypted: true });
    await tx.runs.recordFindings(run.id, answer.findings, model.identity);
    await tx.moves.run(
      run.id,
      'done',
      { who, why: answer.findings.summary },
      { outcome: answer.findings.outcome, identitySource: source?.sopInstanceUid ?? null },
    );
    await tx.steps.schedule({ step: 'encode', rowId: run.id, priority: now.priority });
    if (!readings.has(answer.findings.outcome)) await tx.copies.selectOthersAnew(now, run.nodeId);
  }

  /** Where images disagree and a person released them, the record says whose statement the reports bear. */
  async #noteSource(
    tx: Tx,
    run: RunRow,
    identities: readonly ImageIdentity[],
    source: IdentitySource | undefined,
  ): Promise<void> {
    const disagreement = disagreementOf(identities);
    if (disagreement === undefined || source?.sopInstanceUid === undefined) return;
    const why = `what the images of the run state ${disagreement}; as released, reports bear what instance ${source.sopInstanceUid} states, ${source.why}`;
    await tx.events.record({ who, what: 'identity chosen', subjectKind: 'run', subjectId: run.id, why });
  }

  /** An image that came back changed under its old UID is said, with how many there are. */
  async #noteChangedImages(tx: Tx, run: RunRow, { instanceDigests }: RunnerAnswer): Promise<void> {
    const earlier = await tx.runs.earlierDigests(run);
    const changed = [...earlier].filter(
      ([uid, digest]) => instanceDigests[uid] !== undefined && instanceDigests[uid] !== digest,
    );
    if (changed.length === 0) return;
    const why = `${counted(changed.length, 'instance')} came back changed under the old UID since an earlier run`;
    await tx.events.record({
      who,
      what: 'images changed',
      subjectKind: 'study',
      subjectId: run.studyId,
      why,
    });
  }
}
