import type { KeptIdentity } from './identities.js';

export type AccessionNumber = NonNullable<KeptIdentity['accessions']>[number];

/** The accession numbers that an order states, where it states none those that may be one, and those that it bore before. */
export function accessionsOf({
  accessions,
  accessionNumber,
  issuerOfAccessionNumber,
}: KeptIdentity): AccessionNumber[] {
  const all = accessions ?? [];
  const isStated = accessionNumber !== undefined || all.some(({ source }) => source === 'stated');
  const borne = all.filter(({ source }) => !isStated || source !== 'possible');
  if (!accessionNumber || borne.some((each) => each.value === accessionNumber)) return borne;
  return [{ value: accessionNumber, issuer: issuerOfAccessionNumber, source: 'stated' }, ...borne];
}
