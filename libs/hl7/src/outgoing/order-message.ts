import type { StudyIdentity } from '@prelector/findings';
import { characterSetOf } from '../message/character-set.js';
import { escapeValue } from '../message/escapes.js';
import { standardSeparators } from '../message/separators.js';
import { timestampOf } from '../message/timestamp.js';

/** What an order or result message is to say. */
export interface OrderMessageOptions {
  readonly form: 'ORM^O01' | 'OMI^O23' | 'OMG^O19' | 'ORU^R01';
  readonly controlId: string;
  readonly now: Date;
  readonly identity: StudyIdentity;
  /** Beyond the one in `identity`. */
  readonly studyInstanceUids?: readonly string[];
  readonly placerOrderNumber?: string;
  readonly fillerOrderNumber?: string;
  readonly requestedProcedureId?: string;
  readonly modality?: string;
  readonly procedureCode?: { readonly value: string; readonly scheme: string; readonly meaning: string };
  /** ORC-1, table 0119; `SC` (status changed) unless given. */
  readonly orderControl?: string;
  /** ORC-5, table 0038; `CM` (completed) unless given. */
  readonly orderStatus?: string;
  /** OBR-25, table 0123. */
  readonly resultStatus?: string;
  /** Table 0485, `S`, `A`, `R`. */
  readonly priority?: string;
  /** ORU^R01 only: whether OBX 113014 says that the images are there (IHE RAD-132). */
  readonly announcesImages?: boolean;
  readonly sendingApplication?: string;
  readonly sendingFacility?: string;
  readonly receivingApplication?: string;
  readonly receivingFacility?: string;
  readonly processingId?: 'P' | 'T' | 'D';
  readonly acceptAckType?: string;
  readonly applicationAckType?: string;
  /** MSH-18; `UNICODE UTF-8` unless given. */
  readonly characterSet?: string;
}

const structures = {
  'ORM^O01': { version: '2.3.1', structure: 'ORM^O01' },
  'OMI^O23': { version: '2.5.1', structure: 'OMI^O23^OMI_O23' },
  'OMG^O19': { version: '2.5.1', structure: 'OMG^O19^OMG_O19' },
  'ORU^R01': { version: '2.5.1', structure: 'ORU^R01^ORU_R01' },
} as const;

/**
 * Builds an order or result message: ORM^O01 with ZDS (IHE RAD-4, RAD-13), OMI^O23 with IPC, OMG^O19, or
 * ORU^R01, with OBX 113014 where it announces images (RAD-132). For trying a feed and for the demo.
 */
export function orderMessage(options: OrderMessageOptions): Uint8Array {
  const uids = [options.identity.studyInstanceUid, ...(options.studyInstanceUids ?? [])].filter(
    (uid) => uid !== undefined,
  );
  const lines = [msh(options), pid(options), segment('PV1', { 1: '1', 2: 'O' }), orc(options)];
  if (options.form === 'OMI^O23' || options.form === 'OMG^O19') lines.push(tq1(options));
  lines.push(obr(options));
  if (options.form === 'OMI^O23') lines.push(...uids.map((uid) => ipc(options, uid)));
  else if (options.form !== 'ORU^R01') lines.push(...uids.map(zds));
  else if (options.announcesImages) lines.push(...uids.map(studyObx));
  const label = options.characterSet ?? 'UNICODE UTF-8';
  const characterSet = characterSetOf(label) ?? characterSetOf('UNICODE UTF-8');
  return characterSet?.encode(`${lines.join('\r')}\r`) ?? new Uint8Array();
}

/** Fields by number, each text or its components. */
type Fields = Readonly<Record<number, string | undefined | readonly (string | undefined)[]>>;

function segment(name: string, fields: Fields): string {
  const last = Math.max(0, ...Object.keys(fields).map(Number));
  const texts = Array.from({ length: last }, (_, index) => {
    const field = fields[index + 1] ?? '';
    const components = typeof field === 'string' ? [field] : field;
    const escaped = components.map((component) => escapeValue(component ?? '', standardSeparators));
    return escaped.join('^').replace(/\^+$/u, '');
  });
  return [name, ...texts].join('|').replace(/\|+$/u, '');
}

function msh(options: OrderMessageOptions): string {
  const { version, structure } = structures[options.form];
  const fields = segment('', {
    1: options.sendingApplication ?? 'RIS',
    2: options.sendingFacility ?? 'HOSPITAL',
    3: options.receivingApplication ?? 'PRELECTOR',
    4: options.receivingFacility ?? 'HOSPITAL',
    5: timestampOf(options.now),
    7: structure.split('^'),
    8: options.controlId,
    9: options.processingId ?? 'P',
    10: version,
    13: options.acceptAckType,
    14: options.applicationAckType,
    16: options.characterSet ?? 'UNICODE UTF-8',
  });
  return `MSH|^~\\&${fields}`;
}

function pid({ identity }: OrderMessageOptions): string {
  return segment('PID', {
    1: '1',
    3: [identity.patientId, '', '', identity.issuerOfPatientId, 'MR'],
    5: [identity.name?.family, identity.name?.given],
    7: identity.birthDate,
    8: identity.sex,
  });
}

function orc(options: OrderMessageOptions): string {
  const quantityTiming = options.form === 'ORM^O01' ? ['', '', '', '', '', options.priority] : undefined;
  return segment('ORC', {
    1: options.form === 'ORU^R01' ? 'RE' : (options.orderControl ?? 'SC'),
    2: options.placerOrderNumber,
    3: options.fillerOrderNumber,
    5: options.orderStatus ?? 'CM',
    7: quantityTiming,
  });
}

function tq1(options: OrderMessageOptions): string {
  return segment('TQ1', { 1: '1', 9: options.priority ?? 'R' });
}

function obr(options: OrderMessageOptions): string {
  const procedure = options.procedureCode;
  return segment('OBR', {
    1: '1',
    2: options.placerOrderNumber,
    3: options.fillerOrderNumber,
    4: procedure && [procedure.value, procedure.meaning, procedure.scheme],
    18: options.identity.accessionNumber,
    19: options.requestedProcedureId,
    24: options.modality,
    25: options.resultStatus,
  });
}

function ipc(options: OrderMessageOptions, uid: string): string {
  const { accessionNumber, issuerOfAccessionNumber } = options.identity;
  return segment('IPC', {
    1: [accessionNumber, issuerOfAccessionNumber],
    2: options.requestedProcedureId,
    3: uid,
    5: options.modality,
  });
}

function zds(uid: string): string {
  return segment('ZDS', { 1: [uid, '', 'Application', 'DICOM'] });
}

function studyObx(uid: string, index: number): string {
  return segment('OBX', {
    1: String(index + 1),
    2: 'ST',
    3: ['113014', 'DICOM Study', 'DCM'],
    5: uid,
    11: 'O',
  });
}
