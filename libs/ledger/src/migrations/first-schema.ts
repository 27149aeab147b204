import type { MigrationInterface, QueryRunner } from 'typeorm';
import { configurationTables } from './first/configuration.js';
import { intakeTables } from './first/intake.js';
import { resultTables } from './first/results.js';
import { runTables } from './first/runs.js';
import { appendOnly, stepTables } from './first/steps.js';
import { studyTables } from './first/studies.js';

/** All tables in their first shape. A change is a migration of its own, never an edit of this: a test holds its text fast. */
export class FirstSchema1763700000000 implements MigrationInterface {
  readonly name = 'FirstSchema1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [
      configurationTables,
      intakeTables,
      studyTables,
      runTables,
      resultTables,
      stepTables,
      appendOnly,
    ]) {
      await runner.query(statements);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('There is nothing before the first schema; drop the database instead.'));
  }
}
