import { randomUUIDv7 } from 'node:crypto';
import type { Presentation } from '@prelector/findings';
import type { Events } from '../events/events.js';
import type { Statements } from '../sql.js';
import { ArtifactRow, EvidenceRow, EvidenceSeriesRow } from './evidence.entity.js';

/** What a series of evidence is at its first use, and stays. */
export interface NewEvidenceSeries {
  readonly studyId: string;
  readonly modelId: string;
  readonly kind: string;
  readonly presentation: Presentation;
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number;
  readonly seriesDescription: string;
  /** Series Date and Time. */
  readonly createdAt: Date;
}

/** One encoded object; its artifact and series are rows already. */
export interface NewEvidence {
  readonly runId: string;
  readonly studyId: string;
  readonly evidenceSeriesId: string;
  readonly kind: string;
  readonly presentation: Presentation;
  readonly identityId: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly instanceNumber: number;
  readonly template: string;
  readonly transferSyntax: string;
  readonly artifactDigest: string;
  /** The moment that went into its content. */
  readonly encodedAt: Date;
  readonly predecessorId?: string | undefined;
}

/** Encoded objects with their series and artifacts. */
export class Evidence {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
  ) {}

  /**
   * The series of one kind of evidence of one model in a study. What is there wins over what is offered, so
   * number, description and time never change after the first use.
   */
  async findOrCreateSeries(series: NewEvidenceSeries): Promise<EvidenceSeriesRow> {
    const key = {
      installationId: this.sql.installationId,
      studyId: series.studyId,
      modelId: series.modelId,
      kind: series.kind,
      presentation: series.presentation,
    };
    return (await this.sql.insertOnce(EvidenceSeriesRow, { ...series, ...key, id: randomUUIDv7() }, key)).row;
  }

  /** The series of ours that one model has in a study for one presentation, of whatever kind of evidence. */
  evidenceSeriesOf(of: {
    readonly studyId: string;
    readonly modelId: string;
    readonly presentation: Presentation;
  }): Promise<EvidenceSeriesRow[]> {
    return this.sql.manager.findBy(EvidenceSeriesRow, { ...of, installationId: this.sql.installationId });
  }

  /** Remembers bytes that the artifact store keeps, or will within the hour: a row without evidence is swept later. */
  async recordArtifact(artifact: {
    digest: string;
    size: number;
    mediaType: string;
    encrypted: boolean;
  }): Promise<ArtifactRow> {
    const { row, created } = await this.sql.insertOnce(
      ArtifactRow,
      { ...artifact, size: String(artifact.size) },
      { digest: artifact.digest },
    );
    // Bytes that were purged and are there again.
    if (!created && row.purgedAt)
      await this.sql.update(ArtifactRow, { digest: row.digest }, { purgedAt: null });
    return Object.assign(row, { purgedAt: null });
  }

  /** Keeps an encoded object; one of the same SOP Instance UID is the same object and is returned. */
  async create(evidence: NewEvidence, who: string): Promise<{ evidence: EvidenceRow; created: boolean }> {
    const { row, created } = await this.sql.insertOnce(
      EvidenceRow,
      { ...evidence, id: randomUUIDv7(), predecessorId: evidence.predecessorId ?? null },
      { sopInstanceUid: evidence.sopInstanceUid },
    );
    if (created) {
      await this.events.record({
        who,
        what: 'encoded',
        subjectKind: 'evidence',
        subjectId: row.id,
        after: { kind: row.kind, sopInstanceUid: row.sopInstanceUid, artifact: row.artifactDigest },
      });
    }
    return { evidence: row, created };
  }

  /** Evidence of a run, oldest first. */
  ofRun(runId: string): Promise<EvidenceRow[]> {
    return this.sql.manager.find(EvidenceRow, { where: { runId }, order: { encodedAt: 'ASC', id: 'ASC' } });
  }

  /** The newest evidence in a series of ours: the predecessor of what comes next, and its instance number. */
  latestInSeries(evidenceSeriesId: string): Promise<EvidenceRow | null> {
    return this.sql.manager.findOne(EvidenceRow, {
      where: { evidenceSeriesId },
      order: { instanceNumber: 'DESC', id: 'DESC' },
    });
  }

  /** SOP Instance UIDs of all that we ever made for a series of our own. */
  async uidsInSeries(seriesInstanceUid: string): Promise<Set<string>> {
    const rows = await this.sql.rows<{ uid: string }>(
      `SELECT sop_instance_uid AS uid FROM evidence WHERE series_instance_uid = $1`,
      [seriesInstanceUid],
    );
    return new Set(rows.map((row) => row.uid));
  }

  /** The evidence with this id, if there is one. */
  byId(id: string): Promise<EvidenceRow | null> {
    return this.sql.manager.findOneBy(EvidenceRow, { id });
  }
}
