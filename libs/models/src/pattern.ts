/**
 * True when text matches a pattern as a whole, without regard to case: `*` stands for any run of characters,
 * `?` for one. Takes time proportional to text times pattern, whatever they are.
 */
export function matchesPattern(text: string, pattern: string): boolean {
  const value = text.trim().toUpperCase();
  const wanted = pattern.toUpperCase();
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < value.length) {
    if (wanted[next] === '*') {
      star = next++;
      resume = at;
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === value[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (wanted[next] === '*') next++;
  return next === wanted.length;
}

/** The place of the first pattern that any of the values matches, or -1. */
export function firstMatch(values: readonly string[], patterns: readonly string[]): number {
  return patterns.findIndex((pattern) => values.some((value) => matchesPattern(value, pattern)));
}
