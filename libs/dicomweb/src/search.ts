import { limits, PrelectorError, type Log } from '@prelector/kernel';
import { stringOf, tags, type Dataset } from '@prelector/dicom';
import type { Profile } from '@prelector/profiles';
import type { Addresses, ResourceUids } from './addresses.js';
import { dateHalves, dateSlices, timeHalves } from './date-slices.js';
import { dicomwebError } from './errors.js';
import { statusFailure } from './failure.js';
import { doesNotContradict, isUnderAnotherNumber, matchesStudy, modalitiesOf } from './match.js';
import type { CallOptions } from './options.js';
import { everyMatch, type Page, type PagesEnd, type PageWindow } from './pages.js';
import {
  instanceKeys,
  queryString,
  seriesKeys,
  studyIncludeFields,
  studyKeys,
  type InstanceQuery,
  type Key,
  type QidoQuery,
  type SeriesQuery,
} from './query.js';
import { readDatasets, type DatasetBounds } from './read-body.js';
import { discard, type HttpAnswer, type Transport } from './transport.js';

/**
 * What tells one study from another: some servers list a study that bears the images of two patients once for
 * each of them, and neither may be taken for a repeat of the other.
 */
const studyKeyTags = [tags.StudyInstanceUID, tags.PatientID] as const;
const studyKeyOf = (study: Dataset) =>
  studyKeyTags.map((tag) => stringOf(study, tag)?.trim() ?? '').join('\n');

/** One kind of search: where, with which keys, and what tells one match from another. */
interface Listing {
  readonly template: string;
  readonly uids: ResourceUids;
  readonly keys: readonly Key[];
  readonly includeFields: readonly string[];
  readonly keyTags: readonly [string, ...string[]];
}

/** What one search has read in vain, over all its slices. */
interface Tally {
  dropped: number;
}

/** The search of one range: what was found, what the server gave, fitting or not, and how it ended. */
interface Range {
  readonly found: ReadonlySet<string>;
  readonly given: ReadonlySet<string>;
  readonly end: PagesEnd | 'too-many';
}

/** How the search of one range and its halves ended, in studies. */
interface SliceEnd {
  /** What it and the ranges it was halved into named, each study once. */
  readonly found: ReadonlySet<string>;
  /** The most that one answer of a server that does not page held, where none could be asked for less. */
  readonly fullest: number;
}

/** QIDO-RS (PS3.18 section 10.6): all pages, each match once, each match checked against what was asked. */
export class Searches {
  readonly #transport: Transport;
  readonly #addresses: Addresses;
  readonly #profile: Profile;
  readonly #log: Log;

  constructor(transport: Transport, addresses: Addresses, profile: Profile, log: Log) {
    this.#transport = transport;
    this.#addresses = addresses;
    this.#profile = profile;
    this.#log = log;
  }

