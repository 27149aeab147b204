import { limits, PrelectorError, type Log } from '@prelector/kernel';
import type { Profile } from '@prelector/profiles';
import type { Addresses } from './addresses.js';
import { dicomwebError } from './errors.js';
import { statusFailure, transportFailure, wasNeverSent } from './failure.js';
import { multipartBody, type MultipartBody } from './multipart-body.js';
import type { StoreOptions } from './options.js';
import { readBody } from './read-body.js';
import {
  parseStoreResponse,
  type StoreInstanceOutcome,
  type StoreOutcomes,
  type StoreResponse,
} from './store-response.js';
import type { HttpAnswer, Transport } from './transport.js';

/** A part-10 file to store, with the UIDs by which the answer will name it. */
export interface InstanceToStore {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly bytes: Uint8Array;
}

/** Refusals of our own, before anything was taken. */
const NOT_TAKEN = new Set(['dicomweb.configuration', 'dicomweb.redirect-refused']);
/** Answers that say in their status alone that nothing was taken. */
const TURNED_AWAY = new Set([401, 403, 404, 405, 406, 408, 411, 413, 415, 425, 429, 503]);

/** STOW-RS (PS3.18 section 10.5). A store is never repeated by itself: what is not sure is said. */
export class Stores {
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

  /** Stores in as many requests as the profile asks for; each instance that was sent has an outcome. */
  async store(
    study: string | undefined,
    instances: readonly InstanceToStore[],
    options: StoreOptions,
  ): Promise<StoreOutcomes> {
    const outcomes = new Map<string, StoreInstanceOutcome>();
    const others = new Set<string>();
    const sent = new Set(instances.map(({ sopInstanceUid }) => sopInstanceUid));
    const texts = new Set<string>();
    let status = 0;
    for (const batch of batchesOf(instances, this.#profile.stow)) {
      const response = await this.#send(study, batch, options);
      status = Math.max(status, response.status);
      if (response.text !== undefined) texts.add(response.text);
      for (const [uid, { state }] of response.instances)
        if (state === 'stored' && !sent.has(uid)) others.add(uid);
      for (const { sopInstanceUid } of batch) {
        outcomes.set(sopInstanceUid, response.instances.get(sopInstanceUid) ?? { state: 'unknown' });
      }
    }
    return {
      status,
      instances: outcomes,
      others: [...others],
      ...(texts.size > 0 ? { text: [...texts].join('; ') } : {}),
    };
  }

  async #send(
    study: string | undefined,
    batch: readonly InstanceToStore[],
    { signal, leave }: StoreOptions,
  ): Promise<StoreResponse> {
    const { stow, paths } = this.#profile;
    const body = multipartBody(batch.map(({ bytes }) => bytes));
    const toStudy = study !== undefined && stow.path === 'study';
    const url = toStudy
      ? this.#addresses.url('stow', paths.study, { study })
      : this.#addresses.url('stow', paths.studies);
    const headers = headersOf(stow, body);
    // Undici connects first, and sends the head of a request together with the first piece of its body.
    let asked: Promise<void> | undefined;
    const first = leave && (() => (asked = leave()));
    const answer = await this.#transport
      .send({
        method: 'POST',
        url,
        headers,
        body: () => body.stream(first),
        bodySha256: () => body.sha256(),
        signal,
      })
      .catch(async (error: unknown) => {
        await asked;
        throw unconfirmed(error);
      });
    return await this.#read(answer);
  }

  async #read(answer: HttpAnswer): Promise<StoreResponse> {
    const contentType = answer.header('content-type');
    const bytes = await readBody(answer, limits.stowResponseBytes).catch((error: unknown) => {
      throw unconfirmed(error);
    });
    const response = parseStoreResponse(answer.status, contentType, bytes, this.#profile.stow.codes);
    if (response.instances.size > 0) return response;
    if (TURNED_AWAY.has(answer.status)) throw statusFailure(answer.status, ' to a store request');
    if (answer.status >= 500) throw dicomwebError('dicomweb.store-unconfirmed', `HTTP ${answer.status}`);
    this.#log.warn('the answer to a store names no instance', { status: answer.status, why: response.text });
    return response;
  }
}

function headersOf(stow: Profile['stow'], body: MultipartBody): Record<string, string> {
  const type = stow.quoteType ? '"application/dicom"' : 'application/dicom';
  const boundary = stow.quoteBoundary ? `"${body.boundary}"` : body.boundary;
  return {
    accept: stow.accept,
    'content-type': `multipart/related; type=${type}; boundary=${boundary}`,
    ...(stow.transfer === 'content-length' ? { 'content-length': String(body.length) } : {}),
  };
}

/** Whatever broke off after the request may have been taken leaves open what was stored. */
function unconfirmed(thrown: unknown): PrelectorError {
  const error = transportFailure(thrown, 'request');
  if (NOT_TAKEN.has(error.code) || wasNeverSent(thrown)) return error;
  return dicomwebError('dicomweb.store-unconfirmed', error.code, { cause: error });
}

function batchesOf(instances: readonly InstanceToStore[], stow: Profile['stow']): InstanceToStore[][] {
  const batches: InstanceToStore[][] = [];
  let bytes = 0;
  for (const instance of instances) {
    if (instance.bytes.length > stow.maxBytes) {
      throw dicomwebError('dicomweb.too-large', `${instance.bytes.length} bytes; at most ${stow.maxBytes}`);
    }
    const batch = batches.at(-1);
    const fits = batch && batch.length < stow.maxInstances && bytes + instance.bytes.length <= stow.maxBytes;
    if (fits) batch.push(instance);
    else batches.push([instance]);
    bytes = (fits ? bytes : 0) + instance.bytes.length;
  }
  return batches;
}
