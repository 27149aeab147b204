import { sha256, err, ok, type Result } from '@prelector/kernel';
import { Message as ParsedMessage } from 'node-hl7-client';
import { type Hl7ErrorCode, hl7Errors } from '../errors.js';
import {
  type CharacterSet,
  characterSetOf,
  characterSetOfLabels,
  wideCharacterSet,
} from './character-set.js';
import { unusableHeaderFields } from './header-check.js';
import { tooManyLines, tooManyParts } from './message-bounds.js';
import { Segment } from './segment.js';
import { SegmentGroup } from './segment-group.js';
import { segmentLines } from './segment-lines.js';
import { readSeparators, type Separators } from './separators.js';

/** Why a message cannot be taken: said in words without identity, with the code of HL7 table 0357 for ERR-3. */
export interface Hl7Problem {
  readonly code: Hl7ErrorCode;
  readonly text: string;
  readonly conditionCode: ConditionCode;
}

/** HL7 table 0357, message error condition codes. */
export type ConditionCode =
  '0' | '100' | '101' | '102' | '103' | '200' | '201' | '202' | '203' | '204' | '207';

/** One HL7 v2 message, parsed, read by paths (see {@link SegmentGroup}). */
export class Hl7Message extends SegmentGroup {
  /** Lower-case hexadecimal SHA-256 of the bytes as received. */
  readonly digest: string;
  readonly separators: Separators;
  readonly characterSet: CharacterSet;
  readonly header: Segment;
  /** MSH-11: P production, T training, D debugging; where it is empty, what the feed says it means. */
  readonly processingId: string;

  constructor(
    bytes: Uint8Array,
    segments: readonly Segment[],
    reading: {
      readonly separators: Separators;
      readonly characterSet: CharacterSet;
      readonly processingId?: string | undefined;
    },
  ) {
    super(segments);
    this.digest = sha256(bytes);
    this.separators = reading.separators;
    this.characterSet = reading.characterSet;
    this.header = segments[0] as Segment;
    this.processingId = this.header.text(11) || (reading.processingId ?? '');
  }

  /** MSH-10. */
  get controlId(): string {
    return this.header.text(10);
  }

  /** MSH-9: message code, trigger event and, from 2.3.1, structure. */
  get type(): { readonly code: string; readonly trigger: string; readonly structure: string } {
    return {
      code: this.header.text(9),
      trigger: this.header.text(9, 1, 2),
      structure: this.header.text(9, 1, 3),
    };
  }

  /** MSH-12, `2.3.1`. */
  get version(): string {
    return this.header.text(12);
  }

  get sendingApplication(): string {
    return this.header.text(3);
  }

  get sendingFacility(): string {
    return this.header.text(4);
  }

  get receivingApplication(): string {
    return this.header.text(5);
  }

  get receivingFacility(): string {
    return this.header.text(6);
  }

  /** MSH-15: AL, NE, ER, SU, or empty. */
  get acceptAckType(): string {
    return this.header.text(15).toUpperCase();
  }

  /** MSH-16: AL, NE, ER, SU, or empty. */
  get applicationAckType(): string {
    return this.header.text(16).toUpperCase();
  }
}

export interface ParseOptions {
  /** What the sender means where MSH-18 is empty or says ASCII. */
  readonly defaultCharacterSet?: string;
  /** Wins over MSH-18, for a sender that states it wrongly. */
  readonly characterSet?: string;
  /** What an empty MSH-11 means; without it, such a message is refused. */
  readonly processingId?: string;
}

/**
 * Parses one message (HL7 v2 chapter 2) from the bytes between its frame: decodes them by MSH-18, accepts CR,
 * LF and CRLF as segment ends and any delimiters. Splitting is node-hl7-client's.
 *
 * @returns the message, or why it cannot be taken: never throws on what a sender wrote
 */
export function parseMessage(bytes: Uint8Array, options: ParseOptions = {}): Result<Hl7Message, Hl7Problem> {
  const read = readMessage(bytes, options);
  return read.ok ? checkHeader(read.value) : read;
}