  /** Studies one by one; a range that holds too many is halved. */
  async *studies(query: QidoQuery, options: CallOptions): AsyncGenerator<Dataset, void, void> {
    studyKeys(query, this.#profile.qido);
    const yielded = new Set<string>();
    const tally: Tally = { dropped: 0 };
    for (const studyDate of dateSlices(query.studyDate, this.#profile.qido.dateRange)) {
      const slice = studyDate === undefined ? query : { ...query, studyDate };
      for await (const study of this.#slice(slice, options, tally)) {
        const key = studyKeyOf(study);
        if (yielded.has(key)) continue;
        yielded.add(key);
        if (query.limit === undefined && yielded.size > limits.studiesPerSearch) throw tooManyStudies();
        yield study;
      }
    }
  }

  /**
   * One range. Halves of it are asked where the server gives too many, and where it does not page, as long as they
   * are as full as the whole was: what they name beyond it was cut off there. Of one day the halves by time only
   * show that something was cut off, which fails the search; so does a server that heeds no key and does not page.
   */
  async *#slice(
    query: QidoQuery,
    options: CallOptions,
    tally: Tally,
  ): AsyncGenerator<Dataset, SliceEnd, void> {
    const range = yield* this.#range(query, options, tally);
    const end = yield* this.#narrowed(query, range, options, tally);
    if (range.end === 'repeated' && range.given.size > range.found.size)
      await this.#expectKeysHeeded(query, range.given, options);
    return end;
  }

  /**
   * Asks for what is nowhere.
   *
   * @param given what the server names when it is asked for something, some of it something else
   * @throws `dicomweb.keys-ignored` when it names the very same again
   */
  async #expectKeysHeeded(query: QidoQuery, given: ReadonlySet<string>, options: CallOptions): Promise<void> {
    const other = nowhere(query);
    if (!other || query.limit !== undefined) return;
    const found = { found: new Set<string>(), given: new Set<string>() };
    for await (const _study of this.#matching(other, options, { dropped: 0 }, found));
    if (isSameSet(found.given, given)) throw dicomwebError('dicomweb.keys-ignored', `${given.size} studies`);
  }

  /** The search of one range as it stands. */
  async *#range(query: QidoQuery, options: CallOptions, tally: Tally): AsyncGenerator<Dataset, Range, void> {
    const found = new Set<string>();
    const given = new Set<string>();
    try {
      const end = yield* this.#matching(query, options, tally, { found, given });
      return { found, given, end };
    } catch (error) {
      if (!isTooMany(error) || isSpent(tally) || !dateHalves(query)) throw error;
      return { found, given, end: 'too-many' };
    }
  }

