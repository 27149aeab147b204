import { isDeepStrictEqual } from 'node:util';
import { limits, type Log } from '@prelector/kernel';
import { readPart10, stringOf, tags, type Dataset } from '@prelector/dicom';
import type { Profile } from '@prelector/profiles';
import type { Addresses, ResourceUids } from './addresses.js';
import { collect } from './collect.js';
import { dicomwebError } from './errors.js';
import { statusFailure, transportFailure } from './failure.js';
import { doesNotContradict } from './match.js';
import { InstanceHead } from './instance-head.js';
import { parseMediaType, shownMediaType } from './media-type.js';
import type { CallOptions } from './options.js';
import { Receipt, type RetrievedInstance } from './receipt.js';
import { readDatasets } from './read-body.js';
import { readMultipart } from './read-multipart.js';
import type { Searches } from './search.js';
import { discard, type HttpAnswer, type Transport } from './transport.js';

export interface RetrieveOptions extends CallOptions {
  /** SOP Instance UIDs that must come; without it the answer is only checked for what it holds. */
  readonly expected?: readonly string[];
  /** A transfer syntax to ask for; the stored one when absent. */
  readonly transferSyntax?: string;
  /**
   * Uses the memory of an instance again: its bytes are then valid only until the next one is asked for. For
   * a consumer that decodes at once.
   */
  readonly reuseMemory?: boolean;
}

export interface RetrieveInstanceOptions extends CallOptions {
  /** The most bytes the instance may have, for a caller that holds it in memory; `dicomweb.too-large` beyond. */
  readonly maxBytes?: number | undefined;
  /**
   * What the instance is expected to be, byte for byte. It is compared while it comes: where it is that, this very array
   * is given back, and no other memory was needed.
   */
  readonly known?: Uint8Array | undefined;
}

/** WADO-RS (PS3.18 section 10.4): instances as a stream of checked parts, and metadata. */
export class Retrievals {
  readonly #transport: Transport;
  readonly #addresses: Addresses;
  readonly #profile: Profile;
  readonly #searches: Searches;
  readonly #log: Log;
  /** The Accept header that this server took last, by level. */
  readonly #accepted = new Map<string, string>();

  constructor(transport: Transport, addresses: Addresses, profile: Profile, searches: Searches, log: Log) {
    this.#transport = transport;
    this.#addresses = addresses;
    this.#profile = profile;
    this.#searches = searches;
    this.#log = log;
  }

