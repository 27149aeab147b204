import { withoutEmpty } from '@prelector/findings';
import type { KeptIdentity, Ledger, OrderRow } from '@prelector/ledger';
import { kinshipOf, latestSighting, linkBetween, namedByPerson, studyByUid } from '@prelector/ledger';
import type { Candidate } from './match-order.js';

/**
 * What is known of the studies that an archive answered with for an order, apart from what it answered.
 *
 * @param issuers assigning authorities of nodes, by id, as for `matchOrder`
 */
export function withKnown(
  ledger: Ledger,
  order: OrderRow,
  ordered: KeptIdentity,
  candidates: readonly Candidate[],
  issuers: ReadonlyMap<string, string | undefined>,
): Promise<Candidate[]> {
  return Promise.all(
    candidates.map(async (each) => {
      const issued = await withIssuer(ledger, each);
      return asNamed(ledger, order, ordered, await withMerge(ledger, ordered, issued, issuers));
    }),
  );
}

/** A person said that the order means this study, whatever patient either of them states. */
async function asNamed(
  { pool }: Ledger,
  { id }: OrderRow,
  ordered: KeptIdentity,
  candidate: Candidate,
): Promise<Candidate> {
  const study = await studyByUid(pool, candidate.studyInstanceUid);
  const link = study && (await linkBetween(pool, id, study.id));
  if (!link || link.isForeign || link.how !== namedByPerson) return candidate;
  const { patientId, issuerOfPatientId, name, birthDate, sex } = ordered;
  return {
    ...candidate,
    samePatient: withoutEmpty({ patientId, issuerOfPatientId, name, birthDate, sex }),
  };
}

async function withIssuer({ pool, vault }: Ledger, candidate: Candidate): Promise<Candidate> {
  const { accessionNumber, issuerOfAccessionNumber } = candidate.identity;
  if (!accessionNumber || issuerOfAccessionNumber) return candidate;
  const study = await studyByUid(pool, candidate.studyInstanceUid);
  const read = study && (await latestSighting(pool, vault, { studyId: study.id, stage: 'fetch' }));
  if (read?.identity?.accessionNumber?.trim() !== accessionNumber.trim()) return candidate;
  return { ...candidate, issuerInFiles: read.identity.issuerOfAccessionNumber };
}

async function withMerge(
  { pool, vault }: Ledger,
  ordered: KeptIdentity,
  candidate: Candidate,
  issuers: ReadonlyMap<string, string | undefined>,
): Promise<Candidate> {
  const { nodeId, identity } = candidate;
  const secondIssuer = issuers.get(nodeId);
  if ((await kinshipOf(pool, vault, nodeId, ordered, identity, { secondIssuer })) === 'none')
    return candidate;
  const { patientId, issuerOfPatientId } = ordered;
  return { ...candidate, samePatient: withoutEmpty({ patientId, issuerOfPatientId }) };
}
