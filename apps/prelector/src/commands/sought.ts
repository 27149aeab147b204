import { namespaceText } from '@prelector/findings';
import type { StatedNumber, SoughtNumbers } from '@prelector/ledger';

/** Numbers as a person types them: each with its issuer or namespace after a `^`, where one is meant. */
export interface TypedNumbers {
  readonly accession?: string;
  readonly orderNumber?: string;
  readonly patientId?: string;
}

/** The sought numbers, or what is wrong with what was typed, in words that repeat nothing of it. */
export type Sought =
  | { readonly ok: true; readonly numbers: SoughtNumbers; readonly words: string }
  | { readonly ok: false; readonly error: string };

const options = {
  accession: { option: '--accession', word: 'accession number', form: 'A or A^ISSUER' },
  orderNumber: { option: '--order-number', word: 'order number', form: 'N or N^NAMESPACE' },
  patientId: { option: '--patient-id', word: 'Patient ID', form: 'P or P^ISSUER' },
} as const;

/** Reads typed numbers; `words` names what was looked for without its values. */
export function soughtNumbers(typed: TypedNumbers): Sought {
  const numbers: Partial<Record<keyof TypedNumbers, StatedNumber>> = {};
  const words: string[] = [];
  for (const key of Object.keys(options) as (keyof TypedNumbers)[]) {
    const text = typed[key];
    if (text === undefined) continue;
    const number = statedNumber(text);
    const { option, word, form } = options[key];
    if (!number) return { ok: false, error: `error: give ${option} as ${form}` };
    numbers[key] = number;
    words.push(`that ${word}`);
  }
  return { ok: true, numbers, words: words.join(' and ') };
}

/**
 * `77`, `77^SYSA`, and as they stand in a message `77^SYSA^1.2.3^ISO`, `77^^1.2.3` and `77^^^SYSA&1.2.3`; undefined
 * when a part is missing.
 */
function statedNumber(typed: string): StatedNumber | undefined {
  const match = /^(?<value>[^^]+)(?:\^(?:\^\^(?<hd>[^^]+)|(?<ei>.+)))?$/u.exec(typed);
  const value = match?.groups?.['value']?.trim();
  const { hd, ei } = match?.groups ?? {};
  const [local, universal] = hd === undefined ? (ei ?? '').split('^') : hd.split('&');
  const namespace = namespaceText({ local, universal });
  if (!value || ((hd ?? ei) !== undefined && !namespace)) return undefined;
  return { value, ...(namespace ? { namespace } : {}) };
}
