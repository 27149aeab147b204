import { stringOf, tags } from '@prelector/dicom';
import type { Dataset } from '@prelector/dicom';
import { PrelectorError } from '@prelector/kernel';
import { evidenceInSeries } from '@prelector/ledger';
import type { DeliveryTools } from './delivery-tools.js';
import type { Outbound } from './outbound.js';

/**
 * Looks for what a server made of an object that it does not give back under our UIDs: another object in our
 * series, or the same SOP Instance UID in another series of the study. Without that, every further store would add a copy.
 *
 * @throws `deliver.stored-otherwise` when there is one
 */
export async function expectNotStoredOtherwise(
  { ledger, clients }: DeliveryTools,
  { node, study, evidence }: Outbound,
): Promise<void> {
  if (node.profile.stow.verify === 'none') return;
  const { seriesInstanceUid, sopInstanceUid } = evidence;
  const ours = await evidenceInSeries(ledger.pool, seriesInstanceUid);
  const { inSeries, ofUid } = await clients.read(node.id, async (client) => ({
    inSeries: await client.searchForInstances(study.studyInstanceUid, seriesInstanceUid).catch(noSearch),
    ofUid: await client
      .searchForInstances(study.studyInstanceUid, undefined, { sopInstanceUid })
      .catch(noSearch),
  }));
  for (const each of inSeries) {
    const uid = uidOf(each, tags.SOPInstanceUID);
    if (uid !== undefined && !ours.has(uid)) throw storedOtherwise(`its series holds ${uid}`);
  }
  for (const each of ofUid) {
    if (uidOf(each, tags.SOPInstanceUID) !== sopInstanceUid) continue;
    const series = uidOf(each, tags.SeriesInstanceUID);
    if (series !== undefined && series !== seriesInstanceUid)
      throw storedOtherwise(`it stands in series ${series}`);
  }
}

/** @param where what names another object, series or study than was sent */
export const storedOtherwise = (where: string): PrelectorError =>
  new PrelectorError(
    'deliver.stored-otherwise',
    'permanent',
    `The server stores objects under other UIDs than they are sent with (${where}); have its administrator end that and remove what it stored, then retry this.`,
  );

const uidOf = (dataset: Dataset, tag: string) => stringOf(dataset, tag)?.trim();

const showsNothing: ReadonlySet<string> = new Set(['dicomweb.not-found', 'dicomweb.server-error']);

/**
 * A series that is not there, or a search that the server does not have, shows nothing: servers answer both with 500
 * and 501, too.
 */
function noSearch(thrown: unknown): Dataset[] {
  const says = thrown instanceof PrelectorError && thrown.code.startsWith('dicomweb.') ? thrown : undefined;
  if (says && (showsNothing.has(says.code) || (says.recovery === 'permanent' && says.scope !== 'node')))
    return [];
  throw thrown;
}
