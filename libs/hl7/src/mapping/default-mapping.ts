import { changes } from './changes.js';
import type { FeedMapping, MessageRules } from './feed-mapping.js';

type Rule = MessageRules['rules'][number];

/** ORC-1 (table 0119) and ORC-5 (table 0038). */
const cancelled: Rule[] = [
  { when: [{ path: 'ORC-1', in: ['CA', 'OC', 'DC', 'OD', 'CR', 'DR'] }], meaning: 'cancelled' },
  { when: [{ path: 'ORC-5', in: ['CA', 'DC'] }], meaning: 'cancelled' },
  { when: [{ path: 'OBR-25', in: ['X'] }], meaning: 'cancelled' },
];
const reported: Rule = { when: [{ path: 'OBR-25', in: ['F', 'C'] }], meaning: 'reported-final' };
/**
 * A report that was sent of another patient, or should not have been sent: W stands in table 0085, and many send it
 * here.
 */
const withdrawn: Rule = { when: [{ path: 'OBR-25', in: ['W'] }], meaning: 'report-withdrawn' };
/** M (table 0123 of HL7 v2.8.2): corrected, and not final. */
const corrected: Rule = { when: [{ path: 'OBR-25', in: ['M'] }], meaning: 'reported-preliminary' };
const preliminary: Rule = { when: [{ path: 'OBR-25', in: ['A', 'P'] }], meaning: 'reported-preliminary' };
/** A procedure step ended (IHE SWF RAD-13), or the archive has stored results that no one has read yet. */
const completed: Rule[] = [
  { when: [{ path: 'OBR-25', in: ['R'] }], meaning: 'acquired' },
  {
    when: [
      { path: 'ORC-1', in: ['SC', ...changes] },
      { path: 'ORC-5', in: ['CM'] },
    ],
    meaning: 'acquired',
  },
];
const placed: Rule = {
  when: [{ path: 'ORC-1', in: ['NW', 'SN', 'NA', 'OK', ...changes, 'SC', 'RO', 'RP', 'RU', 'RQ'] }],
  meaning: 'scheduled',
};
/** dcm4chee's Procedure Status Update says P at the first object of a study and A after a rejection. */
const imagesComing: Rule = { when: [{ path: 'OBR-25', in: ['A', 'P'] }], meaning: 'acquired' };

const orderRules: Rule[] = [...cancelled, withdrawn, reported, corrected, preliminary, ...completed, placed];
const procedureUpdateRules: Rule[] = [
  ...cancelled,
  withdrawn,
  reported,
  corrected,
  imagesComing,
  ...completed,
  placed,
];

const noStatus = { path: 'OBR-25', present: false };
const finalLines = ['F', 'C', 'U'];
const openLines = ['P', 'R', 'S'];
/** Lines that are taken back, were not asked for, could not be obtained, or describe the order: no part of the report. */
const noLines = ['D', 'W', 'N', 'X', 'O'];
/** Senders that leave OBR-25 empty state the status of each line (OBX-11, table 0085): a report is what all say. */
const reportedByLines: Rule[] = [
  {
    when: [noStatus, { path: 'OBX-11', in: ['W'], some: true }, { path: 'OBX-11', in: noLines, every: true }],
    meaning: 'report-withdrawn',
  },
  {
    when: [
      noStatus,
      { path: 'OBX-11', in: finalLines, some: true },
      { path: 'OBX-11', in: [...finalLines, ...noLines], every: true },
    ],
    meaning: 'reported-final',
  },
  {
    when: [
      noStatus,
      { path: 'OBX-11', in: [...finalLines, ...openLines], some: true },
      { path: 'OBX-11', in: [...finalLines, ...openLines, ...noLines], every: true },
    ],
    meaning: 'reported-preliminary',
  },
];

/** IHE RAD-132: only OBX 113014 says that images are there; with a final status the message is a report. */
const resultRules: Rule[] = [
  { when: [{ path: 'OBR-25', in: ['X'] }], meaning: 'report-withdrawn' },
  withdrawn,
  reported,
  { when: [{ path: 'OBX[3=113014]-5', present: true }], meaning: 'acquired' },
  { when: [{ path: ['OBX[3=113014]-5.2'], present: true }], meaning: 'acquired' },
  corrected,
  preliminary,
  // Results are stored and not yet verified (table 0123): somebody has read.
  { when: [{ path: 'OBR-25', in: ['R'] }], meaning: 'reported-preliminary' },
  ...reportedByLines,
];

/**
 * The mapping of a feed that states none of its own: IHE Scheduled Workflow orders (ORM^O01 with ZDS, OMI^O23 with
 * IPC), dcm4chee's OMG^O19, OML, results (ORU^R01), and patient merges (ADT). Every other message type is acknowledged
 * and ignored.
 */
export const defaultMapping: FeedMapping = {
  messages: [
    { type: 'ORM', triggers: ['O01'], rules: orderRules, otherwise: 'none' },
    { type: 'OMI', triggers: ['O23'], rules: procedureUpdateRules, otherwise: 'none' },
    { type: 'OMG', triggers: ['O19'], rules: procedureUpdateRules, otherwise: 'none' },
    { type: 'OML', triggers: ['O21', 'O33', 'O35'], rules: orderRules, otherwise: 'none' },
    { type: 'ORU', triggers: ['R01'], rules: resultRules, otherwise: 'none' },
  ],
  studyInstanceUids: [
    'IPC-3.1',
    'ZDS-1.1',
    'OBX[3=113014]-5.1',
    'OBX[3=113014]-5.2',
    'OBX[3.2=Study Instance UID]-5.1',
    'OBX[3=Study Instance UID]-5.1',
  ],
  accessionNumber: [
    { value: 'IPC-1.1', issuer: ['IPC-1.2', 'IPC-1.3'] },
    { value: 'OBR-18', issuer: ['OBR-18.2', 'OBR-18.3'] },
  ],
  possibleAccessionNumber: ['OBR-3', 'ORC-3'],
  // One ORC may stand before several OBR, of which each bears its own numbers.
  placerOrderNumber: ['OBR-2', 'ORC-2'],
  fillerOrderNumber: ['OBR-3', 'ORC-3'],
  requestedProcedureId: ['IPC-2', 'OBR-19'],
  modality: ['IPC-5', 'OBR-24'],
  modalityAliases: { MRI: 'MR', CAT: 'CT', MAMMO: 'MG', SONO: 'US' },
  procedureCode: ['OBR-4', 'OBR-44'],
  priority: ['TQ1-9', 'ORC-7.6', 'OBR-27.6', 'OBR-5'],
  priorities: {
    S: 'stat',
    STAT: 'stat',
    A: 'asap',
    ASAP: 'asap',
    UR: 'asap',
    URGENT: 'asap',
    P: 'preop',
    T: 'timed',
    C: 'callback',
    R: 'routine',
    ROUTINE: 'routine',
    PRN: 'prn',
  },
  merges: ['A18', 'A34', 'A36', 'A40', 'A46', 'A47'],
  unmerges: ['A37'],
  patient: {
    ids: ['PID-3'],
    idTypes: ['MR', 'PI', 'PT', 'PN'],
    names: 'PID-5',
    nameOrder: 'family-given',
    birthDate: ['PID-7'],
    sex: ['PID-8'],
  },
};
