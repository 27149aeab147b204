import { PrelectorError } from '@prelector/kernel';
import type { AcceptanceRow } from '@prelector/ledger';
import type { Resources, SiteNode } from '@prelector/pipeline';
import { SiteView } from '@prelector/pipeline';

/** What one form of evidence met at one node, and when a refusal of it is tried again. */
export interface ToldAcceptance {
  readonly node: string;
  readonly service: string;
  readonly template: string;
  readonly sopClassUid: string;
  readonly transferSyntax: string;
  readonly status: string;
  readonly how: string;
  /** What the server answered, or the site declared. */
  readonly evidence: string;
  readonly serverVersion: string | null;
  readonly at: Date;
  /** Null: it is not refused, or the site declared so. */
  readonly triedAgainFrom: Date | null;
}

export interface AcceptanceRequest {
  /** One node by its name; all of them when left out. */
  readonly node?: string | undefined;
  /** Present: what was heard to be refused is forgotten, by this person, for this reason. */
  readonly reset?: { readonly who: string; readonly why: string } | undefined;
}

/**
 * What is known of the forms that nodes take, after forgetting the refusals where that is asked.
 *
 * @throws `site.node-unknown`
 */
export async function readAcceptances(
  { ledger, log }: Resources,
  { node: name, reset }: AcceptanceRequest,
): Promise<{ forgotten: number; acceptances: ToldAcceptance[] }> {
  const view = new SiteView(ledger, log);
  await view.refresh();
  const nodes = [...view.current.nodes.values()].filter((node) => name === undefined || node.name === name);
  if (name !== undefined && nodes.length === 0) {
    throw new PrelectorError(
      'site.node-unknown',
      'permanent',
      `No PACS node is named "${name}"; see: prelector status.`,
    );
  }
  return ledger.transaction(async (tx) => {
    let forgotten = 0;
    const acceptances: ToldAcceptance[] = [];
    for (const node of nodes) {
      if (reset) forgotten += await tx.acceptances.forgetRefusals(node.id, reset);
      for (const row of await tx.acceptances.ofNode(node.id)) acceptances.push(told(node, row));
    }
    return { forgotten, acceptances };
  });
}

function told({ name, configuration }: SiteNode, row: AcceptanceRow): ToldAcceptance {
  const { service, template, sopClassUid, transferSyntax, status, how, evidence, serverVersion, at } = row;
  const hours = configuration.refusals.tryAgainAfterHours;
  const ages = status === 'refused' && how !== 'declared';
  const triedAgainFrom = ages ? new Date(at.getTime() + hours * 3_600_000) : null;
  const form = { service, template, sopClassUid, transferSyntax };
  return { node: name, ...form, status, how, evidence, serverVersion, at, triedAgainFrom };
}

/** The same for a person, a line for each form. */
export function acceptanceLines(acceptances: readonly ToldAcceptance[]): string[] {
  if (acceptances.length === 0) return ['Nothing is known yet: no report has been stored.'];
  return acceptances.map((each) => {
    const server = each.serverVersion === null ? '' : `, server ${each.serverVersion}`;
    const again = each.triedAgainFrom ? `; sent again from ${each.triedAgainFrom.toISOString()}` : '';
    return `${each.node}: ${each.template} (${each.sopClassUid}): ${each.status} since ${each.at.toISOString()}, ${each.how}: ${each.evidence}${server}${again}`;
  });
}
