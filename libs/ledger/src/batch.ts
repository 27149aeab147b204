import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { Statements } from './sql.js';

/**
 * Rows that one statement writes, whatever their tables: all of them, or none where something is in the way. A row may
 * refer to another of the batch; columns that are left out take their defaults.
 */
export class Batch {
  readonly #writes: string[] = [];
  readonly #values: unknown[] = [];
  #obstacle = 'false';

  constructor(private readonly sql: Statements) {}

  /** A placeholder for a value. */
  value(value: unknown, type: string): string {
    return `$${this.#values.push(value)}::${type}`;
  }

  insert<T extends ObjectLiteral>(entity: EntityTarget<T>, values: QueryDeepPartialEntity<T>): this {
    const { connection } = this.sql.manager;
    const { tablePath, columns } = connection.getMetadata(entity);
    const given = columns.flatMap((column) => {
      const value = column.getEntityValue(values) as unknown;
      if (value === undefined) return [];
      const type = `${String(column.type)}${column.isArray ? '[]' : ''}`;
      const placeholder = this.value(connection.driver.preparePersistentValue(value, column), type);
      return [{ name: connection.driver.escape(column.databaseName), placeholder }];
    });
    return this.write(
      `INSERT INTO ${tablePath} (${given.map(({ name }) => name).join(', ')})
       SELECT ${given.map(({ placeholder }) => placeholder).join(', ')}`,
    );
  }

  /** Adds `text`, an INSERT ... SELECT or a SELECT without a WHERE, with placeholders that {@link Batch.value} gave. */
  write(text: string): this {
    this.#writes.push(text);
    return this;
  }

  /** SQL that is true where nothing is to be written. */
  unless(obstacle: string): this {
    this.#obstacle = obstacle;
    return this;
  }

  /** False where something was in the way. */
  async send(): Promise<boolean> {
    const writes = this.#writes.map((text, index) => `w${index} AS (${text} FROM way WHERE way.is_free)`);
    const row = await this.sql.row<{ isFree: boolean }>(
      `WITH way AS MATERIALIZED (SELECT NOT (${this.#obstacle}) AS is_free), ${writes.join(', ')}
       SELECT is_free AS "isFree" FROM way`,
      this.#values,
    );
    return row?.isFree === true;
  }
}
