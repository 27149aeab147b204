import { counted } from '@prelector/kernel';
import type { ToldMessage } from '@prelector/ledger';
import type { ToldMessages } from '@prelector/pipeline';
import { InvalidArgumentError } from 'commander';
import { turnedAwayLine } from './turned-away-line.js';

/** A time that a person typed, in ISO 8601; without an offset it is UTC, as the times that we tell. */
export function time(typed: string): Date {
  const [day, clock] = typed.trim().split(/[T ]/u);
  const isBare = clock !== undefined && /^[\d:.]+$/u.test(clock);
  const at = new Date(clock === undefined ? typed : `${day}T${clock}${isBare ? 'Z' : ''}`);
  if (Number.isNaN(at.getTime()) || !/^\d{4}-\d\d-\d\d/u.test(typed))
    throw new InvalidArgumentError('Give a time such as 2026-01-31 or 2026-01-31T08:00:00Z.');
  return at;
}

/** The end of what a person typed: a day alone is meant to its last millisecond. */
export function endTime(typed: string): Date {
  const at = time(typed);
  return /^\d{4}-\d\d-\d\d$/u.test(typed.trim()) ? new Date(at.getTime() + 86_399_999) : at;
}

/** How many lines a person asked for. */
export function limit(typed: string): number {
  if (!/^[1-9]\d{0,3}$/u.test(typed)) throw new InvalidArgumentError('Give a number from 1 to 9999.');
  return Number(typed);
}

/** The same for a person: when each feed was last heard, then a line for each message, newest first. */
export function messageLines({ feeds, turnedAway, messages }: ToldMessages): string[] {
  return [
    ...feeds.flatMap(({ feed, lastHeardAt }) => [
      `${feed}: last heard ${lastHeardAt?.toISOString() ?? 'never'}`,
      ...turnedAway.filter((each) => each.feed === feed).map(turnedAwayLine),
    ]),
    ...(messages.length === 0 ? ['No such message.'] : []),
    ...messages.map((each) => {
      const subjects = [
        ...each.orders.map((id) => `order ${id}`),
        ...each.studies.map((uid) => `study ${uid}`),
      ];
      const parts = [
        `${each.messageType ?? 'type not read'} ${each.controlId || 'without control id'}`,
        `${outcomeOf(each)}, answered ${each.ack ?? 'nothing'}${repeatsOf(each)}`,
        ...(each.reason ? [each.reason] : []),
        ...(subjects.length > 0 ? [subjects.join(', ')] : []),
      ];
      return `${each.receivedAt.toISOString()} ${each.feed}: ${parts.join(': ')}`;
    }),
  ];
}

/** What is kept for the record and gives nothing to ask an archive for is not said to be used. */
const outcomeOf = ({ outcome, reason }: ToldMessage): string =>
  outcome === 'used' && reason ? 'kept, with a remark' : outcome;

const repeatsOf = ({ repeats, repeatedAt }: ToldMessage): string =>
  repeats > 0
    ? `, repeated ${counted(repeats, 'time')}, last at ${repeatedAt?.toISOString() ?? 'a time not kept'}`
    : '';