  async *#narrowed(
    query: QidoQuery,
    { found, end, given }: Range,
    options: CallOptions,
    tally: Tally,
  ): AsyncGenerator<Dataset, SliceEnd, void> {
    const isSuspect = end === 'too-many' || (end === 'repeated' && given.size > 0);
    const byTime = end === 'repeated' ? timeHalves(query) : undefined;
    const parts = isSuspect ? (dateHalves(query) ?? byTime) : undefined;
    const asItStands = { found, fullest: end === 'repeated' ? given.size : 0 };
    if (!parts) return asItStands;
    const ranges: Range[] = [];
    for (const part of parts) {
      try {
        ranges.push(yield* this.#range(part, options, tally));
      } catch (thrown) {
        // Not every server takes Study Time as a key.
        if (!byTime || !isRejected(thrown)) throw thrown;
        return asItStands;
      }
    }
    const isNarrower = ranges.some((range) => range.end === 'too-many' || !isSameSet(range.given, given));
    if (!isNarrower && end === 'repeated') return asItStands;
    const all = new Set(found);
    let fullest = 0;
    for (const [index, range] of ranges.entries()) {
      const isFull = end === 'too-many' || range.end === 'too-many' || range.given.size >= given.size;
      const part = isFull
        ? yield* this.#narrowed(parts[index] as QidoQuery, range, options, tally)
        : { found: range.found, fullest: 0 };
      for (const key of part.found) all.add(key);
      fullest = Math.max(fullest, part.fullest);
    }
    if (end === 'repeated' && all.size > found.size && (byTime || fullest >= given.size)) {
      throw dicomwebError('dicomweb.search-cut-short', `${given.size} at a time, and pages are ignored`);
    }
    // Studies without a time stand in neither half, so of them the halves say nothing.
    return byTime && !covers(ranges, given) ? asItStands : { found: all, fullest };
  }

  /** Of one range; what the server names is added to `given`, and to `found` what it yields of that. */
  async *#matching(
    query: QidoQuery,
    options: CallOptions,
    tally: Tally,
    { found, given }: { found: Set<string>; given: Set<string> },
  ): AsyncGenerator<Dataset, PagesEnd, void> {
    const { qido, paths } = this.#profile;
    const listing: Listing = {
      template: paths.studies,
      uids: {},
      keys: studyKeys(query, qido),
      includeFields: studyIncludeFields(query, qido),
      keyTags: studyKeyTags,
    };
    let dropped = 0;
    // A page that names the one study that was asked for names it as often as the server lists it.
    const enough = () => query.studyInstanceUid !== undefined && found.size > 0;
    const pages = this.#all(listing, options, { wanted: query.limit, enough });
    let next = await pages.next();
    for (; !next.done; next = await pages.next()) {
      const study = next.value;
      given.add(studyKeyOf(study));
      if (!matchesStudy(study, query, qido.text)) {
        if (isUnderAnotherNumber(study, query, qido.text)) yield withSeparateModalities(study, qido);
        dropped += 1;
        tally.dropped += 1;
        if (isSpent(tally)) throw tooManyStudies();
        continue;
      }
      found.add(studyKeyOf(study));
      yield withSeparateModalities(study, qido);
    }
    const said = { dropped, keys: listing.keys.map(([tag]) => tag) };
    if (dropped > 0) this.#log.debug('matches of the PACS were not what was asked', said);
    return next.value;
  }

  async series(study: string, query: SeriesQuery, options: CallOptions): Promise<Dataset[]> {
    const found = await this.#collect(
      {
        template: this.#profile.paths.seriesOfStudy,
        uids: { study },
        keys: seriesKeys(query),
        includeFields: query.includeFields ?? [],
        keyTags: [tags.SeriesInstanceUID],
      },
      options,
    );
    return found.filter(
      (series) =>
        doesNotContradict(series, tags.StudyInstanceUID, study) &&
        doesNotContradict(series, tags.SeriesInstanceUID, query.seriesInstanceUid) &&
        doesNotContradict(series, tags.Modality, query.modality),
    );
  }

  async instances(
    study: string,
    series: string | undefined,
    query: InstanceQuery,
    options: CallOptions,
  ): Promise<Dataset[]> {
    const { instancesOfStudy, instancesOfSeries } = this.#profile.paths;
    const found = await this.#collect(
      {
        template: series === undefined ? instancesOfStudy : instancesOfSeries,
        uids: series === undefined ? { study } : { study, series },
        keys: instanceKeys(query),
        includeFields: query.includeFields ?? [],
        keyTags: [tags.SOPInstanceUID],
      },
      options,
      query.limit,
    );
    return found.filter(
      (instance) =>
        doesNotContradict(instance, tags.StudyInstanceUID, study) &&
        doesNotContradict(instance, tags.SeriesInstanceUID, series) &&
        doesNotContradict(instance, tags.SOPInstanceUID, query.sopInstanceUid),
    );
  }

  async #collect(listing: Listing, options: CallOptions, wanted?: number): Promise<Dataset[]> {
    const found: Dataset[] = [];
    for await (const match of this.#all(listing, options, { wanted })) {
      if (found.length >= limits.instancesPerStudy)
        throw dicomwebError('dicomweb.too-large', `more than ${limits.instancesPerStudy} in one study`);
      found.push(match);
    }
    return found;
  }

  #all(
    listing: Listing,
    options: CallOptions,
    until?: Parameters<typeof everyMatch>[3],
  ): AsyncGenerator<Dataset, PagesEnd, void> {
    const ask = (window: PageWindow) => this.#page(listing, window, options);
    const { paging } = this.#profile.qido;
    // Servers that cap matches count instances apart; a series is never too large to be listed.
    const bounded = listing.keyTags[0] === tags.SOPInstanceUID ? { ...paging, maxTotal: null } : paging;
    return everyMatch(ask, bounded, listing.keyTags, until);
  }

  async #page(listing: Listing, window: PageWindow, { signal }: CallOptions): Promise<Page> {
    const { qido } = this.#profile;
    const url = this.#addresses.url('qido', listing.template, listing.uids);
    url.search = queryString(qido, listing.keys, listing.includeFields, window);
    const answer = await this.#transport.send({
      method: 'GET',
      url,
      headers: { accept: qido.accept },
      signal,
    });
    if (answer.status === 200 || answer.status === 206) {
      const matches = await readDatasets(answer, pageBounds(listing, window, qido.emptyBodyIsEmpty));
      return { matches, more: answer.status === 206 || saysMore(answer, window.offset + matches.length) };
    }
    await discard(answer);
    if (answer.status === 204 || (answer.status === 404 && qido.notFoundIsEmpty))
      return { matches: [], more: false };
    if (qido.tooManyStatuses.includes(answer.status)) {
      throw dicomwebError('dicomweb.too-many-matches', `HTTP ${answer.status}`);
    }
    throw statusFailure(answer.status);
  }
}

