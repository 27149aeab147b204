import { evidenceKinds, type EvidenceKind } from './evidence-input.js';
import { measurementReportForm } from './measurement-report.js';
import { textReportForm } from './text-report.js';

/** What is known of a node for one SOP Class: declared, probed or learnt. */
export type FormAcceptance = 'accepted' | 'refused' | 'unknown';

/** The forms to send to a node, and what is said of those that it will not take. */
export interface FormChoice {
  readonly kinds: readonly EvidenceKind[];
  readonly refused: readonly EvidenceKind[];
  /** A sentence for the delivery's reason; absent when every form is sent. */
  readonly remark?: string;
}

/** SOP Class of each form, as acceptance is kept by it. */
export const sopClassOfKind: Readonly<Record<EvidenceKind, string>> = {
  'measurement-report': measurementReportForm.sopClassUid,
  'text-report': textReportForm.sopClassUid,
};

function remarkOn(kinds: readonly EvidenceKind[]): string {
  if (kinds.length === 0) {
    return 'The node refuses every form of evidence that carries these findings: nothing can be sent.';
  }
  return kinds.includes('text-report')
    ? 'The node refuses the measurement report (TID 1500): the text report alone carries the findings.'
    : 'The node refuses the text report: the measurement report alone carries the findings.';
}

/**
 * Chooses the forms for a node. Each form carries everything the run says, the text report in words, so a
 * refused SOP Class loses no finding and leaves the bytes of the other form as they are.
 */
export function formsFor(acceptance: (sopClassUid: string) => FormAcceptance): FormChoice {
  const isRefused = (kind: EvidenceKind): boolean => acceptance(sopClassOfKind[kind]) === 'refused';
  const refused = evidenceKinds.filter(isRefused);
  const kinds = evidenceKinds.filter((kind) => !isRefused(kind));
  return refused.length === 0 ? { kinds, refused } : { kinds, refused, remark: remarkOn(kinds) };
}
