import type { SendingDecision } from '@prelector/findings';
import { decideSending } from '@prelector/findings';
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
} from '@prelector/ledger';
import {
  activationOfRule,
  deliveryById,
  evidenceById,
  findingsOfRun,
  inputsOfRun,
  runById,
  studyById,
} from '@prelector/ledger';
import type { SiteNode, SiteRule, SiteView } from '@prelector/pipeline';

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
  readonly rule: SiteRule | undefined;
}

/** Reads a delivery and what it hangs on; undefined when it, or its run, is gone. */
export async function readOutbound(
  ledger: Ledger,
  site: SiteView,
  claim: Claim,
): Promise<Outbound | undefined> {
  const { pool } = ledger;
  const delivery = await deliveryById(pool, claim.rowId);
  const evidence = delivery && (await evidenceById(pool, delivery.evidenceId));
  const run = evidence && (await runById(pool, evidence.runId));
  const findings = run && (await findingsOfRun(pool, run.id));
  if (!delivery || !evidence || !run || !findings) return undefined;
  await site.refresh();
  return {
    claim,
    delivery,
    evidence,
    run,
    findings,
    study: await studyById(pool, run.studyId),
    inputs: await inputsOfRun(pool, run.id),
    node: await site.node(delivery.nodeId),
    rule: site.current.rules.find((each) => each.id === run.ruleId),
  };
}

/** Whether it may be sent, by the state of rule, package and reading at this moment. */
export async function mayBeSent(ledger: Ledger, outbound: Outbound): Promise<SendingDecision> {
  const { rule, run, study, findings, node } = outbound;
  if (!rule) return { send: false, reason: 'the rule is no longer configured' };
  if (study.testOnly && node.configuration.purpose !== 'test') {
    return {
      send: false,
      reason: 'the announcing message was marked as test or training, and this node is clinical',
    };
  }
  const activation = await activationOfRule(ledger.pool, rule.id);
  return decideSending({
    activation: activation?.state ?? 'shadow',
    activatedDigest: activation?.packageDigest ?? undefined,
    packageDigest: run.packageDigest,
    readingState: study.readingState,
    late: rule.configuration.late,
    outcome: findings.body.outcome,
    reportedOutcomes: rule.configuration.report,
    withheldByPerson: study.withheldBy !== null,
  });
}

/** The error of a node that has its own row of configuration but no study to put evidence into. */
export const studyGone = (): PrelectorError =>
  new PrelectorError(
    'deliver.study-gone',
    'transient',
    'The PACS no longer lists the study, or not all analysed instances.',
  );
