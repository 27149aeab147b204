import type { Ledger } from '@prelector/ledger';
import { ledgerError } from '@prelector/ledger';
import type { StepResult } from '@prelector/pipeline';

/**
 * What an order is asked for, and what is written of it then, as long as it is there.
 *
 * @throws `ledger.order-united`, so that it is tried again and finds nothing to do, where it became one with another
 *   meanwhile, which is asked for by itself
 */
export async function whileThere(
  { pool }: Ledger,
  orderId: string,
  handle: () => Promise<StepResult>,
): Promise<StepResult> {
  const ifThere = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      if (await pool.orders.byId(orderId)) throw thrown;
      throw ledgerError('ledger.order-united', undefined, { cause: thrown });
    }
  };
  const result = await ifThere(handle);
  const { commit } = result;
  return commit ? { ...result, commit: (tx) => ifThere(() => commit(tx)) } : result;
}
