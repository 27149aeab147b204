import type { Dataset, PersonNameValue } from '@prelector/dicom';
import { stringOf } from '@prelector/dicom';
import type { ComparableName, NameParts, PatientNumber, StudyIdentity } from './identity.js';
import { remaindersOf } from './lost-characters.js';
import { namespaceText, namespacesAgree } from './namespace.js';
import { compareNames, orderNameDiffers } from './person-name.js';

export type IdentityAttribute = Exclude<keyof StudyIdentity, 'otherPatientIds'>;

/** What two statements of an identity come to. It names attributes, never their values. */
export interface IdentityVerdict {
  readonly verdict: 'agrees' | 'warns' | 'holds';
  readonly differing: readonly IdentityAttribute[];
  readonly missing: readonly IdentityAttribute[];
  /** A sentence for a person, e.g. `Patient ID differs`. */
  readonly reason: string;
}

/** How a comparison treats an issuer that a side leaves out, and what a warning becomes. */
export interface ComparisonOptions {
  /** The assigning authority of the feed or node on the first side, which stands in for an absent issuer. */
  readonly firstIssuer?: string | undefined;
  readonly secondIssuer?: string | undefined;
  /** The rule asks that name, birth date and sex hold, too. */
  readonly holdOnDemographics?: boolean;
}

const label: Record<IdentityAttribute, string> = {
  patientId: 'Patient ID',
  issuerOfPatientId: 'Issuer of Patient ID',
  name: "Patient's Name",
  birthDate: "Patient's Birth Date",
  sex: "Patient's Sex",
  studyInstanceUid: 'Study Instance UID',
  accessionNumber: 'Accession Number',
  issuerOfAccessionNumber: 'Issuer of Accession Number',
};

const issuers: readonly IdentityAttribute[] = ['issuerOfPatientId', 'issuerOfAccessionNumber'];
const demographics: readonly IdentityAttribute[] = ['name', 'birthDate', 'sex'];

/**
 * The identity that the data set of an instance states: its part-10 header, or evidence as it was sent or
 * read back.
 */
export function identityOfDataset(dataset: Dataset): StudyIdentity {
  const issuerOfAccession = itemOf(dataset, '00080051');
  const qualifiers = itemOf(dataset, '00100024');
  return withoutEmpty({
    patientId: stringOf(dataset, '00100020'),
    issuerOfPatientId: namespaceText({
      local: stringOf(dataset, '00100021'),
      universal: qualifiers && stringOf(qualifiers, '00400032'),
    }),
    name: nameOf(dataset['00100010']?.Value?.[0]),
    birthDate: stringOf(dataset, '00100030'),
    sex: stringOf(dataset, '00100040'),
    studyInstanceUid: stringOf(dataset, '0020000D'),
    accessionNumber: stringOf(dataset, '00080050'),
    issuerOfAccessionNumber:
      issuerOfAccession &&
      namespaceText({
        local: stringOf(issuerOfAccession, '00400031'),
        universal: stringOf(issuerOfAccession, '00400032'),
      }),
  });
}

function itemOf(dataset: Dataset, sequence: string): Dataset | undefined {
  return (dataset[sequence]?.Value?.[0] ?? undefined) as Dataset | undefined;
}

/**
 * The identity that a QIDO-RS answer states, without a name: servers answer searches from their database and
 * lose characters (Orthanc as installed answers in Latin-1), so only an instance says what a patient is called.
 */
export function identityOfSearch(answer: Dataset): StudyIdentity {
  const { name: _undecided, ...identity } = identityOfDataset(answer);
  return identity;
}

function nameOf(value: unknown): ComparableName | undefined {
  const groups = (typeof value === 'string' ? { Alphabetic: value } : (value ?? {})) as PersonNameValue;
  const ideographic = partsOf(groups.Ideographic);
  const phonetic = partsOf(groups.Phonetic);
  const alphabetic = partsOf(groups.Alphabetic);
  if (!alphabetic && !ideographic && !phonetic) return undefined;
  return {
    ...(alphabetic ?? { family: '', given: '' }),
    ...(ideographic ? { ideographic } : {}),
    ...(phonetic ? { phonetic } : {}),
  };
}

