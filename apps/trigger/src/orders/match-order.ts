import type { Dataset } from '@prelector/dicom';
import { isUid, stringOf, stringsOf } from '@prelector/dicom';
import type { Meeting, StudyIdentity, Tie } from '@prelector/findings';
import {
  identityOfSearch,
  joiningWords,
  judgeJoining,
  namespacesAgree,
  provisionalTies,
} from '@prelector/findings';
import type { AccessionNumber } from '@prelector/ledger';
import { studyDateOf } from '../announcement/announce-study.js';

/** A study that an archive answered with when asked for an order. */
export interface Candidate {
  readonly nodeId: string;
  readonly studyInstanceUid: string;
  readonly identity: StudyIdentity;
  /** A search stated its accession number, and no instance. */
  readonly isListed?: boolean | undefined;
  /** A search stated who the patient is, and no instance. */
  readonly isPatientListed?: boolean | undefined;
  /** The same, the patient as instances of the study stated before. */
  readonly asKnown?: StudyIdentity | undefined;
  /** The patient as the order states it, where a merge, or a person, says that both are one. */
  readonly samePatient?: Pick<
    StudyIdentity,
    'patientId' | 'issuerOfPatientId' | 'name' | 'birthDate' | 'sex'
  >;
  /** Issuer of the accession number that the files of the study state, where they were read before. */
  readonly issuerInFiles?: string | undefined;
  readonly studyDate: string | undefined;
  readonly modalities: readonly string[];
}

export interface FoundStudy {
  readonly studyInstanceUid: string;
  /** By what it was found, in words. */
  readonly how: string;
  /** Some archive states another patient than the order. */
  readonly isForeign: boolean;
  readonly copies: readonly Candidate[];
}

export type Match =
  /** `missing`: studies that the order names and that are nowhere yet. */
  | { readonly kind: 'found'; readonly studies: readonly FoundStudy[]; readonly missing: number }
  /** `passedOver`: studies under its number that it cannot mean, each with the reason. */
  | { readonly kind: 'none'; readonly passedOver?: string }
  /** Studies of the patient under the one number of the order. */
  | { readonly kind: 'several'; readonly reason: string; readonly studies: readonly FoundStudy[] }
  /** `foreign`: studies of another patient under its number. */
  | { readonly kind: 'hold'; readonly reason: string; readonly foreign: readonly Candidate[] };

/** What of an order narrows the answers. */
export interface OrderKeys {
  readonly studyInstanceUids: readonly string[];
  readonly modality: string | null;
  readonly accessions: readonly AccessionNumber[];
  readonly identity: StudyIdentity;
  /** When the order was first heard of. */
  readonly heardAt: Date;
  readonly now: Date;
}

/** Reads a study-level QIDO-RS answer. */
export function candidateOf(nodeId: string, answer: Dataset): Candidate {
  const uid = stringOf(answer, '0020000D');
  return {
    nodeId,
    studyInstanceUid: isUid(uid) ? uid : '',
    identity: identityOfSearch(answer),
    studyDate: studyDateOf(answer),
    modalities: stringsOf(answer, '00080061'),
  };
}

const namedAtMost = 5;

/**
 * Which studies an order means. By Study Instance UID: every one it names that is there. By accession number:
 * the only one of the order's patient (and modality, where both state it); several, or only those of another
 * patient: never the first. A number of another issuer, and an order number that leads to
 * no study of the same patient, lead nowhere.
 *
 * @param issuers assigning authorities of nodes, by id, which stand in for an issuer the archive leaves out
 */
