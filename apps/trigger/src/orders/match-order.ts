import type { Dataset } from '@prelector/dicom';
import { isUid, stringOf, stringsOf } from '@prelector/dicom';
import type { StudyIdentity } from '@prelector/findings';
import { compareOrderWithArchive, identityOfSearch } from '@prelector/findings';

/** A study that an archive answered with when asked for an order. */
export interface Candidate {
  readonly nodeId: string;
  readonly studyInstanceUid: string;
  readonly identity: StudyIdentity;
  readonly modalities: readonly string[];
}

export interface FoundStudy {
  readonly studyInstanceUid: string;
  /** By what it was found, in words. */
  readonly how: string;
  readonly copies: readonly { readonly nodeId: string; readonly identity: StudyIdentity }[];
}

export type Match =
  /** `missing`: studies that the order names and that are nowhere yet. */
  | { readonly kind: 'found'; readonly studies: readonly FoundStudy[]; readonly missing: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'hold'; readonly reason: string };

/** What of an order narrows the answers. */
export interface OrderKeys {
  readonly studyInstanceUids: readonly string[];
  readonly modality: string | null;
}

/** Reads a study-level QIDO-RS answer. */
export function candidateOf(nodeId: string, answer: Dataset): Candidate {
  const uid = stringOf(answer, '0020000D');
  return {
    nodeId,
    studyInstanceUid: isUid(uid) ? uid : '',
    identity: identityOfSearch(answer),
    modalities: stringsOf(answer, '00080061'),
  };
}

/**
 * Which studies an order means. By Study Instance UID: every one it names that is there. By accession number:
 * the only one of the order's patient (and modality, where both state it); several, or only those of another
 * patient, are for a person: never the first.
 *
 * @param issuers assigning authorities of nodes, by id, which stand in for an issuer the archive leaves out
 */
export function matchOrder(
  order: OrderKeys,
  identity: StudyIdentity,
  candidates: readonly Candidate[],
  issuers: ReadonlyMap<string, string | undefined>,
): Match {
  const usable = candidates.filter((each) => each.studyInstanceUid !== '');
  if (order.studyInstanceUids.length > 0) return matchByUid(order.studyInstanceUids, usable);
  if (usable.length === 0) return { kind: 'none' };
  const ofPatient = usable.filter(
    (each) =>
      compareOrderWithArchive(identity, each.identity, { secondIssuer: issuers.get(each.nodeId) }).verdict !==
      'holds',
  );
  if (ofPatient.length === 0) {
    return { kind: 'hold', reason: 'the accession number leads only to studies of another patient' };
  }
  const { modality } = order;
  const fitting = modality
    ? ofPatient.filter((each) => each.modalities.length === 0 || each.modalities.includes(modality))
    : ofPatient;
  const narrowed = fitting.length > 0 ? fitting : ofPatient;
  const uids = [...new Set(narrowed.map((each) => each.studyInstanceUid))];
  const [uid] = uids;
  if (uid === undefined || uids.length > 1) {
    return {
      kind: 'hold',
      reason: `${uids.length} studies stand under the accession number of the order: say which one is meant`,
    };
  }
  return { kind: 'found', studies: [foundStudy(uid, 'accession number', narrowed)], missing: 0 };
}

function matchByUid(uids: readonly string[], candidates: readonly Candidate[]): Match {
  const studies = uids
    .filter((uid) => candidates.some((each) => each.studyInstanceUid === uid))
    .map((uid) => foundStudy(uid, 'Study Instance UID', candidates));
  return studies.length > 0
    ? { kind: 'found', studies, missing: uids.length - studies.length }
    : { kind: 'none' };
}

function foundStudy(studyInstanceUid: string, how: string, candidates: readonly Candidate[]): FoundStudy {
  const copies = candidates.filter((each) => each.studyInstanceUid === studyInstanceUid);
  return { studyInstanceUid, how, copies: copies.map(({ nodeId, identity }) => ({ nodeId, identity })) };
}