function partsOf(group: string | undefined): NameParts | undefined {
  const [family = '', given = ''] = (group ?? '').split('^').map((part) => part.replace(/[\0 ]+$/u, ''));
  return family === '' && given === '' ? undefined : { family, given };
}

/** Drops members that are absent or empty, so that "not stated" has one form. */
export function withoutEmpty(identity: {
  [A in IdentityAttribute]?: StudyIdentity[A] | undefined;
}): StudyIdentity {
  return Object.fromEntries(
    Object.entries(identity).filter(([, value]) => value !== undefined && value !== ''),
  );
}

/** The value of an attribute in the one form in which it is compared; undefined when not stated. */
function comparable(identity: StudyIdentity, attribute: IdentityAttribute): string | undefined {
  const value = identity[attribute];
  if (value === undefined) return undefined;
  if (typeof value === 'object') return undefined;
  const text = value.replace(/\0+$/u, '').trim().normalize('NFC');
  // Servers list dates in the form of ISO 8601 or of ACR-NEMA, too (PS3.5 table 6.2-1 note 1).
  if (attribute === 'birthDate')
    return text.replace(/^(\d{4})([-.])(\d{2})\2(\d{2})/u, '$1$3$4').slice(0, 8) || undefined;
  if (attribute === 'sex') return /^[MFO]$/u.test(text.toUpperCase()) ? text.toUpperCase() : undefined;
  return text || undefined;
}

type NameDiffers = (a: ComparableName, b: ComparableName) => boolean;

function differing(a: StudyIdentity, b: StudyIdentity, nameDiffers: NameDiffers): IdentityAttribute[] {
  return (Object.keys(label) as IdentityAttribute[]).filter((attribute) => {
    if (attribute === 'name')
      return a.name !== undefined && b.name !== undefined && nameDiffers(a.name, b.name);
    const [first, second] = [comparable(a, attribute), comparable(b, attribute)];
    if (first === undefined || second === undefined) return false;
    return issuers.includes(attribute) ? !namespacesAgree(first, second) : first !== second;
  });
}

/**
 * An order under the one of its patient's numbers that an archive states: an archive files by one of those that a RIS
 * lists. Under the first of them where it states none.
 */
function underStatedNumber(order: StudyIdentity, archive: StudyIdentity): StudyIdentity {
  const isStated = (each: PatientNumber) =>
    comparable(each, 'patientId') === comparable(archive, 'patientId') &&
    namespacesAgree(each.issuerOfPatientId, archive.issuerOfPatientId);
  if (comparable(archive, 'patientId') === undefined || isStated(order)) return order;
  const other = order.otherPatientIds?.find(isStated);
  if (!other) return order;
  const { issuerOfPatientId: _of, ...rest } = order;
  return { ...rest, ...other };
}

function withIssuer(identity: StudyIdentity, issuer: string | undefined): StudyIdentity {
  return identity.issuerOfPatientId === undefined && issuer !== undefined && issuer !== ''
    ? { ...identity, issuerOfPatientId: issuer }
    : identity;
}

function verdictOf(
  differing: readonly IdentityAttribute[],
  missing: readonly IdentityAttribute[],
  warnings: readonly IdentityAttribute[],
): IdentityVerdict {
  const words = (attributes: readonly IdentityAttribute[]) =>
    attributes.map((name) => label[name]).join(', ');
  const reason = [
    differing.length > 0 ? `differs: ${words(differing)}` : '',
    missing.length > 0 ? `missing: ${words(missing)}` : '',
    warnings.length > 0 ? `differs, recorded only: ${words(warnings)}` : '',
  ]
    .filter((part) => part !== '')
    .join('; ');
  const verdict =
    differing.length > 0 || missing.length > 0 ? 'holds' : warnings.length > 0 ? 'warns' : 'agrees';
  return {
    verdict,
    differing: [...differing, ...warnings],
    missing,
    reason: reason === '' ? 'every stated attribute agrees' : reason,
  };
}

/**
 * Whether name, birth date and sex differ so much that they are another person's, whatever the Patient ID says:
 * name and birth date both, or any two where no Patient ID that both state confirms the patient. A name that is
 * spelt otherwise, or one attribute of the three, is a mistake in writing as often.
 */
