import type { Claim, NewRun, RunRow, StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import { selectSeries } from '@prelector/models';
import type { SiteNode, SiteRule, StepResult } from '@prelector/pipeline';
import { NodeClients, SiteView, done, failed, StepHandler } from '@prelector/pipeline';
import { ProcessesStep } from '@prelector/queue';
import { PackageShelf } from '../packages/package-shelf.js';
import type { Decision, Settled } from './decision.js';
import { inputsOf, runOf, wantedBy, withNote } from './decision.js';
import type { FullerCopy } from './fuller-copy.js';
import { fullerCopy } from './fuller-copy.js';
import { whyNot } from './rule-applies.js';
import { StudyMetadata, describedIn } from './study-metadata.js';
import { unreadStudy } from './unread-study.js';

const who = 'analysis';

type Decided = Awaited<ReturnType<Tx['studies']['latestVerdicts']>>;
type DecidedBefore = NonNullable<ReturnType<Decided['get']>>;

/** So many times all rules wait for an answer that is not whole, before what is there makes do where it can. */
const patience = 2;

/** A server that counts more than it ever lists is no reason to try for ever; all else that is short is. */
const miscounts: ReadonlySet<string> = new Set([
  'selection.series-short',
  'selection.instances-short',
  'selection.series-overcounted',
]);

/** Decides which rules make a run of a complete study, and says why for every one that does not. */
@ProcessesStep('select')
export class SelectHandler extends StepHandler {
  readonly step = 'select';

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    private readonly shelf: PackageShelf,
  ) {
    super();
  }

  async handle(claim: Claim): Promise<StepResult> {
    const copy = await this.ledger.pool.copies.byId(claim.rowId);
    const study = await this.ledger.pool.studies.byId(copy.studyId);
    if (study.state !== 'complete') return done();
    await this.site.refresh();
    const node = await this.site.node(copy.nodeId);
    const rules = this.site.current.rules.filter((rule) => rule.sourceIds.includes(node.id));
    const isPatient = claim.failures < patience;
    const decisions = rules.length === 0 ? [] : await this.#decide(study, copy, node, rules, isPatient);
    const short = decisions.find((each) => each.kind === 'short');
    if (short && isPatient) throw short.error;
    return done(async (tx) => {
      const now = await tx.studies.lock(study.id);
      const copyNow = await tx.copies.byId(copy.id);
      // A study that was reopened or held in the meantime is selected from again later.
      if (now.state !== 'complete' || !copyNow.completedAt) return;
      if (isOutdated(study, now))
        return {
          kind: 'later',
          until: tx.sql.now(),
          reason: 'the study was completed, or asked for, anew meanwhile',
        };
      if (rules.length === 0) await this.#noRule(tx, now);
      // What other rules decided while one waits is not decided again at each attempt.
      const decided: Decided = claim.failures > patience ? await tx.studies.latestVerdicts(now) : new Map();
      for (const decision of decisions)
        if (decision.kind !== 'short')
          await this.#record(tx, now, copyNow, node, decision, decided.get(decision.rule.id));
      return short && failed(short.error);
    });
  }

  async #decide(
    study: StudyRow,
    copy: StudyCopyRow,
    node: SiteNode,
    rules: readonly SiteRule[],
    isPatient: boolean,
  ): Promise<Decision[]> {
    const own = await this.ledger.pool.studies.ownSeriesOf(study.id);
    const codes = await this.ledger.pool.studies.procedureCodesOf(study.id);
    const observed = (await this.ledger.pool.copies.latestObservation(copy.id))?.series ?? [];
    return this.clients.read(node.id, async (client) => {
      const metadata = await StudyMetadata.read(client, study.studyInstanceUid, own, observed);
      const decisions: Decision[] = [];
      for (const rule of rules) decisions.push(await this.#apply(rule, metadata, codes, isPatient));
      return decisions;
    });
  }

  async #apply(
    rule: SiteRule,
    metadata: StudyMetadata,
    codes: readonly string[],
    isPatient: boolean,
  ): Promise<Decision> {
    const skip = (reason: string): Decision => ({ rule, kind: 'skip', reason });
    if (rule.activation === 'off') return skip('the rule is off');
    // A condition judged by part of a study would settle it for good.
    const { shortOfObserved, shortOfCounts } = metadata;
    if (shortOfObserved) return { rule, kind: 'short', error: shortOfObserved };
    if (shortOfCounts && isPatient) return { rule, kind: 'short', error: shortOfCounts };
    const reason = whyNot(rule.configuration.conditions, metadata.traits(codes));
    if (reason) return skip(shortOfCounts ? `${reason}; ${shortOfCounts.message}` : reason);
    const model = await this.shelf.find(rule.configuration.model);
    if (!model)
      return skip(`the model package ${rule.configuration.model} is not installed, or does not load`);
    if (rule.activation === 'on' && rule.activatedDigest !== model.digest) {
      return skip(
        'the model package had changed since the rule was turned on, so it counted as off: turn it on again, and have studies that came meanwhile read by prelector analyse',
      );
    }
    const { modality } = model.manifest.input.selection;
    const { candidates, short } = await metadata.candidates(modality);
    const selection = selectSeries(model.manifest, candidates, metadata.others(modality));
    const { chosen } = selection;
    const [error] = short;
    const isCut = short.some(({ code }) => !miscounts.has(code));
    if (error && (isPatient || (!chosen && isCut))) return { rule, kind: 'short', error };
    const unlisted = error && !chosen ? `; ${error.message}` : '';
    if (chosen) {
      // What its own count contradicts is among the notes of the chosen series already.
      const unsaid = short.filter(({ code }) => code !== 'selection.series-overcounted');
      const notes = [...chosen.notes, ...unsaid.map(({ message }) => message)];
      const described = describedIn(candidates, chosen.seriesInstanceUid);
      return { rule, kind: 'run', reason: selection.reason, model, described, chosen: { ...chosen, notes } };
    }
    if (selection.outcome !== 'incomplete-input')
      return skip(`not applicable: ${selection.reason}${unlisted}`);
    const unread = unreadStudy(selection, candidates);
    const [image] = unread?.instances ?? [];
    if (!unread || !image) return skip(`incomplete input: ${selection.reason}${unlisted}`);
    const identity = await metadata.identityIn(unread.seriesInstanceUid, image.sopInstanceUid);
    return { rule, kind: 'unread', reason: `incomplete input: ${selection.reason}`, model, unread, identity };
  }

  async #record(
    tx: Tx,
    study: StudyRow,
    copy: StudyCopyRow,
    node: SiteNode,
    decision: Settled,
    last: DecidedBefore | undefined,
  ): Promise<void> {
    const { rule, reason } = decision;
    const verdict = {
      studyId: study.id,
      completionNo: study.completionNo,
      ruleId: rule.id,
      ruleVersion: rule.version,
      reason,
    };
    const fuller =
      decision.kind === 'skip' ? undefined : await fullerCopy(tx, study, copy, wantedBy(decision));
    if (decision.kind === 'skip' || fuller?.isRead) {
      const why = fuller ? `${this.#wordsOf(fuller)}: that one is analysed` : reason;
      if (last?.decision === 'skip' && last.reason === why) return;
      await tx.studies.recordVerdict({ ...verdict, reason: why, decision: 'skip' });
      return;
    }
    const noted = fuller ? withNote(decision, this.#wordsOf(fuller)) : decision;
    const wanted = { ...verdict, ...runOf(study, copy, node, noted) };
    const { run, created } = await tx.runs.create(wanted, inputsOf(decision), who, reason);
    if (run.state === 'dead') await this.#fetchElsewhere(tx, run, wanted, node);
    if (last?.runId === run.id) return;
    await tx.studies.recordVerdict({ ...verdict, decision: 'run', runId: run.id });
    // A run that is there already may be wanted by another rule, or may have waited for the study to settle.
    if (!created && run.state === 'done')
      await tx.steps.schedule({ step: 'encode', rowId: run.id, priority: study.priority, restart: true });
    if (!created) return;
    if (decision.kind === 'run')
      await tx.steps.schedule({ step: 'run', rowId: run.id, priority: study.priority });
    else {
      await this.#sayUnread(tx, run, decision);
      await tx.copies.selectOthersAnew(study, run.nodeId);
    }
  }

  /** The same images, which the run could not have from one node, may be had from another. */
  async #fetchElsewhere(tx: Tx, run: RunRow, wanted: NewRun, node: SiteNode): Promise<void> {
    const why = `the images are read from PACS node ${node.name}, where the run of those of another node was given up`;
    if (!(await tx.runs.fetchElsewhere(run, wanted, { who, why }))) return;
    await tx.moves.run(run.id, 'pending', { who, why });
    await tx.steps.schedule({ step: 'run', rowId: run.id, priority: run.priority, restart: true });
  }

  #wordsOf({ nodeId }: FullerCopy): string {
    const name = this.site.current.nodes.get(nodeId)?.name;
    const node = name === undefined ? 'another node' : `PACS node ${name}`;
    return `the copy of the study on ${node} has images that this one lacks`;
  }

  async #sayUnread(
    tx: Tx,
    run: RunRow,
    { model, unread, identity }: Extract<Decision, { kind: 'unread' }>,
  ): Promise<void> {
    const { findings } = unread;
    await tx.identities.recordSighting({
      studyId: run.studyId,
      runId: run.id,
      nodeId: run.nodeId,
      stage: 'fetch',
      identity,
    });
    await tx.runs.recordFindings(run.id, findings, model.identity);
    await tx.moves.run(run.id, 'running', { who });
    await tx.moves.run(run.id, 'done', { who, why: findings.summary }, { outcome: findings.outcome });
    await tx.steps.schedule({ step: 'encode', rowId: run.id, priority: run.priority });
  }

  async #noRule(tx: Tx, study: StudyRow): Promise<void> {
    await tx.studies.recordVerdict({
      studyId: study.id,
      completionNo: study.completionNo,
      decision: 'skip',
      reason: 'no rule has this PACS node as its source',
    });
  }
}

/** What was read of the archive is of the time before the last completion, or before a person asked once more. */
const isOutdated = (read: StudyRow, now: StudyRow) =>
  read.completionNo !== now.completionNo || read.revision !== now.revision;
