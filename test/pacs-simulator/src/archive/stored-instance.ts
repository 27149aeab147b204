import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JsonDataset } from '../dicom/dataset.js';
import { readHeader } from '../dicom/read-header.js';
import type { Identifiers } from '../dicom/read-identifiers.js';

const kept = 2000;
const recent = new Map<StoredInstance, JsonDataset>();

/** One SOP Instance on disk. Its header is read when it is first asked for; the last ones read are kept. */
export class StoredInstance implements Identifiers {
  readonly transferSyntaxUid: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly modality: string;
  #digest: string | undefined;

  constructor(
    identifiers: Identifiers,
    readonly path: string,
    readonly bytes: number,
    /** Counts up with each store; servers that order by time order by this. */
    readonly sequence: number,
    /** Milliseconds since the epoch from which queries and retrieves see it. */
    readonly visibleFrom: number,
  ) {
    this.transferSyntaxUid = identifiers.transferSyntaxUid;
    this.studyUid = identifiers.studyUid;
    this.seriesUid = identifiers.seriesUid;
    this.sopClassUid = identifiers.sopClassUid;
    this.sopInstanceUid = identifiers.sopInstanceUid;
    this.modality = identifiers.modality;
  }

  get dataset(): JsonDataset {
    const dataset = recent.get(this) ?? readHeader(readFileSync(this.path)).dataset;
    recent.delete(this);
    recent.set(this, dataset);
    const [oldest] = recent.keys();
    if (recent.size > kept && oldest) recent.delete(oldest);
    return dataset;
  }

  /** SHA-256 of the file. */
  get digest(): string {
    this.#digest ??= createHash('sha256').update(readFileSync(this.path)).digest('hex');
    return this.#digest;
  }
}
