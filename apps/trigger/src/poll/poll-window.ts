/** A StudyDate range as QIDO-RS asks for it, both ends included, `YYYYMMDD`. */
export interface StudyDateRange {
  readonly from: string;
  readonly to: string;
}

const hourMs = 3_600_000;

/** The calendar date of a moment in an IANA time zone, as DICOM DA `YYYYMMDD`. */
export function dicomDate(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}${part('month')}${part('day')}`;
}

/** The day `count` days after a DICOM date (before, when negative). */
export function addDays(date: string, count: number): string {
  const utc = Date.UTC(
    Number(date.slice(0, 4)),
    Number(date.slice(4, 6)) - 1,
    Number(date.slice(6, 8)) + count,
  );
  return dicomDate(new Date(utc), 'UTC');
}

/**
 * The window of a poll: from `windowHours` ago, and at least from yesterday, to tomorrow, in the archive's
 * time zone. Yesterday, because a study begun before midnight may be sent after it; tomorrow, because a
 * scanner's clock may be ahead.
 */
export function recentWindow(now: Date, windowHours: number, timeZone: string): StudyDateRange {
  const today = dicomDate(now, timeZone);
  const yesterday = addDays(today, -1);
  const start = dicomDate(new Date(now.getTime() - windowHours * hourMs), timeZone);
  return { from: start < yesterday ? start : yesterday, to: addDays(today, 1) };
}

/** The window of the backward sweep for studies that appear late. */
export function sweepWindow(now: Date, days: number, timeZone: string): StudyDateRange {
  const today = dicomDate(now, timeZone);
  return { from: addDays(today, -days), to: addDays(today, 1) };
}

/** Every day of a range, for a server that lacks range matching. */
export function daysOf(range: StudyDateRange): string[] {
  const days: string[] = [];
  for (let day = range.from; day <= range.to; day = addDays(day, 1)) days.push(day);
  return days;
}

const longestGapDays = 31;

/**
 * A window that also covers the time since the last poll that ended well, so that an outage of the archive
 * leaves no gap; at most a month back.
 *
 * @param lastTo end of the last window, `YYYY-MM-DD`
 */
export function reachingBack(range: StudyDateRange, lastTo: string | null): StudyDateRange {
  if (lastTo === null) return range;
  // The window before ended on the day after its poll.
  const seen = addDays(lastTo.replaceAll('-', ''), -2);
  const earliest = addDays(range.to, -longestGapDays);
  const from = seen < range.from ? (seen < earliest ? earliest : seen) : range.from;
  return { ...range, from };
}

/** Date and time of a moment in an IANA time zone, `YYYYMMDDHHMMSS`, to compare with Study Date and Time. */
export function localTime(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '00';
  return `${dicomDate(at, timeZone)}${part('hour')}${part('minute')}${part('second')}`;
}
