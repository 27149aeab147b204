import type { Ledger, StudyQuery, ToldOrders, ToldStudies } from '@prelector/ledger';

/** The studies that were asked for. */
export interface FoundStudies extends ToldStudies {
  /** Where no study bears the numbers that were looked for: the orders that do, newest first. */
  readonly orders: ToldOrders['orders'];
}

const studiesAtMost = 50;
const ordersAtMost = 20;

/**
 * Finds studies by numbers, time or state, fifty unless a limit is given; where none bears the numbers, the orders that
 * do, so that it is seen what is waited for.
 */
export async function findStudies({ pool }: Ledger, query: Partial<StudyQuery>): Promise<FoundStudies> {
  const told = await pool.studySearch.find({ limit: studiesAtMost, ...query });
  const { accession, orderNumber, patientId } = query;
  if (told.studies.length > 0 || !(accession ?? orderNumber ?? patientId)) return { ...told, orders: [] };
  const numbers = { accession, orderNumber, patientId };
  const { orders } = await pool.orderSearch.find({ ...numbers, limit: ordersAtMost });
  return { ...told, orders };
}
