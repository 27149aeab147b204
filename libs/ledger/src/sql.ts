import type { Clock } from '@prelector/kernel';
import type { EntityManager, EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { ledgerError } from './errors.js';
import type { IdentityVault } from './identities/identity-vault.js';

/** What all that is written by one installation shares: its keys, the database's time, and its own id. */
export interface Installation {
  readonly vault: IdentityVault;
  readonly clock: Clock;
  readonly installationId: string;
}

/** Statements over one connection: that of the open transaction, or outside one any of the pool. */
export class Statements {
  constructor(
    /** For what is rare: finding by an entity, and queries that are built. */
    readonly manager: EntityManager,
    private readonly installation: Installation,
  ) {}

  get vault(): IdentityVault {
    return this.installation.vault;
  }

  /** Throws `ledger.not-migrated` before the tables are there. */
  get installationId(): string {
    return this.installation.installationId;
  }

  /** The time to write into a row beside those that the database makes itself. */
  now(): Date {
    return this.installation.clock.now();
  }

  /** The rows of a statement; for UPDATE and DELETE those of RETURNING. */
  async rows<T>(text: string, parameters: readonly unknown[] = []): Promise<T[]> {
    const answer: unknown = await this.manager.query(text, [...parameters]);
    // TypeORM answers UPDATE and DELETE with [rows, count], everything else with rows.
    const pair = answer as [T[], number];
    return pair.length === 2 && Array.isArray(pair[0]) && typeof pair[1] === 'number'
      ? pair[0]
      : (answer as T[]);
  }

  /** The first row of a statement, if it has one. */
  async row<T>(text: string, parameters: readonly unknown[] = []): Promise<T | undefined> {
    return (await this.rows<T>(text, parameters))[0];
  }

  /** Changes the rows that are meant. */
  async update<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    which: FindOptionsWhere<T>,
    change: QueryDeepPartialEntity<T>,
  ): Promise<void> {
    await this.manager.update(entity, which, change);
  }

  /** Inserts a row and returns it as the database holds it, defaults included. */
  async insertRow<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    values: QueryDeepPartialEntity<T>,
  ): Promise<T> {
    const { raw } = await this.manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(values)
      .returning('*')
      .updateEntity(false)
      .execute();
    return this.#rowFrom(entity, (raw as Returned[])[0] as Returned);
  }

  /**
   * Inserts a row unless one with the same unique key is there, and returns whichever is kept. Two
   * transactions at once are safe: the second waits for the first to end.
   */
  async insertOnce<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    values: QueryDeepPartialEntity<T>,
    key: FindOptionsWhere<T>,
  ): Promise<{ row: T; created: boolean }> {
    const { raw } = await this.manager
      .createQueryBuilder()
      .insert()
      .into(entity)
      .values(values)
      .orIgnore()
      .returning('*')
      .updateEntity(false)
      .execute();
    const [made] = raw as Returned[];
    if (made) return { row: this.#rowFrom(entity, made), created: true };
    return { row: await this.manager.findOneByOrFail(entity, key), created: false };
  }

  /**
   * The row with this id, locked until the transaction ends; throws `ledger.not-found`. No key changes under this
   * lock, so rows that refer to the row may be inserted meanwhile: two transactions that each inserted one and then
   * lock it would else wait for each other.
   */
  async lockRow<T extends ObjectLiteral & { id: string }>(entity: EntityTarget<T>, id: string): Promise<T> {
    const row = await this.manager.findOne(entity, {
      where: { id } as FindOptionsWhere<T>,
      lock: { mode: 'for_no_key_update' },
    });
    if (!row) throw ledgerError('ledger.not-found', this.manager.connection.getMetadata(entity).tableName);
    return row;
  }

  /** The entity of a row that RETURNING gave, as TypeORM reads one. */
  #rowFrom<T extends ObjectLiteral>(entity: EntityTarget<T>, returned: Returned): T {
    const { connection } = this.manager;
    const metadata = connection.getMetadata(entity);
    const row = metadata.create() as T;
    for (const column of metadata.columns)
      column.setEntityValue(
        row,
        connection.driver.prepareHydratedValue(returned[column.databaseName], column),
      );
    return row;
  }
}

/** A row by its columns, as a statement returns it. */
type Returned = Readonly<Record<string, unknown>>;

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
