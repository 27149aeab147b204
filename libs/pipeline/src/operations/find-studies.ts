import type { BearingStudy, Ledger, SoughtNumbers, ToldOrders } from '@prelector/ledger';
import { ordersTold, studiesBearing } from '@prelector/ledger';

/** What bears the numbers that were looked for. */
export interface FoundStudies {
  /** Oldest first, at most `studiesToldAtMost`. */
  readonly studies: readonly BearingStudy[];
  /** Where no study does: the orders that do, newest first. */
  readonly orders: ToldOrders['orders'];
}

const ordersAtMost = 20;

/** Finds studies by numbers; where none bears them, the orders that do, so that it is seen what is waited for. */
export async function findStudies({ pool, vault }: Ledger, sought: SoughtNumbers): Promise<FoundStudies> {
  const studies = await studiesBearing(pool, vault, sought);
  if (studies.length > 0) return { studies, orders: [] };
  const { orders } = await ordersTold(pool, vault, { ...sought, limit: ordersAtMost });
  return { studies, orders };
}
