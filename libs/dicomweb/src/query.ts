import { isUid, keywordOf, tags } from '@prelector/dicom';
import type { Profile } from '@prelector/profiles';
import { dicomwebError } from './errors.js';

/** Dates as YYYYMMDD, both included. */
export interface DateRange {
  readonly from?: string;
  readonly to?: string;
}

/** Times as HHMMSS, both included. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** What is asked of studies. Every key that is given must match; single values match exactly. */
export interface QidoQuery {
  readonly studyInstanceUid?: string;
  readonly accessionNumber?: string;
  readonly patientId?: string;
  /** One day, or a range. */
  readonly studyDate?: string | DateRange;
  /** Beside one day: only what was made between these times of it. */
  readonly studyTime?: TimeRange;
  /** A study matches when it holds one of these. */
  readonly modalitiesInStudy?: readonly string[];
  /** Tags of further attributes wanted in the answer. */
  readonly includeFields?: readonly string[];
  /**
   * Matches wanted at most; a search without any key must have it. Without it a search of more than 100,000
   * studies is refused.
   */
  readonly limit?: number;
  /**
   * Also studies of which the answer states no accession number, or another than was asked for: servers answer with
   * what one of its images states, and another may state the number. Of a server whose searches lose nothing there are none.
   */
  readonly orAnotherNumber?: boolean;
}

export interface SeriesQuery {
  readonly seriesInstanceUid?: string;
  readonly modality?: string;
  readonly includeFields?: readonly string[];
}

export interface InstanceQuery {
  readonly sopInstanceUid?: string;
  readonly includeFields?: readonly string[];
  /** Instances wanted at most. */
  readonly limit?: number;
}

/** A query parameter: the tag, and the text to match. */
export type Key = readonly [tag: string, value: string];

const DATE = /^\d{8}$/u;
const TIME = /^\d{6}$/u;
const MODALITY = /^[A-Z0-9_ ]{1,16}$/u;
const TAG = /^[0-9A-F]{8}$/u;
/** Wildcards, the value separator and control characters would match more than what was meant. */
const UNSAFE = /[*?\\\p{Cc}]/u;

const refuse = (what: string) => dicomwebError('dicomweb.invalid-key', what);

function checked(what: string, value: string, valid: boolean): string {
  if (!valid) throw refuse(what);
  return value;
}

const uidKey = (what: string, value: string) => checked(what, value, isUid(value));
/** LO and SH values hold at most 64 characters. */
const textKey = (what: string, value: string) =>
  checked(what, value.trim(), value.trim() !== '' && value.length <= 64 && !UNSAFE.test(value));

function dateKey(date: string | DateRange): string {
  if (typeof date === 'string') return checked('the study date', date, DATE.test(date));
  const { from = '', to = '' } = date;
  const valid = [from, to].every((day) => day === '' || DATE.test(day)) && (from !== '' || to !== '');
  return checked('the study date range', `${from}-${to}`, valid && (from === '' || to === '' || from <= to));
}

/**
 * The keys of a study search as this server takes them.
 *
 * @throws `dicomweb.invalid-key` for a value that is empty or could match more than it says
 */
export function studyKeys(query: QidoQuery, qido: Profile['qido']): Key[] {
  const keys: Key[] = [];
  const { studyInstanceUid, accessionNumber, patientId, studyDate, modalitiesInStudy = [] } = query;
  if (studyInstanceUid !== undefined)
    keys.push([tags.StudyInstanceUID, uidKey('the Study Instance UID', studyInstanceUid)]);
  if (accessionNumber !== undefined)
    keys.push([tags.AccessionNumber, textKey('the accession number', accessionNumber)]);
  if (patientId !== undefined) keys.push([tags.PatientID, textKey('the patient ID', patientId)]);
  if (studyDate !== undefined) {
    const value = dateKey(studyDate);
    if (qido.dateRange !== 'none') keys.push([tags.StudyDate, value]);
  }
  if (query.studyTime !== undefined) {
    const { from, to } = query.studyTime;
    const valid = TIME.test(from) && TIME.test(to) && from <= to;
    keys.push([tags.StudyTime, checked('the study time range', `${from}-${to}`, valid)]);
  }
  for (const modality of modalitiesInStudy) checked('a modality', modality, MODALITY.test(modality));
  const [only, ...others] = modalitiesInStudy;
  if (only !== undefined && others.length === 0 && qido.modalitiesInStudy.match === 'single')
    keys.push([tags.ModalitiesInStudy, only]);
  const bounded = keys.length > 0 || studyDate !== undefined || query.limit !== undefined;
  if (!bounded) throw refuse('a search without any key');
  return keys;
}

