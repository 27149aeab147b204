import type { ComparisonOptions, StudyIdentity } from '@prelector/findings';
import {
  compareArchiveWithArchive,
  compareOrderWithArchive,
  compareSearchWithInstance,
} from '@prelector/findings';

/** The statements that must agree before anything is stored. Undefined: was never made. */
export interface GateStatements {
  /** In the headers of the instances that were analysed, or as a person released it. */
  readonly atFetch: StudyIdentity | undefined;
  /** Inside the evidence about to be stored. */
  readonly inEvidence: StudyIdentity;
  /** What the images say now, in the archive that shall receive it. */
  readonly now: StudyIdentity;
  /** What that archive's search lists, names apart, but what a person released: once for each patient it lists. */
  readonly listed: readonly StudyIdentity[];
  /** What the orders said that announced the study. */
  readonly orders: readonly StudyIdentity[];
  /** Assigning authorities that stand in for an absent issuer: of the node the images came from, and of the receiver. */
  readonly issuerOfSource: string | undefined;
  readonly issuerOfNode: string | undefined;
  readonly holdOnDemographics: boolean;
}

export type GateVerdict =
  | { readonly open: true }
  /** `awaitsOrder`: an order and the archive disagree, and nothing else. */
  | {
      readonly open: false;
      readonly reason: string;
      readonly awaitsOrder: boolean;
      /** Its patient was merged since it was encoded: nothing is wrong but the number in it. */
      readonly isOutdated?: boolean;
    };

/**
 * The identity gate (what must never happen, rule 1): evidence is stored only while patient and study are
 * the same at fetch, in the evidence and in the receiving archive, and no order contradicts them.
 */
export function judgeIdentity(statements: GateStatements): GateVerdict {
  const { atFetch, inEvidence, now, issuerOfSource, issuerOfNode, holdOnDemographics } = statements;
  const closed = (reason: string, awaitsOrder = false): GateVerdict => ({ open: false, reason, awaitsOrder });
  if (!atFetch) return closed('the identity seen at fetch is no longer known');
  const issuers: ComparisonOptions = { firstIssuer: issuerOfSource, secondIssuer: issuerOfNode };
  const fetched = compareArchiveWithArchive(atFetch, now, issuers);
  if (fetched.verdict === 'holds')
    return closed(`identity at fetch against the archive now ${fetched.reason}`);
  const encoded = compareArchiveWithArchive(inEvidence, now, issuers);
  if (encoded.verdict === 'holds')
    return closed(`identity in the evidence against the archive now ${encoded.reason}`);
  for (const listed of statements.listed) {
    const { verdict, reason } = compareSearchWithInstance(listed, now, {
      firstIssuer: issuerOfNode,
      secondIssuer: issuerOfNode,
    });
    if (verdict === 'holds') return closed(`what the archive lists against its images ${reason}`);
  }
  for (const order of statements.orders) {
    const compared = (options: ComparisonOptions) =>
      compareOrderWithArchive(order, now, { secondIssuer: issuerOfNode, ...options });
    const ordered = compared({ holdOnDemographics });
    // What only the rule holds for is not what a study waits for until it agrees: see `judging.study`.
    if (ordered.verdict === 'holds')
      return closed(
        `identity in the order against the archive now ${ordered.reason}`,
        compared({}).verdict === 'holds',
      );
  }
  return { open: true };
}
