import { datasetFromJson, itemsOf, numberOf, stringOf, tags, type Dataset } from '@prelector/dicom';
import type { Profile } from '@prelector/profiles';
import { parseMediaType, shownMediaType } from './media-type.js';
import { datasetsFromXml } from './native-xml.js';
import { parseJson } from './parse-json.js';
import { storeFailureOf, type StoreFailure } from './store-failure.js';

/** What became of one instance. `unknown`: the answer does not tell, so the caller looks by QIDO-RS. */
export type StoreInstanceOutcome =
  | { readonly state: 'stored'; readonly warning?: number; readonly at?: StoredAt }
  | { readonly state: 'failed'; readonly reason: number | undefined; readonly meaning: StoreFailure }
  | { readonly state: 'unknown' };

/** Where the Retrieve URL (0008,1190) of an answer says that an instance stands. */
export interface StoredAt {
  readonly study: string;
  readonly series: string;
  readonly instance: string;
}

export interface StoreResponse {
  /** HTTP status; of several requests the worst. */
  readonly status: number;
  /** By SOP Instance UID. */
  readonly instances: ReadonlyMap<string, StoreInstanceOutcome>;
  /** Why the body told nothing, in our words. */
  readonly text?: string;
}

/** What became of what was sent, as the answers tell. */
export interface StoreOutcomes extends StoreResponse {
  /** SOP Instance UIDs that were not sent, and that the server says it stored. */
  readonly others: readonly string[];
}

/**
 * Reads the answer to a store request (PS3.18 section 10.5.3 and Annex I) at any status: one data set as
 * JSON or XML, a list of them, an empty body, or something else. Failed and referenced items are read by SOP
 * Instance UID; one named in both is unknown. Pure.
 *
 * @param codes the vendor's own failure reasons (profile, stow.codes)
 */
export function parseStoreResponse(
  status: number,
  contentType: string | undefined,
  body: Uint8Array | string,
  codes: Profile['stow']['codes'] = [],
): StoreResponse {
  const text = (typeof body === 'string' ? body : Buffer.from(body).toString('utf8'))
    .replace(/^\uFEFF/u, '')
    .trim();
  if (text === '') return { status, instances: new Map(), text: 'the answer has no body' };
  const datasets = datasetsOf(text);
  if (!datasets) return { status, instances: new Map(), text: unreadable(contentType, text) };
  const instances = new Map<string, StoreInstanceOutcome>();
  for (const dataset of datasets) addOutcomes(instances, dataset, codes);
  return { status, instances };
}

function datasetsOf(text: string): Dataset[] | undefined {
  try {
    if (text.startsWith('<')) return datasetsFromXml(text);
    const parsed = parseJson(text);
    const list = Array.isArray(parsed) ? parsed : [parsed];
    return list.every((item) => item !== null && typeof item === 'object')
      ? list.map(datasetFromJson)
      : undefined;
  } catch {
    // Said by the caller: what cannot be read tells nothing about any instance.
    return undefined;
  }
}

function addOutcomes(
  outcomes: Map<string, StoreInstanceOutcome>,
  dataset: Dataset,
  codes: Profile['stow']['codes'],
): void {
  for (const item of itemsOf(dataset, tags.ReferencedSOPSequence)) {
    const warning = numberOf(item, tags.WarningReason);
    const at = storedAt(stringOf(item, tags.RetrieveURL));
    add(outcomes, item, {
      state: 'stored',
      ...(warning === undefined ? {} : { warning }),
      ...(at === undefined ? {} : { at }),
    });
  }
  for (const item of itemsOf(dataset, tags.FailedSOPSequence)) {
    const reason = numberOf(item, tags.FailureReason);
    add(outcomes, item, { state: 'failed', reason, meaning: storeFailureOf(reason, item, codes) });
  }
}

const address = /\/studies\/(?<study>[0-9.]+)\/series\/(?<series>[0-9.]+)\/instances\/(?<instance>[0-9.]+)/u;

/** Undefined for an address of another form: paths are the server's own. */
function storedAt(url: string | undefined): StoredAt | undefined {
  const { study, series, instance } = address.exec(url ?? '')?.groups ?? {};
  return study && series && instance ? { study, series, instance } : undefined;
}

function add(
  outcomes: Map<string, StoreInstanceOutcome>,
  item: Dataset,
  outcome: StoreInstanceOutcome,
): void {
  const uid = stringOf(item, tags.ReferencedSOPInstanceUID)?.trim();
  if (uid === undefined) return;
  const known = outcomes.get(uid);
  outcomes.set(uid, known && known.state !== outcome.state ? { state: 'unknown' } : outcome);
}

/** The text itself is not repeated: servers put names and stack traces into it. */
function unreadable(contentType: string | undefined, text: string): string {
  const type = contentType === undefined ? 'no media type' : shownMediaType(parseMediaType(contentType).type);
  return `the answer could not be read (${type}, ${text.length} characters)`;
}
