import type { AckIssuer } from './acknowledgements-for.js';
import type { Hl7Batch, Hl7BatchFile } from './batch.js';
import { headerFieldsOf } from './header-fields.js';
import { timestampOf } from './timestamp.js';

/**
 * The answer to a batch: a batch of the acknowledgements of its messages (HL7 v2 section 2.10.3.3), with names
 * swapped and BHS-12 naming the batch that is answered; in a file where a file came.
 *
 * @param answers for each batch the acknowledgements of its messages, in order
 * @param remarks for each batch what is to be said of it as a whole (BTS-2), without identity
 */
export function batchAnswer(
  file: Hl7BatchFile,
  answers: readonly (readonly Uint8Array[])[],
  remarks: readonly (string | undefined)[],
  own: AckIssuer,
): Uint8Array {
  const parts: Uint8Array[] = [];
  if (file.header) parts.push(line(headerLine('FHS', file.header, own)));
  file.batches.forEach((batch: Hl7Batch, index) => {
    const acks = answers[index] ?? [];
    parts.push(line(headerLine('BHS', batch.header ?? file.header, own)));
    for (const ack of acks) parts.push(ack);
    const remark = remarks[index];
    parts.push(
      line(
        remark ? `BTS|${acks.length}|${remark.replaceAll(/[|^~\\&\p{Cc}]/gu, ' ')}` : `BTS|${acks.length}`,
      ),
    );
  });
  if (file.header) parts.push(line(`FTS|${file.batches.length}`));
  return Buffer.concat(parts);
}

const line = (text: string): Uint8Array => Buffer.from(`${text}\r`, 'latin1');

/** FHS and BHS have the same fields. Delimiters are the standard ones: those of the messages are their own. */
function headerLine(name: 'FHS' | 'BHS', header: Uint8Array | undefined, own: AckIssuer): string {
  const read = headerFieldsOf(
    `MSH${Buffer.from(header ?? [])
      .toString('latin1')
      .slice(3)}`,
  );
  const field = (number: number): string =>
    read
      .field(number)
      .replaceAll(/[|\p{Cc}]/gu, '')
      .slice(0, 200);
  return [
    `${name}|^~\\&`,
    field(5) || own.application,
    field(6) || own.facility,
    field(3),
    field(4),
    timestampOf(own.now),
    '',
    '',
    '',
    own.nextControlId(),
    field(11),
  ]
    .join('|')
    .replace(/\|+$/u, '');
}