function isAnotherPerson(found: readonly IdentityAttribute[], isConfirmed: boolean): boolean {
  if (found.includes('name') && found.includes('birthDate')) return true;
  return !isConfirmed && found.filter((name) => demographics.includes(name)).length > 1;
}

function areStated(first: StudyIdentity, second: StudyIdentity, attribute: IdentityAttribute): boolean {
  return comparable(first, attribute) !== undefined && comparable(second, attribute) !== undefined;
}

/**
 * An order (HL7) against the archive: patient id with issuer, Study Instance UID and accession number hold
 * where both state them; name, birth date and sex hold where together they are another person's, and are else a
 * recorded warning unless the rule says that each holds.
 */
export function compareOrderWithArchive(
  order: StudyIdentity,
  archive: StudyIdentity,
  options: ComparisonOptions = {},
): IdentityVerdict {
  const second = withIssuer(archive, options.secondIssuer);
  const stated = underStatedNumber(order, second);
  const first = withIssuer(stated, options.firstIssuer);
  const found = differing(first, second, orderNameDiffers);
  // A further number of the patient, of an issuer that is not stated perhaps, confirms less than the first.
  const isConfirmed = stated === order && areStated(first, second, 'patientId');
  const isHard = options.holdOnDemographics || isAnotherPerson(found, isConfirmed);
  const soft = isHard ? [] : found.filter((name) => demographics.includes(name));
  return verdictOf(
    found.filter((name) => !soft.includes(name)),
    [],
    soft,
  );
}

/**
 * The archive earlier against the archive now, or one instance against another: any stated difference holds, and so does
 * a Patient ID or Study Instance UID that either side leaves out. Where the names have nothing in common that could be
 * compared (one is left out, or stands in another component group), what else says who the patient is has to be stated
 * by both.
 */
export function compareArchiveWithArchive(
  earlier: StudyIdentity,
  now: StudyIdentity,
  options: ComparisonOptions = {},
): IdentityVerdict {
  const first = withIssuer(earlier, options.firstIssuer);
  const second = withIssuer(now, options.secondIssuer);
  const sidesStating = (name: IdentityAttribute) =>
    [first, second].filter((each) => comparable(each, name) !== undefined).length;
  const names = compareNames(first.name, second.name);
  const required: readonly IdentityAttribute[] = ['patientId', 'studyInstanceUid'];
  const confirming: readonly IdentityAttribute[] = names === 'incomparable' ? ['birthDate', 'sex'] : [];
  const missing = [...required, ...confirming].filter((name) => sidesStating(name) < 2);
  // An issuer that neither side states is that of the archive itself.
  if (names === 'incomparable' && sidesStating('issuerOfPatientId') === 1) missing.push('issuerOfPatientId');
  const verdict = verdictOf(
    differing(first, second, (a, b) => compareNames(a, b) === 'different'),
    missing,
    [],
  );
  return verdict.verdict === 'holds' && names === 'incomparable'
    ? { ...verdict, reason: `${verdict.reason}; nothing of ${label.name} can be compared` }
    : verdict;
}

/**
 * What a search states against an instance: Patient ID, birth date, sex and accession number that differ hold,
 * because the archive has then corrected its records and not its images, or the other way round. Of a value of
 * the instance beyond ASCII what may be left of it is no difference (`remaindersOf`), and whether a search that states
 * nothing lost all of it nobody can tell.
 */
export function compareSearchWithInstance(
  search: StudyIdentity,
  instance: StudyIdentity,
  options: ComparisonOptions = {},
): IdentityVerdict {
  const { name: _undecided, ...stated } = asSearched(search, instance);
  return compareOrderWithArchive(search, stated, { ...options, holdOnDemographics: true });
}

/** An instance's identity, with what a search lists in place of a value beyond ASCII that it may be left of. */
function asSearched(search: StudyIdentity, instance: StudyIdentity): StudyIdentity {
  const entries = Object.entries(instance).map(([name, value]): [string, unknown] => {
    if (typeof value !== 'string' || /^[ -~]*$/u.test(value)) return [name, value];
    const attribute = name as Exclude<IdentityAttribute, 'name'>;
    const listed = comparable(search, attribute);
    const isLeft = remaindersOf(value).some(
      (each) => comparable({ [attribute]: each }, attribute) === listed,
    );
    return [name, listed === undefined || isLeft ? search[attribute] : value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
