import { Inject } from '@nestjs/common';
import type { NodePurpose, Presentation } from '@prelector/findings';
import { presentationFor } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type { Clock } from '@prelector/kernel';
import type { Claim, EvidenceRow, RunRow, StudyRow, Tx } from '@prelector/ledger';
import { Ledger, identityInputOf } from '@prelector/ledger';
import type { ArchiveView, SiteNode, SiteRule, StepEnd, StepResult } from '@prelector/pipeline';
import {
  ARTIFACTS,
  CLOCK,
  CONFIGURATION,
  NodeClients,
  SiteView,
  done,
  ofModel,
  viewStudy,
  StepHandler,
} from '@prelector/pipeline';
import type { ArtifactStore, Configuration } from '@prelector/platform';
import { ProcessesStep } from '@prelector/queue';
import { destinationsOf } from './destinations.js';
import { createFrom } from './create-evidence.js';
import type { Encoding, EncodingWork } from './encoding-work.js';
import { knownEvidence } from './known-evidence.js';
import { areSame, placesOf } from './places.js';
import type { PreparedEvidence } from './prepare-evidence.js';
import { prepareEvidence } from './prepare-evidence.js';
import { noteSource, whyNoReport } from './source-identity.js';

const who = 'results';

/** States in which asking again may bring evidence on its way. */
const waiting: ReadonlySet<string> = new Set([
  'pending',
  'attempted',
  'stored',
  'not-sent',
  'refused',
  'held',
  'misfiled',
]);

/** What one presentation comes to with the study locked. */
type Ready =
  | { readonly encoding: Encoding; readonly known: readonly EvidenceRow[]; readonly fitting?: never }
  | { readonly encoding: Encoding; readonly known?: never; readonly fitting: PreparedEvidence };

/**
 * Encodes the findings of a run once per presentation and identity, and makes a delivery to each
 * destination. Whether anything is sent is decided at the delivery, not here.
 */
@ProcessesStep('encode')
export class EncodeHandler extends StepHandler {
  readonly step = 'encode';

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    @Inject(ARTIFACTS) private readonly artifacts: ArtifactStore,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async handle(claim: Claim): Promise<StepResult> {
    const run = await this.ledger.pool.runs.byId(claim.rowId);
    const findings = run && (await this.ledger.pool.runs.findingsOf(run.id));
    if (!run || !findings || run.state !== 'done') return done();
    const study = await this.ledger.pool.studies.byId(run.studyId);
    // Reopened or held: the next selection, or the release, has it encoded again.
    if (study.state === 'held' || study.state === 'watching') return done();
    await this.site.refresh();
    const rules = await this.#rulesOf(run);
    const destinations = await this.#destinations(run, rules);
    const view = await this.#view(run, study);
    const work = { run, study, findings, view };
    const encodings = this.#encodings(work, destinations);
    const prepared = await this.#prepared(encodings);
    return done(async (tx) => {
      const now = await tx.studies.lock(study.id);
      if (now.state === 'held' || now.state === 'watching') return undefined;
      if (!(await tx.runs.standingOf(study.id)).includes(run.id)) {
        await this.#leave(tx, run);
        return undefined;
      }
      const released = await tx.identities.releasedOf(study.id);
      const why = whyNoReport(view.source, released(view.identity));
      if (why !== undefined) {
        await tx.moves.study(study.id, 'held', { who, why });
        return undefined;
      }
      const { identityId } = await tx.identities.recordSighting({
        studyId: study.id,
        runId: run.id,
        nodeId: run.nodeId,
        stage: 'store',
        identity: view.identity,
      });
      const objects: Ready[] = [];
      for (const encoding of encodings) {
        const ready = await this.#ready(tx, encoding, prepared.get(encoding));
        if (!ready) return this.#again();
        objects.push(ready);
      }
      await noteSource(tx, {
        run,
        study: now,
        view,
        node: this.site.current.nodes.get(run.nodeId),
      });
      for (const { encoding, known, fitting } of objects) {
        const evidence = known ?? (await createFrom(tx, encoding, fitting, identityId));
        await this.#deliver(tx, run, now, encoding.nodes, evidence);
      }
      return undefined;
    });
  }

