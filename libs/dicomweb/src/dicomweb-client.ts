import type { Dataset } from '@prelector/dicom';
import type { Profile } from '@prelector/profiles';
import { Addresses } from './addresses.js';
import { dicomwebError } from './errors.js';
import type { CallOptions, DicomWebClientOptions, StoreOptions } from './options.js';
import type { InstanceQuery, QidoQuery, SeriesQuery } from './query.js';
import type { RetrievedInstance } from './receipt.js';
import { Retrievals, type RetrieveInstanceOptions, type RetrieveOptions } from './retrieve.js';
import { Searches } from './search.js';
import { Stores, type InstanceToStore } from './store.js';
import type { StoreOutcomes } from './store-response.js';
import { Transport } from './transport.js';

/**
 * The DICOMweb client of one PACS node (PS3.18): searching, retrieving and storing, as the node's profile
 * says. Every failure is a `PrelectorError` with a code of `dicomwebErrors`. One client keeps its connections
 * and may be used by many callers at a time.
 */
export class DicomWebClient {
  readonly #profile: Profile;
  readonly #mayStore: boolean;
  readonly #transport: Transport;
  readonly #searches: Searches;
  readonly #retrievals: Retrievals;
  readonly #stores: Stores;

  /** @throws `dicomweb.configuration` for an address that is no http(s) URL, or plain http that is not allowed */
  constructor(options: DicomWebClientOptions) {
    const { profile, log } = options;
    const addresses = new Addresses(options.roots, options.allowHttp);
    this.#profile = profile;
    this.#mayStore = options.mayStore;
    this.#transport = new Transport(options, addresses);
    this.#searches = new Searches(this.#transport, addresses, profile, log);
    this.#retrievals = new Retrievals(this.#transport, addresses, profile, this.#searches, log);
    this.#stores = new Stores(this.#transport, addresses, profile, log);
  }

  /** Name and version of the server as its last answer states them; undefined where it states none. */
  get serverVersion(): string | undefined {
    return this.#transport.serverVersion;
  }

  /**
   * QIDO-RS studies: all pages, each study once, only those that are what was asked.
   *
   * @throws `dicomweb.invalid-key` before anything is sent, for values that are empty or hold `*`, `?` or `\`;
   * `dicomweb.too-many-matches` beyond 100,000 studies when the query has no limit of its own
   */
  searchForStudies(query: QidoQuery, options: CallOptions = {}): AsyncIterable<Dataset> {
    return this.#searches.studies(query, options);
  }

  /** QIDO-RS series of a study. */
  searchForSeries(study: string, query: SeriesQuery = {}, options: CallOptions = {}): Promise<Dataset[]> {
    return this.#searches.series(study, query, options);
  }

  /** QIDO-RS instances of a study, or of one series of it. */
  searchForInstances(
    study: string,
    series?: string,
    query: InstanceQuery = {},
    options: CallOptions = {},
  ): Promise<Dataset[]> {
    return this.#searches.instances(study, series, query, options);
  }

  /** Metadata of all instances of a study. */
  retrieveStudyMetadata(study: string, options: CallOptions = {}): Promise<Dataset[]> {
    return this.#retrievals.metadata({ study }, options);
  }

  /** Metadata of all instances of a series. */
  retrieveSeriesMetadata(study: string, series: string, options: CallOptions = {}): Promise<Dataset[]> {
    return this.#retrievals.metadata({ study, series }, options);
  }

  /** Metadata of one instance. */
  async retrieveInstanceMetadata(
    study: string,
    series: string,
    instance: string,
    options: CallOptions = {},
  ): Promise<Dataset> {
    const [dataset] = await this.#retrievals.metadata({ study, series, instance }, options);
    if (!dataset) throw dicomwebError('dicomweb.not-found', 'an empty answer');
    return dataset;
  }

  /**
   * WADO-RS instances of a series as they are stored, one in memory at a time; the next is read when the last
   * one has been used. Ends without error only when none is missing, foreign or sent twice.
   */
  retrieveSeries(
    study: string,
    series: string,
    options: RetrieveOptions = {},
  ): AsyncIterable<RetrievedInstance> {
    return this.#retrievals.series(study, series, options);
  }

  /**
   * One instance as a part-10 file.
   *
   * @throws `dicomweb.too-large` beyond `options.maxBytes`, without reading on
   */
  retrieveInstance(
    study: string,
    series: string,
    instance: string,
    options: RetrieveInstanceOptions = {},
  ): Promise<Uint8Array> {
    return this.#retrievals.instance({ study, series, instance }, options);
  }

  /**
   * The attributes of one instance as its file states them, text by its own Specific Character Set. A large
   * one is read up to its pixel data only. Metadata are no stand-in: servers make them from their database,
   * and lose characters.
   */
  retrieveInstanceHeader(
    study: string,
    series: string,
    instance: string,
    options: CallOptions = {},
  ): Promise<Dataset> {
    return this.#retrievals.header({ study, series, instance }, options);
  }

  /**
   * STOW-RS to /studies/{study} where a study is named and the server has that path. The outcome of each
   * instance is in the response, also when all failed.
   *
   * @throws `dicomweb.store-not-allowed`; `dicomweb.store-unconfirmed` when it is not known what was stored
   */
  async storeInstances(
    study: string | undefined,
    instances: readonly InstanceToStore[],
    options: StoreOptions = {},
  ): Promise<StoreOutcomes> {
    if (!this.#mayStore || !this.#profile.stow.enabled) throw dicomwebError('dicomweb.store-not-allowed');
    return await this.#stores.store(study, instances, options);
  }

  /** Ends all connections at once; calls under way fail with `dicomweb.aborted`. */
  async close(): Promise<void> {
    await this.#transport.close();
  }
}
