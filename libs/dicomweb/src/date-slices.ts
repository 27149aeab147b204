import type { Profile } from '@prelector/profiles';
import { dicomwebError } from './errors.js';
import type { DateRange, QidoQuery } from './query.js';

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
const SHORTEST_SECONDS = 900;
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

/** The two halves of a search of a closed range of more than one day, else undefined. */
export function dateHalves(query: QidoQuery): [QidoQuery, QidoQuery] | undefined {
  const range = closed(query);
  if (!range || range.from === range.to) return undefined;
  const middle = Math.floor((dayOf(range.from) + dayOf(range.to)) / 2);
  return [
    { ...query, studyDate: { from: range.from, to: textOf(middle) } },
    { ...query, studyDate: { from: textOf(middle + 1), to: range.to } },
  ];
}

/**
 * The two halves of a search of one day by Study Time, down to a quarter of an hour, else undefined. They do not
 * hold all of it: a study may state no time, or a part of one, or one between two seconds.
 */
export function timeHalves(query: QidoQuery): [QidoQuery, QidoQuery] | undefined {
  const range = closed(query);
  if (!range || range.from !== range.to) return undefined;
  const { studyTime } = query;
  const [start, end] = studyTime ? [secondOf(studyTime.from), secondOf(studyTime.to)] : [0, DAY_SECONDS - 1];
  if (end - start + 1 <= SHORTEST_SECONDS) return undefined;
  const middle = Math.floor((start + end) / 2);
  return [
    { ...query, studyTime: { from: timeOf(start), to: timeOf(middle) } },
    { ...query, studyTime: { from: timeOf(middle + 1), to: timeOf(end) } },
  ];
}

function closed({ studyDate }: QidoQuery): { from: string; to: string } | undefined {
  if (studyDate === undefined) return undefined;
  const { from, to } = typeof studyDate === 'string' ? { from: studyDate, to: studyDate } : studyDate;
  return from === undefined || to === undefined || from > to ? undefined : { from, to };
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

function secondOf(time: string): number {
  const [hour, minute, second] = [time.slice(0, 2), time.slice(2, 4), time.slice(4, 6)].map(Number);
  return (hour ?? 0) * 3600 + (minute ?? 0) * 60 + (second ?? 0);
}

function timeOf(second: number): string {
  return new Date(second * 1000).toISOString().slice(11, 19).replaceAll(':', '');
}
