import { limits } from '@prelector/kernel';

/** Messages between BHS and BTS. */
export interface Hl7Batch {
  /** BHS as sent, without its segment end; absent where messages of a file stand in no batch. */
  readonly header?: Uint8Array;
  /** Each message as sent, its last segment end included. */
  readonly messages: readonly Uint8Array[];
  /** BTS-1, how many messages the sender says it put in; undefined where it does not. */
  readonly statedCount?: number;
}

/** What one frame holds by the batch protocol (HL7 v2 section 2.10.3). */
export interface Hl7BatchFile {
  /** FHS as sent; absent where the frame holds batches alone. */
  readonly header?: Uint8Array;
  readonly batches: readonly Hl7Batch[];
}

const CR = 0x0d;
const LF = 0x0a;

/** Whether bytes begin with the header of a file or of a batch. */
export function isBatch(bytes: Uint8Array): boolean {
  const start = bytes.findIndex((byte) => byte > 0x20);
  return start >= 0 && ['FHS', 'BHS'].includes(nameAt(bytes, start));
}

/**
 * Splits a batch into its messages, by bytes: each message has a character set of its own, and in none that
 * can stand here does a letter hold the byte of a segment end. Lines before the first message of a batch are no
 * message and are left out.
 *
 * @returns undefined when it holds more messages than are taken
 */
export function readBatch(bytes: Uint8Array): Hl7BatchFile | undefined {
  let file: Uint8Array | undefined;
  const batches: { header?: Uint8Array; messages: Uint8Array[]; statedCount?: number }[] = [];
  let message: { from: number; to: number } | undefined;
  let count = 0;
  const endMessage = (): void => {
    if (message) batches.at(-1)?.messages.push(bytes.subarray(message.from, message.to));
    message = undefined;
  };
  for (const { from, to, end } of lines(bytes)) {
    const name = nameAt(bytes, from);
    const line = bytes.subarray(from, to);
    if (name === 'FHS') file = line;
    else if (name === 'BHS') batches.push({ header: line, messages: [] });
    if (['FHS', 'BHS', 'BTS', 'FTS', 'MSH'].includes(name)) endMessage();
    if (name === 'BTS') Object.assign(batches.at(-1) ?? {}, statedCount(line));
    if (name === 'MSH') {
      if (batches.length === 0) batches.push({ messages: [] });
      if (++count > limits.hl7BatchMessages) return undefined;
      message = { from, to: end };
    } else if (message) message.to = end;
  }
  endMessage();
  return { ...(file ? { header: file } : {}), batches };
}

/** Lines without their ends; `end` is where the next one begins. */
function* lines(bytes: Uint8Array): Generator<{ from: number; to: number; end: number }> {
  let from = 0;
  while (from < bytes.length) {
    let to = from;
    while (to < bytes.length && bytes[to] !== CR && bytes[to] !== LF) to += 1;
    const end = bytes[to] === CR && bytes[to + 1] === LF ? to + 2 : to + 1;
    let start = from;
    while (start < to && (bytes[start] as number) <= 0x20) start += 1;
    if (start < to) yield { from: start, to, end: Math.min(end, bytes.length) };
    from = end;
  }
}

function nameAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 3));
}

function statedCount(line: Uint8Array): { statedCount?: number } {
  const stated = String.fromCharCode(...line.subarray(4, 16)).split(String.fromCharCode(line[3] ?? 0x7c))[0];
  return stated !== undefined && /^\d{1,9}$/u.test(stated.trim()) ? { statedCount: Number(stated) } : {};
}
