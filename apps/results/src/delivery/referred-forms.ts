import { evidenceForms, evidenceKinds, formOfKind } from '@prelector/evidence';
import type { EvidenceForm } from '@prelector/evidence';
import { isOnTheWay, namesOf, stands } from '@prelector/findings';
import type { Sibling, Tx } from '@prelector/ledger';
import type { Outbound } from './outbound.js';

type OtherForm = Pick<Sibling, 'kind' | 'state'>;
type References = Pick<EvidenceForm, 'refersTo'>;

/** Why it may not go out yet, or not at all. */
type NotYet =
  | { readonly kind: 'keep'; readonly as: 'not-sent'; readonly why: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly why: string };

/**
 * Whether the objects that an object refers to stand at its node, so that no viewer follows a reference to nothing.
 * Undefined when they do, and when there are none; it waits for what is on its way.
 */
export function judgeReferred({ refersTo }: References, siblings: readonly OtherForm[]): NotYet | undefined {
  const missing = siblings.filter(({ kind, state }) => refersTo.includes(kind) && !stands(state));
  const gone = missing.filter(({ state }) => !isOnTheWay(state));
  if (gone.length > 0) {
    const why = `it refers to ${namesOf(gone)}: what it refers to does not stand at the node`;
    return { kind: 'keep', as: 'not-sent', why };
  }
  return missing.length > 0
    ? { kind: 'wait', seconds: 2, why: `it refers to ${namesOf(missing)}: still on the way to the node` }
    : undefined;
}

/** The deliveries that wait, or were kept back, for want of one of that kind, which stands at their node now. */
export function waitingFor<S extends OtherForm>(
  kind: string,
  siblings: readonly S[],
  formOf: (kind: string) => References | undefined = formOfKind,
): S[] {
  return siblings.filter(
    ({ state, kind: own }) =>
      (state === 'not-sent' || state === 'pending') && (formOf(own)?.refersTo.includes(kind) ?? false),
  );
}

/** The same by the ledger; a form that refers to none costs no look. */
export async function referredNow(tx: Tx, { evidence, delivery }: Outbound): Promise<NotYet | undefined> {
  const form = formOfKind(evidence.kind);
  if (!form || form.refersTo.length === 0) return undefined;
  return judgeReferred(form, await tx.deliveries.siblingsOf(delivery.id));
}

/** Looks again at what waits, or was kept back, because it refers to this one, which has come to stand at its node. */
export async function takeUpReferring(tx: Tx, { evidence, delivery }: Outbound): Promise<void> {
  if (!evidenceKinds.some((kind) => evidenceForms[kind].refersTo.includes(evidence.kind))) return;
  for (const { id } of waitingFor(evidence.kind, await tx.deliveries.siblingsOf(delivery.id)))
    await tx.steps.schedule({ step: 'deliver', rowId: id, restart: true });
}
