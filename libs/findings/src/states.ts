/**
 * The states of the ledger's rows and the steps each may take. A transition that is not listed is refused.
 */
export type Transitions<S extends string> = Readonly<Record<S, readonly S[]>>;

/** `incomplete`: gave up waiting; `held`: identity disagrees, only a person's release leaves it. */
export const studyTransitions = {
  watching: ['complete', 'incomplete', 'held'],
  complete: ['watching', 'held'],
  incomplete: ['watching', 'complete', 'held'],
  held: ['watching', 'complete'],
} as const satisfies Transitions<string>;
export type StudyState = keyof typeof studyTransitions;

/** What the RIS says of the reading; moves only forward, save that the RIS may withdraw a report and a person correct it. */
export const readingTransitions = {
  unknown: ['unread', 'preliminary', 'final'],
  unread: ['preliminary', 'final'],
  preliminary: ['final'],
  final: [],
} as const satisfies Transitions<string>;
export type ReadingState = keyof typeof readingTransitions;

/**
 * An order waits for its study: `arrived` once found, `never-arrived` after the set time, `unusable` while it
 * states nothing by which an archive could be asked.
 */
export const orderTransitions = {
  announced: ['arrived', 'held', 'never-arrived', 'cancelled', 'unusable'],
  arrived: ['announced', 'held', 'cancelled'],
  held: ['announced', 'arrived', 'cancelled'],
  'never-arrived': ['announced', 'arrived', 'held', 'cancelled'],
  unusable: ['announced', 'arrived', 'held', 'cancelled'],
  cancelled: ['announced'],
} as const satisfies Transitions<string>;
export type OrderState = keyof typeof orderTransitions;

export const runTransitions = {
  pending: ['running', 'dead', 'cancelled'],
  running: ['pending', 'done', 'dead', 'held'],
  held: ['pending', 'cancelled'],
  done: [],
  dead: ['pending'],
  cancelled: ['pending'],
} as const satisfies Transitions<string>;
export type RunState = keyof typeof runTransitions;

export const deliveryTransitions = {
  pending: ['attempted', 'not-sent', 'refused', 'held', 'dead', 'superseded'],
  attempted: ['attempted', 'pending', 'stored', 'refused', 'dead', 'held', 'not-sent', 'superseded'],
  stored: [
    'verified',
    'stored-with-coercion',
    'accepted-unverifiable',
    'misfiled',
    'dead',
    'attempted',
    'held',
    'not-sent',
    'refused',
    'superseded',
  ],
  verified: ['superseded', 'withdrawn', 'removed-at-destination'],
  'stored-with-coercion': ['superseded', 'withdrawn', 'removed-at-destination'],
  'accepted-unverifiable': ['superseded', 'withdrawn'],
  'not-sent': ['pending', 'superseded'],
  refused: ['pending', 'superseded'],
  held: ['pending', 'superseded'],
  /** `attempted` again where the server may have it. */
  dead: ['pending', 'attempted', 'superseded'],
  /** `attempted` once a person released the study: looked for, and stored again when it was removed. */
  misfiled: ['withdrawn', 'attempted'],
  superseded: [],
  withdrawn: [],
  'removed-at-destination': [],
} as const satisfies Transitions<string>;
export type DeliveryState = keyof typeof deliveryTransitions;

/** A package on a rule: runs nothing, runs without sending, or runs and sends. */
export type ActivationState = 'off' | 'shadow' | 'on';

/** The steps of the way of a study, each with a queue of its own. */
export const steps = ['resolve', 'observe', 'select', 'run', 'encode', 'deliver'] as const;
export type StepName = (typeof steps)[number];

/** True when the table allows going from one state to the other. */
export function mayGo<S extends string>(table: Transitions<S>, from: S, to: S): boolean {
  return table[from].includes(to);
}
