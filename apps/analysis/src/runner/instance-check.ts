import { isUid, stringOf, tags, type Dataset } from '@prelector/dicom';
import { imageIdentityOf } from '@prelector/evidence';
import type { ImageIdentity } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';
import { runError } from './errors.js';
import { ownCopy } from './own-copy.js';
import type { RunSeries, SeenIdentity } from './protocol.js';

/** More distinct identities than this in one run say enough. */
export const MOST_IDENTITIES = 16;

/** The distinct identities that the headers of all images of a run state. */
export class SeenIdentities {
  readonly #seen = new Map<string, SeenIdentity>();

  /** Each distinct identity once, with the lowest UID of the instances that were asked for and state it. */
  note(identity: ImageIdentity, asked: string | undefined): void {
    const key = canonicalJson(identity);
    const known = this.#seen.get(key);
    if (!known && this.#seen.size >= MOST_IDENTITIES) return;
    const uids = [known?.sopInstanceUid, asked].filter((each) => each !== undefined);
    const [sopInstanceUid] = uids.sort();
    this.#seen.set(key, { identity, ...(sopInstanceUid ? { sopInstanceUid } : {}) });
  }

  get all(): SeenIdentity[] {
    return [...this.#seen.values()];
  }
}

/**
 * Checks each instance of a series that arrives against what was asked for, and gathers the identities that the images'
 * own headers state: a server that answers with another patient's image must never go unseen.
 */
export class InstanceCheck {
  readonly #studyInstanceUid: string;
  readonly #series: RunSeries;
  readonly #expected: Set<string>;
  readonly #seen = new Set<string>();
  readonly #unread = new Set<string>();
  readonly #identities: SeenIdentities;
  #first: Dataset | undefined;

  constructor(studyInstanceUid: string, series: RunSeries, identities: SeenIdentities) {
    this.#studyInstanceUid = studyInstanceUid;
    this.#series = series;
    this.#identities = identities;
    this.#expected = new Set(series.instances.map(({ sopInstanceUid }) => sopInstanceUid));
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
    if (study !== this.#studyInstanceUid) throw runError('run.instance-foreign', 'Study Instance UID');
    if (series !== this.#series.seriesInstanceUid) {
      throw runError('run.instance-foreign', 'Series Instance UID');
    }
    if (!isUid(uid)) throw runError('run.instance-foreign', 'no valid SOP Instance UID');
    this.#identities.note(imageIdentityOf(dataset), this.#expected.has(uid) ? uid : undefined);
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
    const { described } = this.#series;
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
}
