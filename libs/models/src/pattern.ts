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

/** True when any of the values, or all of them one by one, match any of the patterns. */
export function anyMatches(values: readonly string[], patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) => matchesAsWhole(values, pattern) || values.some((value) => matchesPattern(value, pattern)),
  );
}

/**
 * The place of the pattern by which all of the values are taken, or -1 where one of them matches none. Of values
 * that several patterns take the last place counts: a list is as good as the worst of it. A pattern of several parts
 * joined by a backslash takes as many values, one by one.
 */
export function placeOf(values: readonly string[], patterns: readonly string[]): number {
  const whole = patterns.findIndex((pattern) => matchesAsWhole(values, pattern));
  const places = values.map((value) => patterns.findIndex((pattern) => matchesPattern(value, pattern)));
  const worst = places.includes(-1) ? -1 : Math.max(-1, ...places);
  if (whole < 0 || worst < 0) return Math.max(whole, worst);
  return Math.min(whole, worst);
}

function matchesAsWhole(values: readonly string[], pattern: string): boolean {
  const parts = pattern.split('\\');
  return (
    parts.length > 1 &&
    parts.length === values.length &&
    parts.every((part, index) => matchesPattern(values[index] as string, part))
  );
}
