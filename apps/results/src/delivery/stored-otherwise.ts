import { stringOf, tags } from '@prelector/dicom';
import type { Dataset } from '@prelector/dicom';
import { PrelectorError } from '@prelector/kernel';
import type { StepResult } from '@prelector/pipeline';
import type { DeliveryTools } from './delivery-tools.js';
import type { Outbound } from './outbound.js';

/** What an attempt waits for, and a dead letter says, where searches failed. */
const unanswered = 'deliver.search-unanswered';
/** So often searches that fail are made again before what may be stored is stored once more: for about a minute. */
const searches = 5;

/**
 * Looks for what a server made of an object that it does not give back under our UIDs: another object in our
 * series, or the same SOP Instance UID in another series of the study. Without that, every further store would add a
 * copy. A search that failed is made again after a pause, which is answered. Where it always fails, one further store
 * goes without.
 *
 * @throws `deliver.stored-otherwise` when there is one; `deliver.search-unanswered` when searches fail after that store
 */
export async function expectNotStoredOtherwise(
  { ledger, clients, clock }: DeliveryTools,
  { node, study, evidence, delivery }: Outbound,
): Promise<StepResult | undefined> {
  if (node.profile.stow.verify === 'none') return undefined;
  const { seriesInstanceUid, sopInstanceUid } = evidence;
  const ours = await ledger.pool.evidence.uidsInSeries(seriesInstanceUid);
  const { inSeries, ofUid } = await clients.read(node.id, async (client) => ({
    inSeries: await client.searchForInstances(study.studyInstanceUid, seriesInstanceUid).catch(noSearch),
    ofUid: await client
      .searchForInstances(study.studyInstanceUid, undefined, { sopInstanceUid })
      .catch(noSearch),
  }));
  for (const each of inSeries ?? []) {
    const uid = uidOf(each, tags.SOPInstanceUID);
    if (uid !== undefined && !ours.has(uid)) throw storedOtherwise(`its series holds ${uid}`);
  }
  for (const each of ofUid ?? []) {
    if (uidOf(each, tags.SOPInstanceUID) !== sopInstanceUid) continue;
    const series = uidOf(each, tags.SeriesInstanceUID);
    if (series !== undefined && series !== seriesInstanceUid)
      throw storedOtherwise(`it stands in series ${series}`);
  }
  if (inSeries && ofUid) return undefined;
  const { beforeStore, sinceStore } = await ledger.pool.deliveries.attemptsEndedWith(delivery.id, unanswered);
  if (sinceStore < searches) {
    const until = new Date(clock.now().getTime() + 2 ** (sinceStore + 1) * 1000);
    const reason = 'the server failed to answer a search for what it may have stored, and is asked again';
    return { kind: 'later', until, reason, code: unanswered };
  }
  if (beforeStore > 0) throw searchUnanswered();
  return undefined;
}

const searchUnanswered = () =>
  new PrelectorError(
    'deliver.search-unanswered',
    'permanent',
    'The server does not have the object under its UID, and fails to answer searches for what else it made of it, also after a second store. Look at the archive whether the report stands there under other UIDs and remove that; then retry this, and it is stored once more.',
  );

/** @param where what names another object, series or study than was sent */
export const storedOtherwise = (where: string): PrelectorError =>
  new PrelectorError(
    'deliver.stored-otherwise',
    'permanent',
    `The server stores objects under other UIDs than they are sent with (${where}); have its administrator end that and remove what it stored, then retry this.`,
  );

const uidOf = (dataset: Dataset, tag: string) => stringOf(dataset, tag)?.trim();

const showsNothing: ReadonlySet<string> = new Set(['dicomweb.not-found', 'dicomweb.not-implemented']);

/**
 * A series that is not there, or a search that the server does not have, shows nothing: servers answer both with 400,
 * 404 and 501, some with 500. That may pass, so it is told apart: undefined.
 */
function noSearch(thrown: unknown): Dataset[] | undefined {
  const says = thrown instanceof PrelectorError && thrown.code.startsWith('dicomweb.') ? thrown : undefined;
  if (says?.code === 'dicomweb.server-error') return undefined;
  if (says && (showsNothing.has(says.code) || (says.recovery === 'permanent' && says.scope !== 'node')))
    return [];
  throw thrown;
}
