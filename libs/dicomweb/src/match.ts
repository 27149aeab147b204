import { stringOf, stringsOf, tags, type Dataset } from '@prelector/dicom';
import type { Profile } from '@prelector/profiles';
import type { QidoQuery } from './query.js';

const SEPARATORS = /[,\\]/u;

/**
 * Whether a study answer is what was asked: servers ignore keys they do not know, and then return
 * everything. An identity key that the answer does not state is no match; a date or modality that it does
 * not state cannot be judged and passes. Of a server that loses characters a number with such is compared by what is
 * left of it: which study it is an image has to say.
 */
export function matchesStudy(study: Dataset, query: QidoQuery, text: Profile['qido']['text']): boolean {
  const equals = text === 'lossy' ? equalsAsKept : equalsExactly;
  return (
    equals(study, tags.StudyInstanceUID, query.studyInstanceUid) &&
    equals(study, tags.AccessionNumber, query.accessionNumber) &&
    equals(study, tags.PatientID, query.patientId) &&
    inRange(study, query.studyDate) &&
    isInTime(study, query.studyTime) &&
    holdsModality(study, query.modalitiesInStudy)
  );
}

/**
 * Whether nothing but the accession number of a study answer is not what was asked, of a server whose searches are not
 * believed, and such are asked for.
 */
export function isUnderAnotherNumber(
  study: Dataset,
  { accessionNumber, ...others }: QidoQuery,
  text: Profile['qido']['text'],
): boolean {
  return (
    others.orAnotherNumber === true &&
    text === 'lossy' &&
    accessionNumber !== undefined &&
    matchesStudy(study, others, text)
  );
}

/** Whether a series or instance answer does not contradict the key; a level above may go unstated. */
export function doesNotContradict(dataset: Dataset, tag: string, asked: string | undefined): boolean {
  const stated = stringOf(dataset, tag)?.trim();
  return asked === undefined || stated === undefined || stated === asked;
}

function equalsExactly(dataset: Dataset, tag: string, asked: string | undefined): boolean {
  return asked === undefined || stringOf(dataset, tag)?.trim() === asked.trim();
}

function equalsAsKept(dataset: Dataset, tag: string, asked: string | undefined): boolean {
  if (asked === undefined || !/[^ -~]/u.test(asked)) return equalsExactly(dataset, tag, asked);
  return keptOf(stringOf(dataset, tag)) === keptOf(asked);
}

/** What is left of a number where everything beyond ASCII was lost, as some of it may have been. */
const keptOf = (text: string | undefined) => text?.replaceAll(/[^ -~]/gu, '').trim();

function inRange(study: Dataset, asked: QidoQuery['studyDate']): boolean {
  const stated = stringOf(study, tags.StudyDate)
    ?.replaceAll(/[^0-9]/gu, '')
    .slice(0, 8);
  if (asked === undefined || stated === undefined) return true;
  if (typeof asked === 'string') return stated === asked;
  return (asked.from === undefined || stated >= asked.from) && (asked.to === undefined || stated <= asked.to);
}

function isInTime(study: Dataset, asked: QidoQuery['studyTime']): boolean {
  const stated = stringOf(study, tags.StudyTime)?.trim();
  if (asked === undefined || !stated || !/^\d{6}/u.test(stated)) return true;
  const second = stated.slice(0, 6);
  return second >= asked.from && second <= asked.to;
}

function holdsModality(study: Dataset, asked: readonly string[] = []): boolean {
  const stated = modalitiesOf(study);
  return asked.length === 0 || stated.length === 0 || stated.some((modality) => asked.includes(modality));
}

/** Modalities in Study as a list, also where a server joins them into one string. */
export function modalitiesOf(study: Dataset): string[] {
  return stringsOf(study, tags.ModalitiesInStudy)
    .flatMap((text) => text.split(SEPARATORS))
    .map((modality) => modality.trim())
    .filter((modality) => modality !== '');
}
