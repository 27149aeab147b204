import { isUid, stringOf, tags, type Dataset } from '@prelector/dicom';
import { imageIdentityOf } from '@prelector/evidence';
import { canonicalJson } from '@prelector/kernel';
import { runError } from './errors.js';
import { ownCopy } from './own-copy.js';
import type { RunnerJob, SeenIdentity } from './protocol.js';

/** More distinct identities than this in one series say enough. */
export const MOST_IDENTITIES = 16;

/**
 * Checks each instance that arrives against what was asked for, and gathers the identities that the images'
 * own headers state: a server that answers with another patient's image must never go unseen.
 */
export class InstanceCheck {
  readonly #job: RunnerJob;
  readonly #expected: Set<string>;
  readonly #seen = new Set<string>();
  readonly #unread = new Set<string>();
  readonly #identities = new Map<string, SeenIdentity>();
  #first: Dataset | undefined;

  constructor(job: RunnerJob) {
    this.#job = job;
    this.#expected = new Set(job.series.instances.map(({ sopInstanceUid }) => sopInstanceUid));
  }

  /**
   * The SOP Instance UID of an instance that was asked for; throws `run.instance-foreign` for one of another
   * study or series, `run.instance-repeated`. Undefined for one of the right series that the run does not
   * read (a localizer among the slices): its identity is checked, too.
   */
  take(dataset: Dataset): string | undefined {
    const uid = stringOf(dataset, tags.SOPInstanceUID);
    const study = stringOf(dataset, tags.StudyInstanceUID);
    const series = stringOf(dataset, tags.SeriesInstanceUID);
    if (study !== this.#job.studyInstanceUid) throw runError('run.instance-foreign', 'Study Instance UID');
    if (series !== this.#job.series.seriesInstanceUid) {
      throw runError('run.instance-foreign', 'Series Instance UID');
    }
    if (!isUid(uid)) throw runError('run.instance-foreign', 'no valid SOP Instance UID');
    this.#noteIdentity(dataset, uid);
    if (!this.#expected.has(uid)) {
      this.#unread.add(uid);
      return undefined;
    }
    if (this.#seen.has(uid)) throw runError('run.instance-repeated', uid);
    this.#seen.add(uid);
    this.#first ??= ownCopy(dataset);
    return uid;
  }

  /**
   * Throws `run.instances-missing` unless every expected instance came, and `run.instances-undescribed` when more came
   * than the metadata describe: what was selected then was not the series.
   */
  finish(): void {
    const { described } = this.#job.series;
    const came = this.#seen.size + this.#unread.size;
    if (described !== undefined && came > described)
      throw runError('run.instances-undescribed', `${came} came, ${described} are described`);
    const missing = [...this.#expected].filter((uid) => !this.#seen.has(uid));
    if (missing.length === 0) return;
    const some = missing.slice(0, 3).join(', ');
    const more = missing.length > 3 ? ', ...' : '';
    throw runError('run.instances-missing', `${missing.length} of ${this.#expected.size}: ${some}${more}`);
  }

  get done(): number {
    return this.#seen.size;
  }

  /** The data set of the first instance that was asked for; empty before one came. */
  get first(): Dataset {
    return this.#first ?? {};
  }

  get identities(): SeenIdentity[] {
    return [...this.#identities.values()];
  }

  /** Each distinct identity once, with the lowest UID of the instances that were asked for and state it. */
  #noteIdentity(dataset: Dataset, uid: string): void {
    const identity = imageIdentityOf(dataset);
    const key = canonicalJson(identity);
    const known = this.#identities.get(key);
    if (!known && this.#identities.size >= MOST_IDENTITIES) return;
    const uids = [known?.sopInstanceUid, this.#expected.has(uid) ? uid : undefined];
    const [sopInstanceUid] = uids.filter((each) => each !== undefined).sort();
    this.#identities.set(key, { identity, ...(sopInstanceUid ? { sopInstanceUid } : {}) });
  }
}
