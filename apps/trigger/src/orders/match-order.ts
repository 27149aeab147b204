import type { Dataset } from '@prelector/dicom';
import { isUid, stringOf, stringsOf } from '@prelector/dicom';
import type { IdentityVerdict, StudyIdentity } from '@prelector/findings';
import { compareOrderWithArchive, identityOfDataset } from '@prelector/findings';

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
  readonly identity: IdentityVerdict;
}

export type Match =
  | { readonly kind: 'found'; readonly studies: readonly FoundStudy[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'hold'; readonly reason: string };

/** What of an order narrows the answers. */
export interface OrderKeys {
  readonly studyInstanceUids: readonly string[];
  readonly modality: string | null;
}

export interface Issuers {
  readonly issuerOfFeed: string | undefined;
  readonly issuersOfNodes: ReadonlyMap<string, string | undefined>;
}

/** Reads a study-level QIDO-RS answer. */
export function candidateOf(nodeId: string, answer: Dataset): Candidate {
  const uid = stringOf(answer, '0020000D');
  return {
    nodeId,
    studyInstanceUid: isUid(uid) ? uid : '',
    identity: identityOfDataset(answer),
    modalities: stringsOf(answer, '00080061'),
  };
}

/**
 * Which studies an order means. By Study Instance UID: every one it names that is there. By accession number:
 * the only one of the order's patient (and modality, where both state it); several, or only those of another
 * patient, are for a person: never the first.
 */
export function matchOrder(
  order: OrderKeys,
  identity: StudyIdentity,
  candidates: readonly Candidate[],
  issuers: Issuers,
): Match {
  const usable = candidates.filter((each) => each.studyInstanceUid !== '');
  const verdictOf = (candidate: Candidate) =>
    compareOrderWithArchive(identity, candidate.identity, {
      firstIssuer: issuers.issuerOfFeed,
      secondIssuer: issuers.issuersOfNodes.get(candidate.nodeId),
    });
  if (order.studyInstanceUids.length > 0) {
    const found = order.studyInstanceUids.flatMap((uid) => {
      const copies = usable.filter((each) => each.studyInstanceUid === uid);
      return copies.length > 0 ? [foundStudy(uid, 'Study Instance UID', copies, verdictOf)] : [];
    });
    return found.length > 0 ? { kind: 'found', studies: found } : { kind: 'none' };
  }
  if (usable.length === 0) return { kind: 'none' };
  const ofPatient = usable.filter((each) => verdictOf(each).verdict !== 'holds');
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
  const copies = narrowed.filter((each) => each.studyInstanceUid === uid);
  return { kind: 'found', studies: [foundStudy(uid, 'accession number', copies, verdictOf)] };
}

const gravity = { agrees: 0, warns: 1, holds: 2 } as const;

function foundStudy(
  studyInstanceUid: string,
  how: string,
  copies: readonly Candidate[],
  verdictOf: (candidate: Candidate) => IdentityVerdict,
): FoundStudy {
  const verdicts = copies.map((each) => verdictOf(each));
  const worst = verdicts.reduce((a, b) => (gravity[b.verdict] > gravity[a.verdict] ? b : a));
  return {
    studyInstanceUid,
    how,
    copies: copies.map(({ nodeId, identity }) => ({ nodeId, identity })),
    identity: worst,
  };
}
