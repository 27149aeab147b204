import { Inject, Injectable } from '@nestjs/common';
import type { NodePurpose, Presentation } from '@prelector/findings';
import { presentationFor } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type { Claim, RunRow, StudyRow, Tx } from '@prelector/ledger';
import {
  Ledger,
  createDelivery,
  findingsOfRun,
  inputsOfRun,
  lockStudy,
  recordSighting,
  runById,
  scheduleStep,
  studyById,
} from '@prelector/ledger';
import type { SiteNode, SiteRule, StepHandler, StepResult } from '@prelector/pipeline';
import { ARTIFACTS, CONFIGURATION, NodeClients, SiteView, done } from '@prelector/pipeline';
import type { ArtifactStore, Configuration } from '@prelector/platform';
import type { ArchiveView } from '../archive/archive-view.js';
import { viewStudy } from '../archive/archive-view.js';
import { ensureEvidence } from './ensure-evidence.js';
import type { EncodingWork } from './encoding-work.js';

const who = 'results';

/**
 * Encodes the findings of a run once per presentation and identity, and makes a delivery to each
 * destination. Whether anything is sent is decided at the delivery, not here.
 */
@Injectable()
export class EncodeHandler implements StepHandler {
  readonly step = 'encode';
  readonly concurrency = 2;

  constructor(
    private readonly ledger: Ledger,
    private readonly clients: NodeClients,
    private readonly site: SiteView,
    @Inject(ARTIFACTS) private readonly artifacts: ArtifactStore,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  async handle(claim: Claim): Promise<StepResult> {
    const run = await runById(this.ledger.pool, claim.rowId);
    const findings = run && (await findingsOfRun(this.ledger.pool, run.id));
    if (!run || !findings || run.state !== 'done') return done();
    const study = await studyById(this.ledger.pool, run.studyId);
    if (study.state === 'held') return done();
    const view = await this.#view(run, study);
    const rule = this.site.current.rules.find((each) => each.id === run.ruleId);
    const destinations = await this.#destinations(run, rule);
    return done(async (tx) => {
      if ((await lockStudy(tx, study.id)).state === 'held') return;
      await this.#encode(tx, { run, study, findings, view, destinations, rule });
    });
  }

  async #view(run: RunRow, study: StudyRow): Promise<ArchiveView> {
    const selected = (await inputsOfRun(this.ledger.pool, run.id))[0];
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

  /** Destination nodes; the study's own unless the rule names others. */
  async #destinations(run: RunRow, rule: SiteRule | undefined): Promise<SiteNode[]> {
    const ids = rule && rule.destinationIds.length > 0 ? rule.destinationIds : [run.nodeId];
    return Promise.all(ids.map((id) => this.site.node(id)));
  }

  async #encode(tx: Tx, work: EncodingWork): Promise<void> {
    const { run, study, view, destinations, rule } = work;
    const { identityId } = await recordSighting(tx, this.ledger.vault, {
      studyId: study.id,
      runId: run.id,
      nodeId: run.nodeId,
      stage: 'store',
      identity: view.identity,
    });
    for (const [presentation, nodes] of byPresentation(destinations)) {
      const evidence = await ensureEvidence(tx, {
        ledger: this.ledger,
        artifacts: this.artifacts,
        work,
        presentation,
        identityId,
        timeZone: nodes[0]?.configuration.timeZone ?? this.configuration.site.timeZone,
      });
      for (const node of nodes) {
        for (const each of evidence) {
          const { delivery, created } = await createDelivery(
            tx,
            {
              evidenceId: each.id,
              nodeId: node.id,
              nodeVersion: node.version,
              ruleId: rule?.id,
              ruleVersion: rule?.version,
            },
            who,
          );
          if (created || delivery.state === 'not-sent') {
            await scheduleStep(tx, {
              step: 'deliver',
              rowId: delivery.id,
              priority: run.priority,
              restart: true,
            });
          }
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
