import type { Profile } from '@prelector/profiles';
import { dicomwebError } from './errors.js';
import type { DateRange } from './query.js';

const DAY_MS = 86_400_000;
/** Days that are asked one by one on a server without ranges; beyond, the search is refused. */
const MAX_DAYS = 400;
const FIRST_DAY = '19000101';
const LAST_DAY = '99991231';

type StudyDate = string | DateRange | undefined;

/** The dates to ask, one search each: the range itself, closed, or day by day, as the server takes them. */
export function dateSlices(date: StudyDate, dateRange: Profile['qido']['dateRange']): StudyDate[] {
  if (date === undefined || typeof date === 'string') return [date];
  if (dateRange === 'open' || dateRange === 'none') return [date];
  if (dateRange !== 'single') return [{ from: date.from ?? FIRST_DAY, to: date.to ?? LAST_DAY }];
  const { from, to } = date;
  if (from === undefined || to === undefined || dayOf(to) - dayOf(from) >= MAX_DAYS) {
    throw dicomwebError(
      'dicomweb.invalid-key',
      `this server takes single days, so a range of at most ${MAX_DAYS}`,
    );
  }
  return daysBetween(from, to);
}

/** The two halves of a closed range of more than one day, else undefined. */
export function halves(date: StudyDate): [DateRange, DateRange] | undefined {
  if (date === undefined || typeof date === 'string') return undefined;
  const { from, to } = date;
  if (from === undefined || to === undefined || from >= to) return undefined;
  const middle = Math.floor((dayOf(from) + dayOf(to)) / 2);
  return [
    { from, to: textOf(middle) },
    { from: textOf(middle + 1), to },
  ];
}

function daysBetween(from: string, to: string): string[] {
  const first = dayOf(from);
  return Array.from({ length: dayOf(to) - first + 1 }, (_, index) => textOf(first + index));
}

function dayOf(date: string): number {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number);
  return Math.floor(Date.UTC(year ?? 0, (month ?? 1) - 1, day) / DAY_MS);
}

function textOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}
