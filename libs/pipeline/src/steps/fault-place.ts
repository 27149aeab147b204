const PLACE = /^\s+at .*:\d+:\d+\)?$/u;

/** Kind and place of an unexpected fault; never its message, which may quote data, on one line or on several. */
export function faultPlace(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const place = cause.stack?.split('\n').find((line) => PLACE.test(line));
  return `${cause.name} ${place?.trim() ?? ''}`.trim();
}
