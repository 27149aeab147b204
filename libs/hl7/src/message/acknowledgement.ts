import { err, limits, ok, type Result } from '@prelector/kernel';
import { characterSetOfLabels, wideCharacterSet, type CharacterSet } from './character-set.js';
import { escapeValue } from './escapes.js';
import { type HeaderFields, headerFieldsOf } from './header-fields.js';
import { isAbsent } from './separators.js';
import { timestampOf } from './timestamp.js';
import { type ConditionCode, Hl7Message, type Hl7Problem, readMessage, statedLabels } from './message.js';

/** HL7 table 0008: application accept, error, reject; commit accept, error, reject. */
export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

/** What an acknowledgement says. `text` goes to MSA-3 and ERR-8 and holds no identity. */
export interface Acknowledgement {
  readonly code: AckCode;
  readonly text?: string;
  /** ERR-3, HL7 table 0357. */
  readonly errorCode?: ConditionCode;
}

/** Who answers: names for when MSH-5 and MSH-6 of the message are empty, the ack's own MSH-10, and the time. */
export interface AckSender {
  readonly application: string;
  readonly facility: string;
  readonly controlId: string;
  readonly now: Date;
}

const HEAD_BYTES = 8192;

/**
 * Builds an acknowledgement (HL7 v2 section 2.9): MSH-3/4 and 5/6 swapped, the message's own delimiters,
 * version, processing id and character set, MSA-2 its MSH-10 exactly, ERR from version 2.5 on. What would end
 * the frame early is left out: control characters, and more of a field than any message may have.
 *
 * @param message the message, or its bytes when they could not be parsed: then what can be read of MSH
 *   answers, and without one a header of our own
 */
export function buildAck(message: Hl7Message | Uint8Array, ack: Acknowledgement, own: AckSender): Uint8Array {
  const { characterSet, label, ...read } =
    message instanceof Hl7Message ? headerOfMessage(message) : headerOfBytes(message);
  const header = echoing(read.header);
  const { field, component } = header.separators;
  const version = header.field(12) || '2.5';
  const msh = [
    `MSH${field}${header.encodingCharacters}`,
    header.field(5) || escapeValue(own.application, header.separators),
    header.field(6) || escapeValue(own.facility, header.separators),
    header.field(3),
    header.field(4),
    timestampOf(own.now),
    '',
    ackType(header, version),
    own.controlId,
    header.field(11) || 'P',
    version,
  ];
  const wantsNoReply = header.field(15) || header.field(16) ? ['', '', 'NE', 'NE'] : ['', '', '', ''];
  const full = label ? [...msh, ...wantsNoReply, '', label] : [...msh, ...wantsNoReply];
  const text = escapeValue(withoutControls(ack.text ?? ''), header.separators);
  const lines = [trimmed(full, field), trimmed(['MSA', ack.code, header.field(10), text], field)];
  if (ack.errorCode && ack.errorCode !== '0' && isAtLeast(version, 2.5)) {
    const condition = [ack.errorCode, conditions[ack.errorCode], 'HL70357'].join(
      isAbsent(component) ? ' ' : component,
    );
    lines.push(trimmed(['ERR', '', '', condition, 'E', '', '', '', text], field));
  }
  return unframed(`${lines.map(withoutControls).join('\r')}\r`, characterSet);
}

/** What is echoed of a header: it may be damaged, or made to be echoed. */
function echoing(header: HeaderFields): HeaderFields {
  const field = (number: number): string =>
    withoutControls(header.field(number)).slice(0, limits.hl7HeaderFieldCharacters);
  return { ...header, field };
}

function withoutControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '');
}

/** In UTF-16 and UTF-32 a letter can hold the bytes of VT or FS: then only ASCII is answered. */
function unframed(text: string, characterSet: CharacterSet): Uint8Array {
  const bytes = characterSet.encode(text);
  if (!bytes.includes(0x0b) && !bytes.includes(0x1c)) return bytes;
  return characterSet.encode(text.replaceAll(/[^\r\x20-\x7e]/gu, '?'));
}

const conditions: Readonly<Record<ConditionCode, string>> = {
  '0': 'Message accepted',
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '204': 'Unknown key identifier',
  '207': 'Application internal error',
};

interface AnsweredHeader {
  readonly header: HeaderFields;
  readonly characterSet: CharacterSet;
  readonly label: string;
}

function headerOfMessage(message: Hl7Message): AnsweredHeader {
  const raw = (number: number): string => message.header.raw(number).trim();
  const header = { separators: message.separators, encodingCharacters: raw(2), field: raw };
  return { header, characterSet: message.characterSet, label: raw(18) };
}

function headerOfBytes(bytes: Uint8Array): AnsweredHeader {
  const head = bytes.subarray(0, HEAD_BYTES);
  const stated = wideCharacterSet(head) ?? characterSetOfLabels(statedLabels(head), head, undefined);
  const header = headerFieldsOf((stated ?? latin1).decode(head));
  return stated
    ? { header, characterSet: stated, label: header.field(18) }
    : { header, characterSet: latin1, label: '' };
}

const latin1 = characterSetOfLabels(['8859/1'], new Uint8Array(), undefined) as CharacterSet;

/** What an unreadable message still says of itself in MSH-9, 15 and 16. */
export function statedModes(bytes: Uint8Array): {
  readonly isAck: boolean;
  readonly acceptAckType: string;
  readonly applicationAckType: string;
} {
  const { header } = headerOfBytes(bytes);
  return {
    isAck: header.field(9).split(header.separators.component)[0] === 'ACK',
    acceptAckType: header.field(15).toUpperCase(),
    applicationAckType: header.field(16).toUpperCase(),
  };
}

/** MSH-10 of bytes that could not be read as a message, as far as it can be made out; else `''`. */
export function statedControlId(bytes: Uint8Array): string {
  return echoing(headerOfBytes(bytes).header).field(10);
}

/** MSH-9: the third component exists from 2.3.1, the trigger from 2.3. */
function ackType(header: HeaderFields, version: string): string {
  const { component } = header.separators;
  const trigger = header.field(9).split(component)[1] ?? '';
  if (!isAtLeast(version, 2.3) || trigger === '') return 'ACK';
  return ['ACK', trigger, ...(version === '2.3' ? [] : ['ACK'])].join(component);
}

function isAtLeast(version: string, minimum: number): boolean {
  return Number.parseFloat(version) >= minimum;
}

function trimmed(fields: readonly string[], separator: string): string {
  return fields.slice(0, fields.findLastIndex((field) => field !== '') + 1).join(separator);
}

/** An acknowledgement as read by the one who sent the message. */
export interface ReceivedAck {
  readonly code: AckCode;
  /** MSA-2: which message is answered. */
  readonly controlId: string;
  /** MSA-3, else ERR-8. */
  readonly text: string;
}

/** Reads an acknowledgement; anything else is a problem. */
export function readAck(bytes: Uint8Array): Result<ReceivedAck, Hl7Problem> {
  const parsed = readMessage(bytes);
  if (!parsed.ok) return parsed;
  const code = parsed.value.value('MSA-1')?.toUpperCase() ?? '';
  if (!isAckCode(code)) {
    return err({ code: 'hl7.malformed', conditionCode: '100', text: 'The answer holds no acknowledgement.' });
  }
  return ok({
    code,
    controlId: parsed.value.value('MSA-2') ?? '',
    text: parsed.value.firstOf(['MSA-3', 'ERR-8']) ?? '',
  });
}

function isAckCode(text: string): text is AckCode {
  return ['AA', 'AE', 'AR', 'CA', 'CE', 'CR'].includes(text);
}
