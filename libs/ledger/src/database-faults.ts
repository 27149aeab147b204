/** Serialization failure, deadlock: PostgreSQL asks that the transaction be tried again. */
const tryAgain = new Set(['40001', '40P01']);
/**
 * Shut down, crashed, starting up, a session that it ended because it stood idle, a standby where the server was that writes
 * (PostgreSQL, appendix A), and what the socket says.
 */
const gone = new Set([
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25P03',
  '25P04',
  '25006',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
]);
/** The last two: TypeORM itself released the connection that was lost between two statements of a transaction. */
const goneWithoutCode =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered|Query runner already released|Database connection provided by a query runner was already released)/u;

function codeOf(thrown: unknown): string | undefined {
  const { code, driverError } = thrown as { code?: string; driverError?: { code?: string } };
  return driverError?.code ?? code;
}

/** True when the same transaction may succeed now. */
export function isWorthAnotherTry(thrown: unknown): boolean {
  return thrown instanceof Error && tryAgain.has(codeOf(thrown) ?? '');
}

/** True when the database answered that it has no connection, memory or disk left (SQLSTATE class 53). */
export function isExhausted(thrown: unknown): boolean {
  return thrown instanceof Error && (codeOf(thrown)?.startsWith('53') ?? false);
}

/** True when there was no database to answer. */
export function isConnectionLost(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = codeOf(thrown);
  // SQLSTATE class 08: connection exception.
  return code === undefined ? goneWithoutCode.test(thrown.message) : gone.has(code) || code.startsWith('08');
}
