import type { SendingDecision } from '@prelector/findings';
import { decideSending, presentationFor } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type {
  Claim,
  DeliveryRow,
  EvidenceRow,
  FindingsRow,
  Ledger,
  RunInputRow,
  RunRow,
  StudyRow,
  Tx,
} from '@prelector/ledger';
import { ArtifactRow } from '@prelector/ledger';
import type { SiteNode, SiteRule, SiteView } from '@prelector/pipeline';
import { nodeUnknown } from '@prelector/pipeline';
import { goesTo } from '../encoding/destinations.js';

/** One delivery with everything it hangs on, as the ledger holds it now. */
export interface Outbound {
  readonly claim: Claim;
  readonly delivery: DeliveryRow;
  readonly evidence: EvidenceRow;
  readonly run: RunRow;
  readonly study: StudyRow;
  readonly findings: FindingsRow;
  readonly inputs: readonly RunInputRow[];
  readonly node: SiteNode;
  /** The node the images came from. */
  readonly source: SiteNode;
  /** Every rule that asked for the run, and those of them that are still configured. */
  readonly ruleIds: readonly string[];
  readonly rules: readonly SiteRule[];
}

/** Reads a delivery and what it hangs on; undefined when it, or its run, is gone. */
export async function readOutbound(
  ledger: Ledger,
  site: SiteView,
  claim: Claim,
): Promise<Outbound | undefined> {
  const { pool } = ledger;
  const delivery = await pool.deliveries.byId(claim.rowId);
  const evidence = delivery && (await pool.evidence.byId(delivery.evidenceId));
  const run = evidence && (await pool.runs.byId(evidence.runId));
  const findings = run && (await pool.runs.findingsOf(run.id));
  if (!delivery || !evidence || !run || !findings) return undefined;
  await site.refresh();
  const ruleIds = await pool.runs.ruleIdsOf(run.id);
  return {
    claim,
    delivery,
    evidence,
    run,
    findings,
    study: await pool.studies.byId(run.studyId),
    inputs: await pool.runs.inputsOf(run.id),
    node: await site.node(delivery.nodeId),
    source: await site.node(run.nodeId),
    ruleIds,
    rules: site.current.rules.filter((rule) => ruleIds.includes(rule.id)),
  };
}

/** The same with node and rules as the configuration stands in this transaction; an error when the node is gone. */
export async function asConfigured(
  tx: Tx,
  outbound: Outbound,
  site: SiteView,
): Promise<Outbound | { readonly error: PrelectorError }> {
  const { nodes, rules } = await site.asOf(tx);
  const node = nodes.get(outbound.node.id);
  if (!node) return { error: nodeUnknown() };
  const ids = new Set(outbound.ruleIds);
  return { ...outbound, node, rules: rules.filter((rule) => ids.has(rule.id)) };
}

/** How many bytes the evidence has, also once they were taken away. */
export async function sizeOf(tx: Tx, { artifactDigest }: EvidenceRow): Promise<number> {
  return Number((await tx.sql.manager.findOneBy(ArtifactRow, { digest: artifactDigest }))?.size ?? 0);
}

/** True once the bytes of evidence were taken away together with everything that names the patient. */
export async function isPurged(tx: Tx, { artifactDigest }: EvidenceRow): Promise<boolean> {
  return (await tx.sql.manager.findOneBy(ArtifactRow, { digest: artifactDigest }))?.purgedAt != null;
}

/**
 * Whether it may be sent, by the state of rules, package, reading, node and study at this moment: one of the
 * rules that asked for the run has to want it there.
 */
export async function mayBeSent(tx: Tx, outbound: Outbound, study: StudyRow): Promise<SendingDecision> {
  const { rules, run, evidence, node } = outbound;
  const { purpose } = node.configuration;
  if (study.testOnly && purpose !== 'test') {
    return no('the announcing message was marked as test or training, and this node is clinical');
  }
  if (presentationFor(purpose) !== evidence.presentation) {
    return no('the purpose of the node has changed since it was encoded');
  }
  const cancelled = await tx.orders.areCancelled(study.id);
  let decision = no('the rule is no longer configured, or no longer names this node as a destination');
  for (const rule of rules.filter((each) => goesTo(each, run, node.id))) {
    decision = decideByRule(outbound, study, rule, cancelled);
    if (decision.send) return decision;
  }
  return decision;
}

const no = (reason: string): SendingDecision => ({ send: false, reason });

function decideByRule(
  { run, findings }: Outbound,
  study: StudyRow,
  rule: SiteRule,
  cancelled: boolean,
): SendingDecision {
  return decideSending({
    activation: rule.activation,
    activatedDigest: rule.activatedDigest,
    packageDigest: run.packageDigest,
    readingState: study.readingState,
    cancelled,
    late: rule.configuration.late,
    outcome: findings.body.outcome,
    reportedOutcomes: rule.configuration.report,
    withheldByPerson: study.withheldBy !== null,
  });
}

/** The receiving archive lacks the study or some of the images; they may be on their way. */
export const studyNotThere = (missing: string): PrelectorError =>
  new PrelectorError('deliver.study-not-there', 'transient', `The receiving archive lacks ${missing}.`);