/** As {@link parseMessage}, without asking for a complete header: acknowledgements often have none. */
export function readMessage(bytes: Uint8Array, options: ParseOptions = {}): Result<Hl7Message, Hl7Problem> {
  const decoded = decodeMessage(bytes, options);
  if (!decoded.ok) return decoded;
  const { text, characterSet } = decoded.value;
  const separators = readSeparators(text);
  if (/^(?:FHS|BHS)/u.test(text) || text.includes('\u000bMSH')) return problem('hl7.several-messages', '100');
  if (!separators) return problem(text.startsWith('MSH') ? 'hl7.delimiters' : 'hl7.no-header', '100');
  const overlong = tooManyLines(text);
  if (overlong) return problem('hl7.too-many-parts', '207', overlong);
  const lines = segmentLines(text, separators.field);
  if (!lines) return problem('hl7.malformed', '100', 'a line is no segment');
  if (lines.some((line, index) => index > 0 && line.startsWith('MSH'))) {
    return problem('hl7.several-messages', '100');
  }
  const oversize = tooManyParts(lines, separators);
  if (oversize) return problem('hl7.too-many-parts', '207', oversize);
  const segments = split(lines, separators, characterSet);
  if (!segments) return problem('hl7.malformed', '207');
  return ok(
    new Hl7Message(bytes, segments, { separators, characterSet, processingId: options.processingId }),
  );
}

/** Decodes by byte-order mark, by the feed's word, by MSH-18, by the feed's default: the first that speaks. */
function decodeMessage(
  bytes: Uint8Array,
  options: ParseOptions,
): Result<{ readonly text: string; readonly characterSet: CharacterSet }, Hl7Problem> {
  const characterSet =
    wideCharacterSet(bytes) ??
    (options.characterSet === undefined
      ? characterSetOfLabels(statedLabels(bytes), bytes, options.defaultCharacterSet)
      : characterSetOf(options.characterSet));
  if (!characterSet) return problem('hl7.unknown-character-set', '103');
  return ok({ text: characterSet.decode(bytes).replace(/^[\s\u{feff}]+/u, ''), characterSet });
}

/** The repetitions of MSH-18, read before anything can be decoded: labels are ASCII. */
export function statedLabels(bytes: Uint8Array): string[] {
  const head = Buffer.from(bytes.subarray(0, 4096)).toString('latin1').trimStart();
  const separators = readSeparators(head);
  if (!separators) return [];
  const line = head.slice(0, head.search(/[\r\n]|$/u));
  const field = line.split(separators.field)[17] ?? '';
  const labels = field.split(separators.repetition).map((label) => label.trim());
  return labels.every((label) => label === '') ? [] : labels;
}

function split(
  lines: readonly string[],
  separators: Separators,
  characterSet: CharacterSet,
): Segment[] | undefined {
  const { field, component, repetition, escape, subcomponent } = separators;
  // Their parser takes five characters after MSH as delimiters even where MSH-2 is shorter.
  const rest = (lines[0] as string).slice(4);
  const encoding = rest.slice(0, rest.includes(field) ? rest.indexOf(field) : rest.length);
  const full = encoding.length >= 4 ? encoding : `${component}${repetition}${escape}${subcomponent}`;
  const header = `MSH${field}${full}${rest.slice(encoding.length)}`;
  const context = { separators, decodeBytes: (raw: Uint8Array) => characterSet.decode(raw) };
  try {
    const parsed = new ParsedMessage({ text: [header, ...lines.slice(1)].join('\r') });
    return parsed.toArray().map((node) => new Segment(node, context));
  } catch {
    // What their parser throws names no cause a sender could act on, and may quote the message.
    return undefined;
  }
}

function checkHeader(message: Hl7Message): Result<Hl7Message, Hl7Problem> {
  const required = [
    ['MSH-9', message.type.code],
    ['MSH-10', message.controlId],
    ['MSH-11', message.processingId],
    ['MSH-12', message.version],
  ] as const;
  const missing = required.filter(([, value]) => value === '').map(([name]) => name);
  if (missing.length > 0) return problem('hl7.required-field', '101', missing.join(', '));
  const unusable = unusableHeaderFields(message.header, message.separators.escape);
  if (unusable.length > 0) return problem('hl7.header-unusable', '102', unusable.join(', '));
  if (!/^2\.[1-9](?:\.\d)?$/u.test(message.version)) return problem('hl7.unsupported-version', '203');
  if (!/^[PTD]$/u.test(message.processingId)) return problem('hl7.unsupported-processing-id', '202');
  return ok(message);
}

/** A refusal from the table of errors. */
export function problem(
  code: Hl7ErrorCode,
  conditionCode: ConditionCode,
  detail?: string,
): Result<never, Hl7Problem> {
  const { meaning } = hl7Errors[code];
  return err({ code, conditionCode, text: detail ? `${meaning} (${detail})` : meaning });
}
