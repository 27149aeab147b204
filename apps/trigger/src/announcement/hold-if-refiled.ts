import type { StudyIdentity } from '@prelector/findings';
import { compareSearchWithInstance } from '@prelector/findings';
import type { StudyRow, Tx } from '@prelector/ledger';
import { refiled, underNumberOf } from '@prelector/ledger';
import type { SiteNode } from '@prelector/pipeline';

/**
 * As `holdIfRefiled`, and keeps each patient under whom the archive lists the study, so that a person who releases it
 * saw them all.
 */
export async function holdIfListedTwice(
  tx: Tx,
  study: StudyRow,
  node: SiteNode,
  listed: readonly StudyIdentity[],
  who: string,
): Promise<void> {
  for (const identity of listed.slice(1))
    await tx.identities.recordSighting({
      studyId: study.id,
      nodeId: node.id,
      stage: 'announcement',
      identity,
    });
  await holdIfRefiled(tx, study, node, listed, who);
}

/**
 * Holds a study that its archive lists under two patients, or under another one than its images stated when
 * they were analysed: reports that were delivered may stand under the wrong patient now, and only a person can
 * see to it, or a merge explain it, where nothing but the patient number differs. What a person released, and a
 * patient number that was merged into the other, hold nothing.
 *
 * @param study locked until the transaction ends
 * @param listed what the search states, once for each patient under whom it lists the study
 */
async function holdIfRefiled(
  tx: Tx,
  study: StudyRow,
  { id: nodeId, configuration: { issuerOfPatientId } }: SiteNode,
  listed: readonly StudyIdentity[],
  who: string,
): Promise<void> {
  const covered = await tx.identities.releasedOf(study.id);
  const open = listed.filter((each) => !covered(each));
  const issuers = { firstIssuer: issuerOfPatientId, secondIssuer: issuerOfPatientId };
  const differs = async (one: StudyIdentity, other: StudyIdentity): Promise<string | undefined> => {
    const { verdict, reason } = compareSearchWithInstance(one, other, issuers);
    return verdict === 'holds' && (await tx.patients.kinship(nodeId, one, other, issuers)) === 'none'
      ? reason
      : undefined;
  };
  const hold = (why: string, awaitsOrder = false) =>
    tx.holds.hold(study, { who, why, awaitsOrder, isNews: true });
  const [first, ...others] = open;
  for (const other of first ? others : []) {
    const reason = apart(other, first as StudyIdentity) ?? (await differs(other, first as StudyIdentity));
    if (reason) return void (await hold(`the archive lists the study under two patients: ${reason}`));
  }
  const images = await tx.identities.ofImages(study.id);
  const reason = first && images && (await differs(first, images));
  if (!first || !images || !reason) return;
  // An archive may follow a merge before we hear of it.
  const underListed = underNumberOf(images, first);
  const isNumberAlone = compareSearchWithInstance(first, underListed, issuers).verdict !== 'holds';
  const why = `${refiled}: ${reason}. See whether its reports stand with the right patient`;
  await hold(why, isNumberAlone);
}

/** A Patient ID that one of two listings of a study lacks: archives file images without it as another patient's. */
function apart(one: StudyIdentity, other: StudyIdentity): string | undefined {
  return (one.patientId === undefined) === (other.patientId === undefined)
    ? undefined
    : 'one of them without a Patient ID. Some of its images state none; correct them in the archive, which cannot show the study whole until then';
}
