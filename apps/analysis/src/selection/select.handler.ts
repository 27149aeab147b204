import { Injectable } from '@nestjs/common';
import { inputDigest, runKey } from '@prelector/findings';
import { digestOf } from '@prelector/kernel';
import type { Claim, StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';
import {
  Ledger,
  copyById,
  createRun,
  lockStudy,
  ownSeriesOf,
  procedureCodesOf,
  recordVerdict,
  scheduleStep,
  studyById,
} from '@prelector/ledger';
import type { ModelPackage, Selection } from '@prelector/models';
import { ANALYSIS_CONTRACT_VERSION, selectSeries } from '@prelector/models';
import type { SiteNode, SiteRule, StepHandler, StepResult } from '@prelector/pipeline';
import { NodeClients, SiteView, done } from '@prelector/pipeline';
import { PackageShelf } from '../packages/package-shelf.js';
import { whyNot } from './rule-applies.js';
import { StudyMetadata } from './study-metadata.js';

const who = 'analysis';

type Decision =
  | { readonly rule: SiteRule; readonly run: false; readonly reason: string }
  | {
      readonly rule: SiteRule;
      readonly run: true;
      readonly reason: string;
      readonly model: ModelPackage;
      readonly selection: Selection;
    };

/** Decides which rules make a run of a complete study, and says why for every one that does not. */
@Injectable()
export class SelectHandler implements StepHandler {
  readonly step = 'select';
  readonly concurrency = 2;

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    private readonly shelf: PackageShelf,
  ) {}

  async handle(claim: Claim): Promise<StepResult> {
    const copy = await copyById(this.ledger.pool, claim.rowId);
    const study = await studyById(this.ledger.pool, copy.studyId);
    if (study.state !== 'complete') return done();
    await this.site.refresh();
    const node = await this.site.node(copy.nodeId);
    const rules = this.site.current.rules.filter((rule) => rule.sourceIds.includes(node.id));
    const decisions = rules.length === 0 ? [] : await this.#decide(study, node, rules);
    return done(async (tx) => {
      // A study that was reopened or held in the meantime is selected from again later.
      if ((await lockStudy(tx, study.id)).state !== 'complete') return;
      if (rules.length === 0) await this.#noRule(tx, study);
      for (const decision of decisions) await this.#record(tx, study, copy, node, decision);
    });
  }

  async #decide(study: StudyRow, node: SiteNode, rules: readonly SiteRule[]): Promise<Decision[]> {
    const own = await ownSeriesOf(this.ledger.pool, study.id);
    const codes = await procedureCodesOf(this.ledger.pool, study.id);
    return this.clients.read(node.id, async (client) => {
      const metadata = await StudyMetadata.read(client, study.studyInstanceUid, own);
      const decisions: Decision[] = [];
      for (const rule of rules) decisions.push(await this.#apply(rule, metadata, codes));
      return decisions;
    });
  }

  async #apply(rule: SiteRule, metadata: StudyMetadata, codes: readonly string[]): Promise<Decision> {
    const skip = (reason: string): Decision => ({ rule, run: false, reason });
    if (rule.activation === 'off') return skip('the rule is off');
    const reason = whyNot(rule.configuration.conditions, metadata.traits(codes));
    if (reason) return skip(reason);
    const model = await this.shelf.find(rule.configuration.model);
    if (!model)
      return skip(`the model package ${rule.configuration.model} is not installed, or does not load`);
    if (rule.activation === 'on' && rule.activatedDigest !== model.digest) {
      return skip('the model package has changed since it was turned on: turn it on again');
    }
    const candidates = await metadata.candidates(model.manifest.input.selection.modality);
    const selection = selectSeries(model.manifest, candidates);
    return selection.chosen
      ? { rule, run: true, reason: selection.reason, model, selection }
      : skip(
          `${selection.outcome === 'incomplete-input' ? 'incomplete input' : 'not applicable'}: ${selection.reason}`,
        );
  }

  async #record(
    tx: Tx,
    study: StudyRow,
    copy: StudyCopyRow,
    node: SiteNode,
    decision: Decision,
  ): Promise<void> {
    const { rule, reason } = decision;
    const verdict = {
      studyId: study.id,
      completionNo: study.completionNo,
      ruleId: rule.id,
      ruleVersion: rule.version,
      reason,
    };
    if (!decision.run) {
      await recordVerdict(tx, { ...verdict, decision: 'skip' });
      return;
    }
    const { chosen } = decision.selection;
    if (!chosen) return;
    const sopInstanceUids = chosen.instances.map((each) => each.sopInstanceUid);
    const settings = rule.configuration.settings;
    const parts = {
      studyInstanceUid: study.studyInstanceUid,
      packageDigest: decision.model.digest,
      settings,
      contractVersion: ANALYSIS_CONTRACT_VERSION,
      sopInstanceUids,
      revision: study.revision,
    };
    const { run, created } = await createRun(
      tx,
      {
        ...verdict,
        runKey: runKey(parts),
        nodeId: node.id,
        nodeVersion: node.version,
        packageId: decision.model.manifest.id,
        packageVersion: decision.model.manifest.version,
        packageDigest: decision.model.digest,
        settingsDigest: digestOf(settings),
        contractVersion: ANALYSIS_CONTRACT_VERSION,
        inputDigest: inputDigest(sopInstanceUids),
        revision: study.revision,
        priority: study.priority,
        forced: copy.forced,
        imagesAsOf: copy.completedAt ?? undefined,
        selection: { why: chosen.why, notes: [...chosen.notes], slices: chosen.slices },
      },
      chosen.instances.map((each) => ({ ...each, seriesInstanceUid: chosen.seriesInstanceUid })),
      who,
      reason,
    );
    await recordVerdict(tx, { ...verdict, decision: 'run', runId: run.id });
    // A run that is there already may be wanted by another rule, or may have waited for the study to settle.
    if (created) await scheduleStep(tx, { step: 'run', rowId: run.id, priority: study.priority });
    else if (run.state === 'done') await scheduleStep(tx, { step: 'encode', rowId: run.id, restart: true });
  }

  async #noRule(tx: Tx, study: StudyRow): Promise<void> {
    await recordVerdict(tx, {
      studyId: study.id,
      completionNo: study.completionNo,
      decision: 'skip',
      reason: 'no rule has this PACS node as its source',
    });
  }
}
