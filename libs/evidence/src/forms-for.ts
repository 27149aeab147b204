import { findingKindsOf, namesOf, whatCarries, type Findings } from '@prelector/findings';

import { evidenceForms, evidenceKinds, type EvidenceKind } from './forms/registry.js';

/** What is known of a node for one SOP Class: declared, probed or learnt. */
export type FormAcceptance = 'accepted' | 'refused' | 'unknown';

/** The forms of one result, and what is said of those that a node will not take. */
export interface FormChoice {
  readonly kinds: readonly EvidenceKind[];
  readonly refused: readonly EvidenceKind[];
  /** A sentence for the delivery's reason; absent when every form is sent. */
  readonly remark?: string;
}

const nothingKnown = (): FormAcceptance => 'unknown';

/**
 * Chooses the forms for a result: those that carry anything of what it states, and, where it is for a node of which
 * something is known, that this takes. A refused SOP Class leaves the bytes of the other forms as they are.
 */
export function formsFor(
  findings: Pick<Findings, 'groups'>,
  acceptance: (sopClassUid: string) => FormAcceptance = nothingKnown,
): FormChoice {
  const stated = findingKindsOf(findings);
  const fitting = evidenceKinds.filter((kind) =>
    evidenceForms[kind].carries.some((each) => stated.includes(each)),
  );
  const isRefused = (kind: EvidenceKind) => acceptance(evidenceForms[kind].sopClassUid) === 'refused';
  const refused = fitting.filter(isRefused);
  const kinds = fitting.filter((kind) => !isRefused(kind));
  if (refused.length === 0) return { kinds, refused };
  const sent = kinds.map((kind) => ({
    kind,
    state: 'verified' as const,
    carries: evidenceForms[kind].carries,
  }));
  const names = namesOf(refused.map((kind) => ({ kind })));
  const then = kinds.length === 0 ? 'nothing can be sent' : whatCarries(sent, stated).words;
  return { kinds, refused, remark: `The node refuses ${names}: ${then}.` };
}
