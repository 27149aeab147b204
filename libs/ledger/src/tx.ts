import type { EntityManager } from 'typeorm';

/** The open transaction, or outside one the connection pool, by which ledger functions read and write. */
export type Tx = EntityManager;
