import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When an order first corrected another, so that two patients who become one make one of both. */
export class OrdersThatCorrect1764362000000 implements MigrationInterface {
  readonly name = 'OrdersThatCorrect1764362000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE study_order ADD COLUMN corrects_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE study_order DROP COLUMN corrects_at');
  }
}
