import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An index for each look-up of a growing table that had none. */
export class IndexedLookUps1764360000000 implements MigrationInterface {
  readonly name = 'IndexedLookUps1764360000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX evidence_of_series ON evidence (evidence_series_id, instance_number);
      CREATE INDEX study_order_open ON study_order (id) WHERE state IN ('announced', 'held');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX evidence_of_series, study_order_open');
  }
}