export function seriesKeys(query: SeriesQuery): Key[] {
  const keys: Key[] = [];
  if (query.seriesInstanceUid !== undefined)
    keys.push([tags.SeriesInstanceUID, uidKey('the Series Instance UID', query.seriesInstanceUid)]);
  if (query.modality !== undefined)
    keys.push([tags.Modality, checked('the modality', query.modality, MODALITY.test(query.modality))]);
  return keys;
}

export function instanceKeys(query: InstanceQuery): Key[] {
  if (query.sopInstanceUid === undefined) return [];
  return [[tags.SOPInstanceUID, uidKey('the SOP Instance UID', query.sopInstanceUid)]];
}

/** Attributes that a study answer of this server states only when asked to. */
export function studyIncludeFields(query: QidoQuery, qido: Profile['qido']): string[] {
  const fields = [...(query.includeFields ?? [])];
  if (qido.modalitiesInStudy.returned === 'includefield') fields.push(tags.ModalitiesInStudy);
  if (qido.studyCounts === 'includefield')
    fields.push(tags.NumberOfStudyRelatedSeries, tags.NumberOfStudyRelatedInstances);
  return [...new Set(fields)];
}

/**
 * A value for a server that decodes nothing. What could be taken for a delimiter, a separator of values or an encoding, or
 * may not stand in a query at all, is asked for by the wildcard of one character, or of any number where servers
 * count otherwise (PS3.4 C.2.2.2.4).
 */
function literal(value: string): string {
  return value.replaceAll(/%|[^ -~]+/gu, '*').replaceAll(/[^A-Za-z0-9._~!$();:@/=*-]/gu, '?');
}

/** A value for a server whose searches may lose what lies beyond ASCII, or keep it as any number of characters. */
const asKept = (value: string) => value.replaceAll(/[^ -~]+/gu, '*');

/** What is left between wildcards narrows the answer to what can be read and compared. */
const leastBesideWildcard = 2;

function askedFor(value: string, qido: Profile['qido']): string {
  const kept = qido.text === 'lossy' ? asKept(value) : value;
  const asked = qido.keyEncoding === 'percent' ? encodeURIComponent(kept) : literal(kept);
  const left = value.replaceAll(/[^A-Za-z0-9]/gu, '').length;
  if (asked.includes('*') && left < leastBesideWildcard)
    throw refuse('a number of hardly anything but characters that this server cannot search for');
  return asked;
}

/** The query string of one page; percent-encoded unless the server is known not to decode: they disagree about `+`. */
export function queryString(
  qido: Profile['qido'],
  keys: readonly Key[],
  includeFields: readonly string[],
  page: { readonly offset: number; readonly limit: number },
): string {
  if (!includeFields.every((tag) => TAG.test(tag))) throw refuse('an includefield that is no tag');
  const pairs = keys.map(([tag, value]) => {
    const name = qido.keyStyle === 'keyword' ? (keywordOf(tag) ?? tag) : tag;
    return `${name}=${askedFor(value, qido)}`;
  });
  if (qido.includefield === 'comma' && includeFields.length > 0)
    pairs.push(`includefield=${includeFields.join(',')}`);
  if (qido.includefield === 'repeat') pairs.push(...includeFields.map((tag) => `includefield=${tag}`));
  return [...pairs, `limit=${page.limit}`, `offset=${page.offset}`].join('&');
}
