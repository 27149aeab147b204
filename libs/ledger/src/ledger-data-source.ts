import type { QueryRunner, ReplicationMode } from 'typeorm';
import { DataSource } from 'typeorm';
import { isConnectionLost, isExhausted } from './database-faults.js';
import { ledgerError } from './errors.js';

/**
 * What every statement goes through, in a transaction or not: throws `ledger.unreachable` where the connection is
 * lost, and leaves that to nobody else: what is written next, such as that a step is put off, gets another one; and
 * `ledger.exhausted` where the server has no room for it.
 */
export class LedgerDataSource extends DataSource {
  override createQueryRunner(mode?: ReplicationMode): QueryRunner {
    const runner: Releasing = super.createQueryRunner(mode);
    const query = runner.query.bind(runner) as (...statement: unknown[]) => Promise<unknown>;
    const told = (...statement: unknown[]) =>
      query(...statement).catch(async (thrown: unknown) => {
        if (isExhausted(thrown)) throw ledgerError('ledger.exhausted', undefined, { cause: thrown });
        if (!isConnectionLost(thrown)) throw thrown;
        await runner.releasePostgresConnection?.(thrown);
        throw ledgerError('ledger.unreachable', undefined, { cause: thrown });
      });
    return Object.assign(runner, { query: told });
  }
}

/** TypeORM gives a connection back as a good one, unless it is told so by the way that it takes itself. */
type Releasing = QueryRunner & { readonly releasePostgresConnection?: (error: unknown) => Promise<void> };