  /** A run that ends after one of more images, or that could not read its copy, must not become what a reader sees last. */
  async #leave(tx: Tx, run: RunRow): Promise<void> {
    const why =
      'another run of the same model took its place before it was encoded: a newer one, or one that could read another copy of the study';
    await tx.events.record({ who, what: 'not encoded', subjectKind: 'run', subjectId: run.id, why });
  }

  /** Every rule that asked for the run: two with the same model and settings share one. */
  async #rulesOf(run: RunRow): Promise<SiteRule[]> {
    const ids = await this.ledger.pool.runs.ruleIdsOf(run.id);
    return this.site.current.rules.filter((rule) => ids.includes(rule.id));
  }

  async #view(run: RunRow, study: StudyRow): Promise<ArchiveView> {
    const selected = identityInputOf(run, await this.ledger.pool.runs.inputsOf(run.id));
    if (!selected)
      throw new PrelectorError(
        'encode.no-input',
        'permanent',
        'The run has no instance to take identity from.',
      );
    const view = await this.clients.read(run.nodeId, (client) =>
      viewStudy(client, study.studyInstanceUid, selected),
    );
    if (view) return view;
    throw new PrelectorError(
      'encode.study-gone',
      'transient',
      'The PACS no longer has the study, so its present identity is unknown.',
    );
  }

  /** The nodes of all rules, each once; the study's own where no rule is left that could say. */
  async #destinations(run: RunRow, rules: readonly SiteRule[]): Promise<SiteNode[]> {
    const ids = rules.length === 0 ? [run.nodeId] : rules.flatMap((rule) => destinationsOf(rule, run));
    return Promise.all([...new Set(ids)].map((id) => this.site.node(id)));
  }

  /** Each presentation that the nodes ask for, in the time zone of the first of them. */
  #encodings(work: EncodingWork, destinations: readonly SiteNode[]): Encoding[] {
    return Array.from(byPresentation(destinations), ([presentation, nodes]) => ({
      work,
      presentation,
      nodes,
      timeZone: nodes[0]?.configuration.timeZone ?? this.configuration.site.timeZone,
    }));
  }

  async #prepared(encodings: readonly Encoding[]): Promise<Map<Encoding, PreparedEvidence | undefined>> {
    const prepared = new Map<Encoding, PreparedEvidence | undefined>();
    for (const each of encodings)
      prepared.set(
        each,
        await ofModel(each.work.run, () => prepareEvidence(this.ledger, this.artifacts, each)),
      );
    return prepared;
  }

  /** What is known already, or was prepared for the places that the ledger has now, with the study locked. */
  async #ready(
    tx: Tx,
    encoding: Encoding,
    prepared: PreparedEvidence | undefined,
  ): Promise<Ready | undefined> {
    const known = await knownEvidence(tx, encoding);
    if (known.length > 0) return { encoding, known };
    const places = prepared && (await placesOf(tx, this.ledger, encoding.work, encoding.presentation));
    return places && areSame(places, prepared.places)
      ? { encoding, fitting: { ...prepared, places } }
      : undefined;
  }

  /** Its places are another's meanwhile, or it was released: what was encoded is not of this moment. */
  #again(): StepEnd {
    const reason = 'another result was encoded, or the study released, meanwhile: it is encoded anew';
    return { kind: 'later', until: this.clock.now(), reason };
  }

  async #deliver(
    tx: Tx,
    run: RunRow,
    study: StudyRow,
    nodes: readonly SiteNode[],
    evidence: readonly EvidenceRow[],
  ): Promise<void> {
    for (const node of nodes) {
      for (const each of evidence) {
        const { delivery, created } = await tx.deliveries.create(
          {
            evidenceId: each.id,
            nodeId: node.id,
            nodeVersion: node.version,
            ruleId: run.ruleId ?? undefined,
            ruleVersion: run.ruleVersion ?? undefined,
          },
          who,
        );
        if (delivery.state === 'held')
          await tx.moves.delivery(delivery.id, 'pending', { who, why: 'the study was released' });
        // The alarm has held the study: a person has seen to what stands at the destination, which is looked at again.
        if (delivery.state === 'misfiled')
          await tx.moves.delivery(delivery.id, 'attempted', {
            who,
            why: 'the study was released after the alarm',
          });
        if (created || waiting.has(delivery.state)) {
          await tx.steps.schedule({
            step: 'deliver',
            rowId: delivery.id,
            priority: study.priority,
            restart: true,
          });
        }
      }
    }
  }
}

function byPresentation(nodes: readonly SiteNode[]): Map<Presentation, SiteNode[]> {
  const groups = new Map<Presentation, SiteNode[]>();
  for (const node of nodes) {
    const purpose: NodePurpose | undefined = node.configuration.purpose;
    const presentation = presentationFor(purpose);
    groups.set(presentation, [...(groups.get(presentation) ?? []), node]);
  }
  return groups;
}
