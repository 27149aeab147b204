import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An index for the look whether evidence stands on an artifact, which each purge and each sweep makes. */
export class EvidenceByArtifact1764364000000 implements MigrationInterface {
  readonly name = 'EvidenceByArtifact1764364000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX evidence_artifact ON evidence (artifact_digest)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX evidence_artifact');
  }
}
