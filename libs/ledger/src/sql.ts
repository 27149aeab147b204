import type { EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { ledgerError } from './errors.js';
import type { Tx } from './tx.js';

/** The rows of a statement; for UPDATE and DELETE those of RETURNING. */
export async function rowsOf<T>(tx: Tx, text: string, parameters: readonly unknown[] = []): Promise<T[]> {
  const answer: unknown = await tx.query(text, [...parameters]);
  // TypeORM answers UPDATE and DELETE with [rows, count], everything else with rows.
  const pair = answer as [T[], number];
  return pair.length === 2 && Array.isArray(pair[0]) && typeof pair[1] === 'number'
    ? pair[0]
    : (answer as T[]);
}

/** The first row of a statement, if it has one. */
export async function rowOf<T>(
  tx: Tx,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<T | undefined> {
  return (await rowsOf<T>(tx, text, parameters))[0];
}

/** Inserts a row and returns it as the database holds it, defaults included. */
export async function insertRow<T extends ObjectLiteral>(
  tx: Tx,
  entity: EntityTarget<T>,
  values: QueryDeepPartialEntity<T>,
): Promise<T> {
  const { raw } = await tx
    .createQueryBuilder()
    .insert()
    .into(entity)
    .values(values)
    .returning('*')
    .updateEntity(false)
    .execute();
  return rowFrom(tx, entity, (raw as Returned[])[0] as Returned);
}

/**
 * Inserts a row unless one with the same unique key is there, and returns whichever is kept. Two
 * transactions at once are safe: the second waits for the first to end.
 */
export async function insertOnce<T extends ObjectLiteral>(
  tx: Tx,
  entity: EntityTarget<T>,
  values: QueryDeepPartialEntity<T>,
  key: FindOptionsWhere<T>,
): Promise<{ row: T; created: boolean }> {
  const { raw } = await tx
    .createQueryBuilder()
    .insert()
    .into(entity)
    .values(values)
    .orIgnore()
    .returning('*')
    .updateEntity(false)
    .execute();
  const [made] = raw as Returned[];
  if (made) return { row: rowFrom(tx, entity, made), created: true };
  return { row: await tx.findOneByOrFail(entity, key), created: false };
}

/** A row by its columns, as a statement returns it. */
type Returned = Readonly<Record<string, unknown>>;

/** The entity of a row that RETURNING gave, as TypeORM reads one. */
function rowFrom<T extends ObjectLiteral>(tx: Tx, entity: EntityTarget<T>, returned: Returned): T {
  const metadata = tx.connection.getMetadata(entity);
  const row = metadata.create() as T;
  for (const column of metadata.columns)
    column.setEntityValue(
      row,
      tx.connection.driver.prepareHydratedValue(returned[column.databaseName], column),
    );
  return row;
}

/**
 * The row with this id, locked until the transaction ends; throws `ledger.not-found`. No key changes under this
 * lock, so rows that refer to the row may be inserted meanwhile: two transactions that each inserted one and then
 * lock it would else wait for each other.
 */
export async function lockRow<T extends ObjectLiteral & { id: string }>(
  tx: Tx,
  entity: EntityTarget<T>,
  id: string,
): Promise<T> {
  const row = await tx.findOne(entity, {
    where: { id } as FindOptionsWhere<T>,
    lock: { mode: 'for_no_key_update' },
  });
  if (!row) throw ledgerError('ledger.not-found', tx.connection.getMetadata(entity).tableName);
  return row;
}

/**
 * SQL that is true where two namespaces (columns or parameters, empty where none is stated) do not contradict each
 * other, as `namespacesAgree` says of them in clear: their parts are kept as HMACs with a `^` between.
 */
export const namespacesMeet = (one: string, other: string): string => {
  const part = (text: string, number: 1 | 2) => `split_part(${text}, '^', ${number})`;
  const [a, b] = [one, other].map((text) => [part(text, 1), part(text, 2)] as const) as [Pair, Pair];
  const contradict = (x: string, y: string) => `(${x} <> '' AND ${y} <> '' AND ${x} <> ${y})`;
  const equal = (x: string, y: string) => `(${x} <> '' AND ${x} = ${y})`;
  return `(${one} = '' OR ${other} = '' OR ${one} = ${other}
    OR (${equal(a[0], b[0])} OR ${equal(a[1], b[1])})
      AND NOT ${contradict(a[0], b[0])} AND NOT ${contradict(a[1], b[1])}
    OR ${equal(a[0], b[1])} OR ${equal(a[1], b[0])})`;
};

/** SQL that is true when a row of `feed` speaks for a row of `pacs_node node`. */
export const speaksFor = `feed.body -> 'nodes' ? node.name`;

type Pair = readonly [string, string];