export function matchOrder(
  order: OrderKeys,
  candidates: readonly Candidate[],
  issuers: ReadonlyMap<string, string | undefined>,
): Match {
  const usable = candidates.filter((each) => each.studyInstanceUid !== '');
  if (order.studyInstanceUids.length > 0) return matchByUid(order, usable, issuers);
  const judged = usable.flatMap((each) => {
    const by = keyOf(each, order.accessions);
    return by ? [{ each, by, joining: judgeJoining(meetingOf(order, each, by, issuers)) }] : [];
  });
  const foreign = judged.filter(({ joining }) => joining.kind === 'foreign').map(({ each }) => each);
  const tied = judged.filter(({ joining }) => joining.kind === 'joined');
  const isWeak = ({ by }: { by: Tie }) => provisionalTies.includes(by);
  const own = tied.filter((each) => !isWeak(each));
  const former = tied.filter(({ by }) => by === 'former-accession');
  const joined = [own, former, tied].find((each) => each.length > 0) ?? [];
  if (joined.length === 0 && foreign.length === 0) {
    const unrelated = judged.flatMap(({ each, joining }) =>
      joining.kind === 'unrelated' ? `${each.studyInstanceUid}: ${joining.reason}` : [],
    );
    const passedOver = [...new Set(unrelated)].slice(0, namedAtMost).join('; ');
    return { kind: 'none', ...(passedOver ? { passedOver } : {}) };
  }
  if (joined.length === 0) {
    const named = namesOf(foreign.map(({ studyInstanceUid }) => studyInstanceUid));
    const reason = `the accession number leads only to studies of another patient: ${named}`;
    return { kind: 'hold', reason, foreign };
  }
  const { modality } = order;
  const fitting = modality
    ? joined.filter(({ each }) => each.modalities.length === 0 || each.modalities.includes(modality))
    : joined;
  const narrowed = fitting.length > 0 ? fitting : joined;
  const uids = [...new Set(narrowed.map(({ each }) => each.studyInstanceUid))];
  const studies = uids.map((studyInstanceUid) => {
    const found = narrowed.filter(({ each }) => each.studyInstanceUid === studyInstanceUid);
    const how = joiningWords[found[0]?.by ?? 'accession'];
    return { studyInstanceUid, how, copies: found.map(({ each }) => each), isForeign: false };
  });
  if (studies.length === 1) return { kind: 'found', studies, missing: 0 };
  const reason = `${uids.length} studies stand under the accession number of the order: ${namesOf(uids)}; say which one is meant`;
  return { kind: 'several', reason, studies };
}

/** Study Instance UIDs, each once, as words; of many, how many more there are. */
function namesOf(studyInstanceUids: readonly string[]): string {
  const uids = [...new Set(studyInstanceUids)];
  const more = uids.length - namedAtMost;
  return `${uids.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** By which number of the order a study was found; undefined when the archive states another one. */
function keyOf(
  { identity, issuerInFiles }: Candidate,
  accessions: readonly AccessionNumber[],
): Tie | undefined {
  const { accessionNumber, issuerOfAccessionNumber = issuerInFiles } = identity;
  const equal = accessions.filter((each) => each.value.trim() === accessionNumber?.trim());
  const borne = equal.filter((each) => namespacesAgree(each.issuer, issuerOfAccessionNumber));
  if (borne.some((each) => each.source === 'stated')) return 'accession';
  if (borne.length > 0)
    return borne.some((each) => each.source === 'possible') ? 'possible-accession' : 'former-accession';
  return equal.some((each) => each.source === 'stated') ? 'other-issuer' : undefined;
}

function meetingOf(
  { identity, heardAt, now }: OrderKeys,
  candidate: Candidate,
  by: Tie,
  issuers: ReadonlyMap<string, string | undefined>,
): Meeting {
  return {
    by,
    order: { identity, heardAt: now, firstHeardAt: heardAt },
    study: {
      identity: { ...(candidate.asKnown ?? candidate.identity), ...candidate.samePatient },
      date: candidate.studyDate,
      heardAt: now,
    },
    issuers: { secondIssuer: issuers.get(candidate.nodeId) },
  };
}

function matchByUid(
  order: OrderKeys,
  candidates: readonly Candidate[],
  issuers: ReadonlyMap<string, string | undefined>,
): Match {
  const studies = order.studyInstanceUids.flatMap((uid) => {
    const copies = candidates.filter((each) => each.studyInstanceUid === uid);
    const isForeign = copies.some(
      (each) => judgeJoining(meetingOf(order, each, 'study', issuers)).kind === 'foreign',
    );
    return copies.length > 0 ? [{ studyInstanceUid: uid, how: joiningWords.study, isForeign, copies }] : [];
  });
  const missing = order.studyInstanceUids.length - studies.length;
  return studies.length > 0 ? { kind: 'found', studies, missing } : { kind: 'none' };
}
