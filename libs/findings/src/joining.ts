import type { ComparisonOptions, IdentityVerdict } from './identity-comparison.js';
import { compareOrderWithArchive } from './identity-comparison.js';
import type { StudyIdentity } from './identity.js';

/**
 * By what an order and a study meet, strongest first. `possible-accession`: an order number that many a RIS
 * also uses as Accession Number. `former-accession`: an accession number that a message has corrected since;
 * `reported-accession`: one under which a report, or a cancellation, of the order was heard.
 */
export const joiningKeys = [
  'study',
  'accession',
  'possible-accession',
  'reported-accession',
  'former-accession',
  'filler',
  'placer',
] as const;
export type JoiningKey = (typeof joiningKeys)[number];

/**
 * By what an order and a study hang together, strongest first. `other-issuer`: both state one accession number, and
 * issuers that contradict each other, as where RIS and worklist name one department differently.
 */
export const ties = [...joiningKeys, 'other-issuer'] as const;
export type Tie = (typeof ties)[number];

export const joiningWords: Readonly<Record<Tie, string>> = {
  study: 'Study Instance UID',
  accession: 'accession number',
  'possible-accession': 'order number used as accession number',
  'reported-accession': 'accession number that was corrected since and reported under',
  'former-accession': 'accession number that was corrected since',
  filler: 'filler order number',
  placer: 'placer order number',
  'other-issuer': 'accession number under another issuer',
};

/**
 * Ties that count only as long as the study has no order by a number of its own, and, but for a number that was reported
 * under, the order no study: images may bear such a number, but another order's may as well.
 */
export const provisionalTies: readonly Tie[] = ['reported-accession', 'former-accession', 'other-issuer'];

/** The provisional ties that are no stronger than this one. */
export function noStrongerThan(tie: Tie): readonly Tie[] {
  return provisionalTies.slice(tie === 'reported-accession' ? 0 : 1);
}

/** Begins the reason for which an order and a study are held that bear one number and name two patients. */
export const twoPatients = 'order and archive name two patients under one';

/** An order and a study that met by a key. */
export interface Meeting {
  readonly by: Tie;
  readonly order: {
    readonly identity: StudyIdentity;
    /** When the RIS last spoke of it: of a signed report, when that was heard. */
    readonly heardAt: Date;
    /** When it was first heard of, where that is known: a study that is much older is of another order. */
    readonly firstHeardAt?: Date | undefined;
    /** How it ended, where it did. */
    readonly over?: 'signed' | 'cancelled' | undefined;
  };
  readonly study: {
    /** As the archive states it. */
    readonly identity: StudyIdentity;
    /** Study Date, `YYYYMMDD`; not every archive states it. */
    readonly date: string | undefined;
    readonly heardAt: Date;
  };
  readonly issuers?: ComparisonOptions;
}

/** `foreign`: both bear the number and name two patients, so neither may go on; `unrelated`: the number is no tie. */
export type Joining =
  | { readonly kind: 'joined'; readonly how: string }
  | { readonly kind: 'foreign'; readonly how: string; readonly reason: string }
  /** `isOfAnother`: what both state of the patient contradicts a tie, and not only confirms none. */
  | { readonly kind: 'unrelated'; readonly reason: string; readonly isOfAnother: boolean };

const dayMs = 86_400_000;
/** A number of an order that was last spoken of so long before the study was made has been used again. */
export const numberReusedDays = 366;
/** Days after which a study under the number of a cancelled order is another one. */
export const cancelledOrderDays = 30;
/** How old a signed report may be when the archive does not state the date of the study. */
export const signedReportDays = 30;

/**
 * Whether an order and a study that met by a key belong together. A Study Instance UID and an Accession Number
 * that the order states as such tie them, and another patient under them is a conflict. What only may be the
 * accession number, or was, and order numbers, tie where both state the same patient, and an accession number under another
 * issuer where the whole patient agrees. No number ties across the time
 * after which sites use numbers again, and no signed report speaks of a study that was made after it.
 */
export function judgeJoining({ by, order, study, issuers }: Meeting): Joining {
  const how = joiningWords[by];
  const unrelated = (reason: string, isOfAnother = false): Joining => ({
    kind: 'unrelated',
    reason: `${how}: ${reason}`,
    isOfAnother,
  });
  const reused = by === 'study' ? undefined : whyReused(order, study);
  if (reused) return unrelated(reused);
  const { patientId, issuerOfPatientId, otherPatientIds, name, birthDate, sex } = order.identity;
  const patient = Object.fromEntries(
    Object.entries({ patientId, issuerOfPatientId, otherPatientIds, name, birthDate, sex }).filter(
      ([, value]) => value,
    ),
  );
  const { verdict, reason } = compareOrderWithArchive(patient, study.identity, issuers);
  if (by === 'study' || by === 'accession') {
    if (verdict !== 'holds') return { kind: 'joined', how };
    return {
      kind: 'foreign',
      how,
      reason: `${twoPatients} ${how}: ${reason}`,
    };
  }
  if (by === 'other-issuer' && !isWholePatient(patient, study.identity, verdict))
    return unrelated('no patient who agrees in all confirms it', verdict === 'holds');
  if (verdict === 'holds') return unrelated('of another patient', true);
  if (!patientId || !study.identity.patientId) return unrelated('no patient is stated that could confirm it');
  return { kind: 'joined', how };
}

/** Nothing that both state of the patient differs, and both state Patient ID and birth date. */
function isWholePatient(
  order: StudyIdentity,
  study: StudyIdentity,
  verdict: IdentityVerdict['verdict'],
): boolean {
  const both = (name: 'patientId' | 'birthDate') => order[name] !== undefined && study[name] !== undefined;
  return verdict === 'agrees' && both('patientId') && both('birthDate');
}

function whyReused(order: Meeting['order'], study: Meeting['study']): string | undefined {
  const stated = study.date === undefined ? undefined : startOfDate(study.date);
  // A scanner whose clock is ahead: nothing is made after it was heard of.
  const made = stated && stated > study.heardAt ? study.heardAt : stated;
  const days = (from: Date, to: Date) => (to.getTime() - from.getTime()) / dayMs;
  const lead = days(order.heardAt, made ?? study.heardAt);
  if (lead > numberReusedDays) return 'used again after more than a year';
  const isPlacedLater =
    made &&
    order.firstHeardAt &&
    days(made, order.firstHeardAt) > numberReusedDays &&
    order.over === undefined;
  if (isPlacedLater) return 'used again: the study was made more than a year before the order was heard of';
  if (order.over === 'cancelled' && lead > cancelledOrderDays)
    return 'cancelled long before the study was made';
  if (order.over !== 'signed') return undefined;
  // Dates bear no time zone: a day to either side is the same day.
  if (made ? lead > 1 : lead > signedReportDays) return 'the report was signed before the study was made';
  return undefined;
}

function startOfDate(date: string): Date | undefined {
  const parts = /^(\d{4})\.?(\d{2})\.?(\d{2})$/u.exec(date.trim());
  return parts ? new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]))) : undefined;
}
