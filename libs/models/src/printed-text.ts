import { codeFault } from '@prelector/evidence';
import { codedConceptSchema } from '@prelector/findings';
import { z } from 'zod';

/** A text that reports print: of at most `most` characters, every one of which a reader sees. */
export const printedText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .check(({ value, issues }) => {
      const message = unprintable(value) ?? blankness(value);
      if (message !== undefined) issues.push({ code: 'custom', message, input: value });
    });

/** A printed text that becomes one value of LO or SH, in which a backslash parts values (PS3.5 6.2). */
export const singleValue = (most: number) =>
  printedText(most).refine((text) => !text.includes('\\'), {
    error: 'it holds a backslash, which in DICOM parts two values: leave it out',
  });

/** A coded entry (PS3.3 section 8.8) that a report may hold: of texts that can be written, and with its code's own meaning. */
export const conceptSchema = codedConceptSchema.check(({ value, issues }) => {
  for (const [member, text] of Object.entries(value)) {
    const read = singleValue(64).safeParse(text);
    for (const { message } of read.error?.issues ?? [])
      issues.push({ code: 'custom', path: [member], message, input: text });
  }
  const advice = issues.length > 0 ? undefined : codeFault(value)?.advice;
  if (advice !== undefined) issues.push({ code: 'custom', message: advice, input: value });
});

/** Why a text cannot be written or read as it stands, whatever it means; undefined where it can. */
export function unprintable(text: string): string | undefined {
  if (!text.isWellFormed()) return 'it holds half of a character (a lone surrogate): leave it out';
  const [unseen] = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u.exec(text) ?? [];
  if (unseen === undefined) return undefined;
  const name = `U+${(unseen.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;
  return unseen === '\uFFFD'
    ? `it holds ${name}, which stands for a character that could not be read: save the file as UTF-8`
    : `it holds ${name}, which is no character that a reader sees: leave it out`;
}

function blankness(text: string): string | undefined {
  if (text.trim() === '') return 'it is blank: state a text';
  return text.trim() === text ? undefined : 'it begins or ends with a blank: leave that out';
}
