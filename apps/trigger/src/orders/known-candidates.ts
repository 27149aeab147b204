import { withoutEmpty } from '@prelector/findings';
import type { IdentityVault, KeptIdentity, OrderRow, Tx } from '@prelector/ledger';
import { namedByPerson } from '@prelector/ledger';
import type { Candidate } from './match-order.js';

/** The ledger to read, within a transaction or outside. */
interface Known {
  readonly pool: Tx;
  readonly vault: IdentityVault;
}

/**
 * What is known of the studies that an archive answered with for an order, apart from what it answered.
 *
 * @param issuers assigning authorities of nodes, by id, as for `matchOrder`
 */
export async function withKnown(
  ledger: Known,
  order: OrderRow,
  ordered: KeptIdentity,
  candidates: readonly Candidate[],
  issuers: ReadonlyMap<string, string | undefined>,
): Promise<Candidate[]> {
  const known: Candidate[] = [];
  for (const each of candidates) {
    // Nothing that was known when it was judged before counts.
    const { asKnown: _as, issuerInFiles: _issuer, samePatient: _same, ...answered } = each;
    const study = await ledger.pool.studies.byUid(each.studyInstanceUid);
    const seen = study ? await asSeen(ledger, study.id, answered) : answered;
    const merged = await withMerge(ledger, ordered, seen, issuers);
    known.push(study ? await asNamed(ledger, order, ordered, merged, study.id) : merged);
  }
  return known;
}

/** A person said that the order means this study, whatever patient either of them states. */
async function asNamed(
  { pool }: Known,
  { id }: OrderRow,
  ordered: KeptIdentity,
  candidate: Candidate,
  studyId: string,
): Promise<Candidate> {
  const link = await pool.links.between(id, studyId);
  if (!link || link.isForeign || link.how !== namedByPerson) return candidate;
  const { patientId, issuerOfPatientId, name, birthDate, sex } = ordered;
  return {
    ...candidate,
    samePatient: withoutEmpty({ patientId, issuerOfPatientId, name, birthDate, sex }),
  };
}

/**
 * The patient is whom its instances stated before, whatever less the search states now, and the issuer of its accession
 * number is that of the files.
 */
async function asSeen({ pool }: Known, studyId: string, candidate: Candidate): Promise<Candidate> {
  const { identity } = await pool.archives.asInstancesState(studyId, candidate);
  const { accessionNumber, issuerOfAccessionNumber } = candidate.identity;
  const asKnown = { ...candidate, asKnown: identity };
  if (!accessionNumber || issuerOfAccessionNumber) return asKnown;
  const read = await pool.identities.ofImages(studyId);
  if (read?.accessionNumber?.trim() !== accessionNumber.trim()) return asKnown;
  return { ...asKnown, issuerInFiles: read.issuerOfAccessionNumber };
}

async function withMerge(
  { pool }: Known,
  ordered: KeptIdentity,
  candidate: Candidate,
  issuers: ReadonlyMap<string, string | undefined>,
): Promise<Candidate> {
  const { nodeId, asKnown: identity = candidate.identity } = candidate;
  const secondIssuer = issuers.get(nodeId);
  if ((await pool.patients.kinship(nodeId, ordered, identity, { secondIssuer })) === 'none') return candidate;
  const { patientId, issuerOfPatientId } = ordered;
  return { ...candidate, samePatient: withoutEmpty({ patientId, issuerOfPatientId }) };
}
