import { hl7Error } from '../errors.js';

/** Chooses one of several: the n-th (from 1), or the first whose component or field has this value. */
export type Selector =
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'equals'; readonly at: readonly [number, number]; readonly value: string };

/** A place in a message, all numbers from 1. */
export interface FieldPath {
  readonly segment: string;
  readonly which?: Selector;
  readonly field: number;
  readonly repetition?: Selector;
  readonly component: number;
  readonly subcomponent: number;
}

const PATH =
  /^(?<segment>[A-Z][A-Z0-9]{2})(?:\[(?<which>[^\]]+)\])?[-.](?<field>[1-9]\d{0,2})(?:\[(?<repetition>[^\]]+)\])?(?:\.(?<component>[1-9]\d{0,2}))?(?:\.(?<subcomponent>[1-9]\d{0,2}))?$/u;
const EQUALS = /^(?<first>[1-9]\d{0,2})(?:\.(?<second>[1-9]\d{0,2}))?=(?<value>.+)$/u;

/** True for text that {@link parsePath} can read. */
export function isFieldPath(text: string): boolean {
  return tryPath(text) !== undefined;
}

/**
 * Reads a path as sites write them: `PID-3.1`, `PID-3[2].4.2`, `OBR-18`, `PID-3[5=MR].1` (the repetition
 * whose component 5 is MR), `OBX[3=113014]-5` (the segment whose field 3 is 113014), `OBX[2]-5`. A number
 * left out is 1, as HL7 reads a longer type through a shorter path.
 *
 * @throws PrelectorError `hl7.path-invalid`
 */
export function parsePath(text: string): FieldPath {
  const path = known.get(text) ?? tryPath(text);
  if (!path) throw hl7Error('hl7.path-invalid', text.slice(0, 60));
  if (known.size < MOST_KNOWN) known.set(text, path);
  return path;
}

/** A mapping reads some thirty paths of every message. */
const known = new Map<string, FieldPath>();
const MOST_KNOWN = 1000;

function tryPath(text: string): FieldPath | undefined {
  const groups = PATH.exec(text)?.groups;
  if (!groups) return undefined;
  const which = selectorOf(groups['which']);
  const repetition = selectorOf(groups['repetition']);
  if (which === null || repetition === null) return undefined;
  return {
    segment: groups['segment'] as string,
    ...(which ? { which } : {}),
    field: Number(groups['field']),
    ...(repetition ? { repetition } : {}),
    component: Number(groups['component'] ?? 1),
    subcomponent: Number(groups['subcomponent'] ?? 1),
  };
}

/** Undefined where there is none, null where it cannot be read. */
function selectorOf(text: string | undefined): Selector | null | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,2}$/u.test(text)) return { kind: 'index', index: Number(text) };
  const groups = EQUALS.exec(text)?.groups;
  if (!groups) return null;
  return {
    kind: 'equals',
    at: [Number(groups['first']), Number(groups['second'] ?? 1)],
    value: groups['value'] as string,
  };
}
