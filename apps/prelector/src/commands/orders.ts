import { counted } from '@prelector/kernel';
import type { ToldOrder, ToldOrders } from '@prelector/ledger';

/** The orders as lines for a person, newest first. */
export function orderLines({ orders, more }: ToldOrders): string[] {
  return [
    ...(orders.length === 0 ? ['No such order.'] : orders.flatMap(linesOf)),
    ...(more ? [thereAreMore] : []),
  ];
}

/** Said where a limit left some out. */
export const thereAreMore = 'There are more: narrow the question, or give a greater --limit.';

/** Where one order stands, its numbers, its studies and candidates, what it waits for, and who spoke of it last. */
function linesOf(order: ToldOrder): string[] {
  const { state, stateReason, readingState, studies, candidates, candidateCount, waits, lastMessage } = order;
  const remarks = [
    ...(readingState === 'unknown' ? [] : [`reading ${readingState}`]),
    ...(order.priority < 5 ? [`priority ${order.priority}`] : []),
    ...(order.testOnly ? ['of test or training'] : []),
  ];
  const named = order.studyInstanceUids.filter(
    (uid) => ![...studies, ...candidates].some(({ studyInstanceUid }) => studyInstanceUid === uid),
  );
  const left = candidateCount - candidates.length;
  return [
    `${order.createdAt.toISOString()} ${order.feed ?? 'no feed'}: order ${order.id}: ${numbersLine(order)}`,
    `  ${[state, ...remarks].join(', ')}${stateReason ? `: ${stateReason}` : ''}`,
    ...studies.map(
      ({ studyInstanceUid, state: at, how }) => `  study ${studyInstanceUid} (${at}; joined by ${how})`,
    ),
    ...candidates.map(
      (each) => `  candidate ${each.studyInstanceUid} (${each.state}; not joined, met by ${each.by})`,
    ),
    ...(left > 0 ? [`  and ${counted(left, 'more candidate')}`] : []),
    ...named.map((uid) => `  names study ${uid}, which no archive has shown yet`),
    ...(waits
      ? [
          `  ${waits.state === 'dead' ? 'given up' : `asked for again at ${waits.dueAt.toISOString()}`}, attempt ${waits.attempt}`,
          ...(waits.reason ? [`  ${sinceWords(waits.askedAt)}${waits.reason}`] : []),
        ]
      : []),
    ...(lastMessage
      ? [
          `  last message ${lastMessage.type ?? 'type not read'} ${lastMessage.controlId || 'without control id'} at ${lastMessage.receivedAt.toISOString()}${lastMessage.reason ? `: ${lastMessage.reason}` : ''}`,
        ]
      : []),
  ];
}

/** What was the case when the archives were asked last may be so no more. */
const sinceWords = (askedAt: Date | null) => (askedAt ? `as of ${askedAt.toISOString()}: ` : '');

const accessionWords = {
  stated: 'accession',
  possible: 'perhaps accession',
  former: 'former accession',
} as const;

function numbersLine({ numbers, state, studyInstanceUids }: ToldOrder): string {
  if (!numbers) return 'its numbers were purged';
  const { accessions, placer, filler } = numbers;
  const of = (value: string, namespace: string | null) => (namespace ? `${value}^${namespace}` : value);
  const words = [
    ...accessions.map(({ value, issuer, source }) => `${accessionWords[source]} ${of(value, issuer)}`),
    ...(placer ? [`placer ${of(placer.value, placer.namespace)}`] : []),
    ...(filler ? [`filler ${of(filler.value, filler.namespace)}`] : []),
  ];
  if (words.length > 0) return words.join(', ');
  const isNameless = state === 'unusable' && studyInstanceUids.length === 0;
  return isNameless ? 'known by no number that can be used' : 'known by its Study Instance UID alone';
}