  /** Data sets of /metadata, each instance once; each must say which it is and belong to what was asked. */
  async metadata(uids: ResourceUids, { signal }: CallOptions): Promise<Dataset[]> {
    if (this.#profile.wado.metadata === 'missing') throw dicomwebError('dicomweb.metadata-unsupported');
    const url = this.#addresses.url('wado', `${this.#templateOf(uids)}/metadata`, uids);
    const headers = { accept: 'application/dicom+json' };
    const answer = await this.#transport.send({ method: 'GET', url, headers, signal });
    if (answer.status !== 200) return await refused(answer);
    const { emptyBodyIsEmpty } = this.#profile.qido;
    const bounds = { bytes: limits.jsonBodyBytes, datasets: limits.instancesPerStudy, emptyBodyIsEmpty };
    const datasets = await readDatasets(answer, bounds);
    for (const dataset of datasets) assertBelongs(dataset, uids, 'in metadata');
    return eachOnce(datasets);
  }

  /** The instances of a series, one at a time; complete and none but them, or an error. */
  async *series(
    study: string,
    series: string,
    options: RetrieveOptions,
  ): AsyncGenerator<RetrievedInstance, void, void> {
    const uids = { study, series };
    const whole = this.#profile.wado.levels.includes('series');
    yield* whole ? this.#stream(uids, options) : this.#oneByOne(uids, options);
  }

  /** For servers that give single instances only. */
  async *#oneByOne(
    uids: { study: string; series: string },
    options: RetrieveOptions,
  ): AsyncGenerator<RetrievedInstance, void, void> {
    const expected = options.expected ?? (await this.#listed(uids.study, uids.series, options));
    const receipt = new Receipt(uids, expected);
    for (const instance of expected) {
      for await (const part of this.#stream({ ...uids, instance }, { ...options, expected: [instance] })) {
        yield receipt.check(part.bytes);
      }
    }
    receipt.close(false);
  }

  /** One instance as a part-10 file. */
  async instance(uids: Required<ResourceUids>, options: RetrieveInstanceOptions): Promise<Uint8Array> {
    const { maxBytes, known, ...rest } = options;
    const expecting = { ...rest, expected: [uids.instance] };
    const parts = await collect(this.#stream(uids, expecting, { maxBytes, known }));
    return (parts[0] as RetrievedInstance).bytes;
  }

  /** The attributes of one instance, as its own file states them, up to the pixel data. */
  async header(uids: Required<ResourceUids>, options: CallOptions): Promise<Dataset> {
    const answer = await this.#open(uids, options);
    const receipt = new Receipt(uids, [uids.instance]);
    const head = new InstanceHead();
    const reading = { ...this.#profile.wado.multipart, enough: (bytes: Uint8Array) => head.isWhole(bytes) };
    let whole: Uint8Array | undefined;
    try {
      const contentType = answer.header('content-type');
      for await (const part of readMultipart(answer.body, contentType, reading)) {
        whole = receipt.check(part.bytes).bytes;
      }
    } catch (error) {
      throw receipt.explain(transportFailure(error, 'body'));
    } finally {
      answer.body.destroy();
    }
    if (!head.dataset) receipt.close(answer.status === 206);
    const dataset = head.dataset ?? readPart10(whole as Uint8Array, { stopBeforePixelData: true }).dataset;
    assertBelongs(dataset, uids, 'in its own header');
    return dataset;
  }

  async #listed(study: string, series: string, options: CallOptions): Promise<string[]> {
    const instances = await this.#searches.instances(study, series, {}, options);
    return instances.map((instance) => stringOf(instance, tags.SOPInstanceUID) as string);
  }

  async *#stream(
    uids: ResourceUids,
    options: RetrieveOptions,
    { maxBytes = limits.instanceBytes, known }: Pick<RetrieveInstanceOptions, 'maxBytes' | 'known'> = {},
  ): AsyncGenerator<RetrievedInstance, void, void> {
    const answer = await this.#open(uids, options);
    const receipt = new Receipt(uids, options.expected);
    const contentType = answer.header('content-type');
    const partBytes = Math.min(maxBytes, limits.instanceBytes);
    const reuseMemory = options.reuseMemory ?? false;
    const reading = { ...this.#profile.wado.multipart, reuseMemory, partBytes, known };
    try {
      for await (const part of readMultipart(answer.body, contentType, reading)) {
        yield receipt.check(part.bytes);
      }
    } catch (error) {
      throw receipt.explain(transportFailure(error, 'body'));
    } finally {
      answer.body.destroy();
    }
    receipt.close(answer.status === 206);
  }

  /** Asks with one Accept header after the other until the server takes one. */
  async #open(uids: ResourceUids, options: RetrieveOptions): Promise<HttpAnswer> {
    const { wado } = this.#profile;
    const level = uids.instance === undefined ? 'series' : 'instance';
    const url = this.#addresses.url('wado', this.#templateOf(uids), uids);
    const candidates = this.#candidates(level, options.transferSyntax);
    for (const [index, accept] of candidates.entries()) {
      const answer = await this.#transport.send({
        method: 'GET',
        url,
        headers: { accept },
        signal: options.signal,
      });
      if (answer.status === 200 || answer.status === 206) {
        if (options.transferSyntax === undefined) this.#accepted.set(level, accept);
        await assertInstances(answer);
        return answer;
      }
      if (index === candidates.length - 1 || !wado.acceptFallbackOn.includes(answer.status)) {
        return await refused(answer);
      }
      await discard(answer);
      this.#log.debug('the PACS does not take this Accept header', { status: answer.status, accept });
    }
    throw dicomwebError('dicomweb.not-acceptable');
  }

  #candidates(level: 'series' | 'instance', transferSyntax: string | undefined): string[] {
    const { accept, instanceAccept } = this.#profile.wado;
    const known = level === 'instance' ? [...accept, ...instanceAccept] : accept;
    if (transferSyntax !== undefined) {
      const asking = known.filter((text) => text.includes('transfer-syntax=*'));
      return asking.map((text) => text.replace('transfer-syntax=*', `transfer-syntax=${transferSyntax}`));
    }
    const taken = this.#accepted.get(level);
    return taken === undefined ? [...known] : [taken, ...known.filter((text) => text !== taken)];
  }

  #templateOf(uids: ResourceUids): string {
    const { paths } = this.#profile;
    if (uids.instance !== undefined) return paths.instance;
    return uids.series === undefined ? paths.study : paths.series;
  }
}

async function refused(answer: HttpAnswer): Promise<never> {
  await discard(answer);
  throw statusFailure(answer.status);
}

/** A web page or a list in place of DICOM objects is said for what it is. */
async function assertInstances(answer: HttpAnswer): Promise<void> {
  const { type, parameters } = parseMediaType(answer.header('content-type'));
  const inner = parameters.get('type')?.toLowerCase() ?? '';
  const readable =
    /^(multipart\/|application\/(dicom|octet-stream)$|$)/u.test(type) && !/\+(xml|json)$/u.test(inner);
  if (readable) return;
  await discard(answer);
  if (type === 'text/html') throw dicomwebError('dicomweb.login-page');
  throw dicomwebError('dicomweb.malformed-answer', `media type ${shownMediaType(type)}`);
}

/** A server may describe an instance twice, as it may list it twice; not in two ways. */
function eachOnce(datasets: readonly Dataset[]): Dataset[] {
  const byUid = new Map<string, Dataset>();
  for (const dataset of datasets) {
    const uid = stringOf(dataset, tags.SOPInstanceUID);
    if (uid === undefined) throw dicomwebError('dicomweb.malformed-answer', 'metadata of no instance');
    const known = byUid.get(uid);
    if (known && !isDeepStrictEqual(known, dataset))
      throw dicomwebError('dicomweb.duplicate-instance', 'in metadata, described in two ways');
    byUid.set(uid, dataset);
  }
  return [...byUid.values()];
}

function assertBelongs(dataset: Dataset, uids: ResourceUids, where: string): void {
  const belongs =
    doesNotContradict(dataset, tags.StudyInstanceUID, uids.study) &&
    doesNotContradict(dataset, tags.SeriesInstanceUID, uids.series) &&
    doesNotContradict(dataset, tags.SOPInstanceUID, uids.instance);
  if (!belongs) throw dicomwebError('dicomweb.foreign-instance', where);
}
