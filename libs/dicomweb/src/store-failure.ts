import type { ErrorEntry } from '@prelector/kernel';
import { itemsOf, stringsOf, type Dataset } from '@prelector/dicom';
import type { Profile, storeFailureNames } from '@prelector/profiles';

/** Why a server did not store an instance, as far as its failure reason says. */
export type StoreFailure = (typeof storeFailureNames)[number];

/** What each failure allows next, and what to say to the person who must act. */
export const storeFailures: Readonly<Record<StoreFailure, ErrorEntry>> = {
  duplicate: {
    recovery: 'ambiguous',
    meaning: 'The PACS already holds an object with this SOP Instance UID; compare it with ours.',
  },
  'sop-class-unsupported': { recovery: 'permanent', meaning: 'The PACS does not take this kind of object.' },
  'transfer-syntax-unsupported': {
    recovery: 'permanent',
    meaning: 'The PACS does not take this transfer syntax; Explicit VR Little Endian is sent instead.',
  },
  'not-authorised': {
    recovery: 'permanent',
    meaning: 'Our account may not store this; correct it at the PACS.',
  },
  'out-of-resources': { recovery: 'transient', meaning: 'The PACS has no room or is overloaded.' },
  'processing-failure': { recovery: 'transient', meaning: 'The PACS failed while storing.' },
  'dataset-mismatch': {
    recovery: 'permanent',
    meaning: 'The PACS finds the object not to fit its SOP Class, or another study than it was stored to.',
  },
  'cannot-understand': { recovery: 'permanent', meaning: 'The PACS cannot read the object.' },
  'patient-conflict': {
    recovery: 'permanent',
    meaning: 'The PACS finds the object at odds with the patient it knows; a person must look.',
  },
  other: { recovery: 'permanent', meaning: 'The PACS refused the object for a reason we do not know.' },
};

type StoreCodes = Profile['stow']['codes'];

/**
 * The meaning of a Failure Reason (0008,1197): the vendor's own first, then PS3.18 Annex I.2 and PS3.7
 * Annex C. `item` is the failed item, whose private details some vendors need to be understood.
 */
export function storeFailureOf(reason: number | undefined, item: Dataset, codes: StoreCodes): StoreFailure {
  if (reason === undefined) return 'other';
  const own = codes.find((code) => code.code === reason && detailFits(item, code.detail));
  return own?.meaning ?? standardMeaning(reason);
}

function detailFits(item: Dataset, detail: StoreCodes[number]['detail']): boolean {
  return !detail || textsOf(item, detail.tag).some((text) => text.includes(detail.includes));
}

/** Vendors nest their private detail in an item of its own. */
function textsOf(item: Dataset, tag: string): string[] {
  const nested = Object.entries(item).filter(([, element]) => element.vr === 'SQ');
  return [
    ...stringsOf(item, tag),
    ...nested.flatMap(([key]) => itemsOf(item, key).flatMap((one) => textsOf(one, tag))),
  ];
}

function standardMeaning(reason: number): StoreFailure {
  switch (reason) {
    case 0x0110:
      return 'processing-failure';
    case 0x0111:
      return 'duplicate';
    case 0x0122:
      return 'sop-class-unsupported';
    case 0x0124:
      return 'not-authorised';
    case 0xc122:
      return 'transfer-syntax-unsupported';
    default:
      return rangeMeaning(reason);
  }
}

function rangeMeaning(reason: number): StoreFailure {
  if (reason >= 0xa700 && reason <= 0xa7ff) return 'out-of-resources';
  if (reason >= 0xa900 && reason <= 0xa9ff) return 'dataset-mismatch';
  return reason >= 0xc000 && reason <= 0xcfff ? 'cannot-understand' : 'other';
}