/** The same search with identifiers that no study has; undefined where it goes by none. */
function nowhere(query: QidoQuery): QidoQuery | undefined {
  const { studyInstanceUid, accessionNumber, patientId } = query;
  const keys = {
    // The nil UUID as a UID (PS3.5 B.2).
    ...(studyInstanceUid === undefined ? {} : { studyInstanceUid: '2.25.0' }),
    ...(accessionNumber === undefined ? {} : { accessionNumber: nobody }),
    ...(patientId === undefined ? {} : { patientId: nobody }),
  };
  return Object.keys(keys).length > 0 && studyInstanceUid !== '2.25.0' ? { ...query, ...keys } : undefined;
}

/** As long as a value of SH may be. */
const nobody = 'PRELECTOR-NOBODY';

/** Said by the server, or seen by us in a page that is larger than was asked for, or full and the same again. */
const isTooMany = (error: unknown) =>
  error instanceof PrelectorError &&
  ['dicomweb.too-many-matches', 'dicomweb.too-large', 'dicomweb.paging-ignored'].includes(error.code);

const isRejected = (error: unknown) =>
  error instanceof PrelectorError &&
  error.code.startsWith('dicomweb.') &&
  (error.recovery === 'permanent' || error.code === 'dicomweb.not-found');

const isSameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((key) => other.has(key));

const covers = (ranges: readonly Range[], given: ReadonlySet<string>) =>
  [...given].every((key) => ranges.some((range) => range.given.has(key)));

const isSpent = (tally: Tally) => tally.dropped > limits.studiesPerSearch;

const tooManyStudies = () =>
  dicomwebError(
    'dicomweb.too-many-matches',
    `more than ${limits.studiesPerSearch} studies; narrow the study date or set a limit`,
  );

/** A server that ignores the limit gives a study's instances all at once, and may; never all its studies. */
function pageBounds(listing: Listing, window: PageWindow, emptyBodyIsEmpty: boolean): DatasetBounds {
  const bounds = { bytes: limits.qidoPageBytes, emptyBodyIsEmpty };
  if (listing.keyTags[0] !== tags.StudyInstanceUID) return { ...bounds, datasets: limits.instancesPerStudy };
  const datasets = Math.max(limits.qidoPageMatches, 2 * window.limit);
  return { ...bounds, datasets, excess: 'dicomweb.too-many-matches' };
}

/**
 * The Warning header by which PS3.18 section 8.3.4.4 tells of further matches, which some spell oddly, or the
 * header by which others state how many there are in all.
 */
function saysMore({ header }: Pick<HttpAnswer, 'header'>, given: number): boolean {
  const additional = /There are (?<count>\d+)/iu.exec(header('warning') ?? '')?.groups?.['count'];
  if (additional !== undefined) return Number(additional) > 0;
  const total = header('x-total-count')?.trim() ?? '';
  return /^\d{1,12}$/u.test(total) && Number(total) > given;
}

function withSeparateModalities(study: Dataset, qido: Profile['qido']): Dataset {
  if (!qido.modalitiesInStudy.joined) return study;
  return { ...study, [tags.ModalitiesInStudy]: { vr: 'CS', Value: modalitiesOf(study) } };
}
