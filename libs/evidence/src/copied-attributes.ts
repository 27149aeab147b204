import { buildDataset, tagOf, type Dataset } from '@prelector/dicom';

import { copyAttribute, type CopiedAttribute } from './copy-attribute.js';
import { evidenceError } from './errors.js';
import { attributeWords, descriptiveAttributes, identifyingAttributes } from './identifying-attributes.js';

/** Type 2 in every composite object: present even when the archive has no value. */
const emptyWhenAbsent = {
  StudyDate: '',
  StudyTime: '',
  AccessionNumber: '',
  ReferringPhysicianName: '',
  PatientName: '',
  PatientID: '',
  PatientBirthDate: '',
  PatientSex: '',
  StudyID: '',
} as const;

/** An attribute that stands in the way of a report, or was left out of it, and why. Never its value. */
export interface CopyProblem {
  readonly keyword: string;
  /** A sentence for a person: the attribute and what is wrong with it. */
  readonly reason: string;
}

/** What of the source evidence cannot simply repeat. */
export interface CopyProblems {
  /** Identifying, and no DICOM object can carry it unchanged: there is no report until it is corrected. */
  readonly unwritable: readonly CopyProblem[];
  /** Identifying, and read from bytes of no declared character set: a person must say that it is right. */
  readonly guessed: readonly CopyProblem[];
  /** Not identifying, and left out of the report. */
  readonly leftOut: readonly CopyProblem[];
}

/** What stands in the way of a report that bears the whole identity of the source. */
export function copyProblems(source: Dataset): CopyProblems {
  const problems = { unwritable: [], guessed: [], leftOut: [] } as Record<keyof CopyProblems, CopyProblem[]>;
  const say = (kind: keyof CopyProblems, keyword: string, why: string) =>
    problems[kind].push({ keyword, reason: `${attributeWords(tagOf(keyword))}: ${why}` });
  for (const keyword of Object.keys(identifyingAttributes)) {
    const copied = copyOf(source, keyword, 'one');
    if (copied.unwritable !== undefined) say('unwritable', keyword, copied.unwritable);
    else if (copied.guessed) say('guessed', keyword, undeclared);
    else if (!copied.element && required.has(keyword)) say('unwritable', keyword, 'not stated');
  }
  for (const keyword of descriptiveAttributes) {
    const { unwritable, guessed } = copyOf(source, keyword, 'any');
    if (unwritable !== undefined || guessed) say('leftOut', keyword, unwritable ?? undeclared);
  }
  return problems;
}

function copyOf(source: Dataset, keyword: string, multiplicity: 'one' | 'any'): CopiedAttribute {
  const element = source[tagOf(keyword)];
  return element ? copyAttribute(tagOf(keyword), element, multiplicity) : {};
}

const required = new Set(['PatientID', 'StudyInstanceUID']);
const undeclared = 'bytes that the declared Specific Character Set does not explain';

/**
 * Patient and study attributes of evidence, as the source (the header of an instance) states them, with
 * private elements of sequences left away.
 *
 * @throws `evidence.identity-unwritable` naming the attributes that no DICOM object can carry unchanged, or a
 *   Patient ID or Study Instance UID that is missing
 */
export function copiedAttributes(source: Dataset): Dataset {
  const { unwritable, leftOut } = copyProblems(source);
  if (unwritable.length > 0) {
    throw evidenceError('evidence.identity-unwritable', unwritable.map(({ reason }) => reason).join('; '));
  }
  const dataset = buildDataset(emptyWhenAbsent);
  const absent = new Set(leftOut.map(({ keyword }) => keyword));
  for (const keyword of [...Object.keys(identifyingAttributes), ...descriptiveAttributes]) {
    const { element } = absent.has(keyword) ? {} : copyOf(source, keyword, 'any');
    if (element) dataset[tagOf(keyword)] = element;
  }
  return dataset;
}
