/** A number with its noun, for a sentence: `1 image`, `2 images`; what ends in s stays as it is (`1 series`). */
export const counted = (count: number, noun: string): string =>
  `${count} ${count === 1 || noun.endsWith('s') ? noun : `${noun}s`}`;
