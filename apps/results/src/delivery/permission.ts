import type { PrelectorError } from '@prelector/kernel';
import type { StudyRow, Tx } from '@prelector/ledger';
import type { SiteNode } from '@prelector/pipeline';
import type { DeliveryTools } from './delivery-tools.js';
import type { Outbound } from './outbound.js';
import { asConfigured, isPurged, mayBeSent } from './outbound.js';
import { referredNow } from './referred-forms.js';

/** Whether evidence may go out at this moment, and what becomes of it otherwise. */
export type Permission =
  | { readonly kind: 'go' }
  | { readonly kind: 'keep'; readonly as: 'not-sent' | 'held' | 'superseded'; readonly why: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly why: string }
  | { readonly kind: 'fail'; readonly error: PrelectorError };

const keep = (as: 'not-sent' | 'held' | 'superseded', why: string): Permission => ({ kind: 'keep', as, why });
const wait = (seconds: number, why: string): Permission => ({ kind: 'wait', seconds, why });

/**
 * Judges by everything that may have changed since the delivery was read: a newer result, the study's state,
 * a release, its reading, the configuration of node and rules, a purge, what it refers to, an older result under way. With the
 * study's row locked the answer holds until the transaction ends.
 */
export async function permissionNow(
  tx: Tx,
  { site }: DeliveryTools,
  outbound: Outbound,
  study: StudyRow,
): Promise<Permission> {
  const { evidence, node } = outbound;
  if (await tx.superseding.hasNewerResult(evidence.id))
    return keep('superseded', 'a newer result took its place');
  if (study.state === 'held') return keep('held', study.stateReason ?? 'the study is held');
  if (study.state === 'watching') return wait(10, 'images of the study are still arriving');
  if (isReadBefore(outbound, study)) return wait(0, 'the study was released or completed anew meanwhile');
  const configured = await asConfigured(tx, outbound, site);
  if ('error' in configured) return { kind: 'fail', error: configured.error };
  const decision = await mayBeSent(tx, configured, study);
  if (!decision.send) return keep('not-sent', decision.reason);
  if (configured.node.version !== node.version) return wait(0, 'the PACS node was configured anew meanwhile');
  if (await isPurged(tx, evidence)) return keep('not-sent', 'the data of the patient were purged');
  const referred = await referredNow(tx, outbound);
  if (referred) return referred;
  const older = await tx.superseding.olderStore(evidence.id, node.id, mayLandSeconds(node));
  if (older.isUnderWay) return wait(2, 'an older result of the same series is being stored at this moment');
  if (older.mayLandForSeconds > 0)
    return wait(
      Math.min(older.mayLandForSeconds, 10),
      'an older result of the same series may still be stored: it is not known what came of a store of it',
    );
  return { kind: 'go' };
}

/**
 * For how long after its beginning a store that was never answered may still be under way: as long as we wait for a
 * server at the most, and as long as it may take to show what it has. What lands later is found by the looks of a day.
 */
function mayLandSeconds({ profile: { http, stow } }: SiteNode): number {
  const { connectMs, headersMs, idleBodyMs } = http.timeouts;
  return (connectMs + headersMs + idleBodyMs) / 1000 + stow.visibleAfterSeconds;
}

/** What the gate found, or will find, is of the time before a person's release or the last completion. */
export function isReadBefore({ study: read }: Outbound, now: StudyRow): boolean {
  return read.releasedAt?.getTime() !== now.releasedAt?.getTime() || read.completionNo !== now.completionNo;
}
