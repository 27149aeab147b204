import type { Dataset } from '@prelector/dicom';
import { stringOf } from '@prelector/dicom';
import type { StudyIdentity } from '@prelector/findings';
import type { IdentityVault, StudyCopyRow, StudyRow, Tx } from '@prelector/ledger';
import type { JoiningIdentity } from '@prelector/pipeline';
import { studyKeys } from '@prelector/ledger';

/** What an archive states of a study. */
export interface StatedByArchive {
  readonly nodeId: string;
  /**
   * What the archive states of it, by which orders that speak of it are found; undefined while only a search spoke that
   * may have lost characters: then it is joined with none.
   */
  readonly identity: StudyIdentity | undefined;
  /** A search stated its accession number, and no instance. */
  readonly isListed?: boolean | undefined;
  /** A search stated who the patient is, and no instance. */
  readonly isPatientListed?: boolean | undefined;
  /**
   * Of further accession numbers by which orders find it: archives correct their records and not their images. Undefined
   * where what is stated may not be all.
   */
  readonly further?: readonly JoiningIdentity[] | undefined;
}

/** A study that a notice named, on one node. */
export interface Announcement extends StatedByArchive {
  readonly studyInstanceUid: string;
  readonly studyDate?: string | undefined;
  readonly who: string;
  readonly why: string;
  readonly priority?: number | undefined;
  readonly identityId?: string | undefined;
  /** Of a message marked as test or training. */
  readonly testOnly?: boolean | undefined;
}

/** Study Date of a study-level answer, where it states one that is a date (PS3.5 6.2, DA). */
export function studyDateOf(answer: Dataset): string | undefined {
  const date = stringOf(answer, '00080020');
  return date !== undefined && /^\d{8}$/u.test(date) ? date : undefined;
}

/**
 * Watches a study on a node: makes its rows where they are missing, joins it with the orders that speak of it
 * (also with those that came before it was known), takes up one that was given up, and has it looked at.
 * Saying it twice has no further effect, because a look that finds no change changes nothing.
 */
export async function announceStudy(
  tx: Tx,
  vault: IdentityVault,
  announcement: Announcement,
): Promise<{ study: StudyRow; copy: StudyCopyRow }> {
  const { studyInstanceUid, who, why, testOnly } = announcement;
  await tx.locks.aboutStudies([{ studyInstanceUid, identities: identitiesOf(announcement) }]);
  const found = await tx.links.studyInEarnest(announcement);
  const { copy } = await tx.copies.findOrCreate(found.study.id, announcement.nodeId);
  const study = await keepStated(tx, vault, found.study, announcement, { who, isAnnounced: true });
  if (study.state === 'incomplete') {
    await tx.moves.study(study.id, 'watching', { who, why }, { watchingSince: tx.sql.now() });
  }
  // A test that somebody plays asks for nothing that a person withheld.
  if (!testOnly) await tx.studies.stopWithholding(study);
  if (study.state !== 'held') {
    await tx.steps.schedule({ step: 'observe', rowId: copy.id, priority: study.priority, restart: true });
  }
  return { study, copy };
}

/** Everything by which a study is joined with orders. */
export const identitiesOf = ({ identity, further = [] }: StatedByArchive): StudyIdentity[] => [
  identity ?? {},
  ...further.map((each) => each.identity),
];

/**
 * Keeps what an archive states of a study, and joins it with the orders that speak of it by any of its numbers. The
 * study's row is locked from then on.
 */
export async function keepStated(
  tx: Tx,
  vault: IdentityVault,
  study: StudyRow,
  stated: StatedByArchive,
  by: { readonly who: string; readonly isAnnounced?: boolean },
): Promise<StudyRow> {
  const { nodeId, identity, isListed, isPatientListed, further } = stated;
  const keysOf = (each: StudyIdentity) => studyKeys(vault, study.studyInstanceUid, each);
  for (const each of further ?? [])
    await tx.numbers.keepOfStudy(study.id, keysOf(each.identity), { nodeId, isListed: each.isListed });
  if (!identity) return tx.studies.lock(study.id);
  if (further) await tx.numbers.keepListed(study.id, nodeId, identitiesOf(stated).flatMap(keysOf));
  const stage = isPatientListed ? 'announcement' : 'look';
  await tx.identities.recordSighting({ studyId: study.id, nodeId, stage, identity });
  return tx.joining.joinStudy(study, { nodeId, identity, isListed, isPatientListed }, by);
}
