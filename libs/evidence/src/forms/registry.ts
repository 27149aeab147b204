import type { EvidenceForm } from './evidence-form.js';
import { measurementReport } from './measurement-report.js';
import { textReport } from './text-report.js';

/** Each form under its own kind, and none that refers to one that is not here: the compiler says so. */
function registered<
  const Forms extends { readonly [Kind in keyof Forms]: EvidenceForm<Kind & string, keyof Forms & string> },
>(forms: Forms): Forms {
  return forms;
}

/** Every form that evidence can take, in the order in which they are told and sent. */
const forms = registered({
  'measurement-report': measurementReport,
  'text-report': textReport,
});

export type EvidenceKind = keyof typeof forms;

export const evidenceKinds = Object.keys(forms) as readonly EvidenceKind[];

/** The form of a kind. */
export const evidenceForms: Readonly<Record<EvidenceKind, EvidenceForm>> = forms;

/** The form of a kind as the ledger keeps it; undefined for one that this version does not know. */
export function formOfKind(kind: string): EvidenceForm | undefined {
  return Object.hasOwn(forms, kind) ? evidenceForms[kind as EvidenceKind] : undefined;
}
