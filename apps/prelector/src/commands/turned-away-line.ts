import type { TurnedAway } from '@prelector/ledger';

/** Connections of one reason that brought no message, for a person. */
export function turnedAwayLine({ count, firstAt, lastAt, peer, reason }: TurnedAway): string {
  const connections = `${count} ${count === 1 ? 'connection' : 'connections'} since ${firstAt.toISOString()}`;
  return `  TURNED AWAY ${connections}, the last at ${lastAt.toISOString()}${peer ? ` from ${peer}` : ''}: ${reason}`;
}
