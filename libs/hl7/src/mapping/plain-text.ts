/** What PostgreSQL and JSON cannot keep: NUL and other control characters, halves of surrogate pairs. */
const UNKEEPABLE = /[\p{Cc}\p{Cs}]+/gu;

/** Text for people, cut to a length in characters, with a blank for what cannot be kept. */
export function plainText(text: string, atMost: number): string {
  const kept = Array.from(text.replaceAll(UNKEEPABLE, ' ').trim());
  return kept.slice(0, atMost).join('').trim();
}
