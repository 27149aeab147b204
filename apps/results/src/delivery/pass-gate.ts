import type { StudyIdentity } from '@prelector/findings';
import { latestSighting, openIdentity, ordersOfStudy, recordSighting } from '@prelector/ledger';
import { missingInstances, viewStudy } from '../archive/archive-view.js';
import type { DeliveryTools } from './delivery-tools.js';
import type { GateVerdict } from './identity-gate.js';
import { judgeIdentity } from './identity-gate.js';
import type { Outbound } from './outbound.js';

/** Asks the receiving archive who and what the study is now, and whether the analysed instances are still there. */
export async function passGate(
  { ledger, clients }: DeliveryTools,
  outbound: Outbound,
  inEvidence: StudyIdentity,
): Promise<GateVerdict> {
  const { study, run, inputs, node } = outbound;
  const selected = inputs[0];
  if (!selected) return { open: false, reason: 'the run has no instance to compare with' };
  const { view, missing } = await clients.read(node.id, async (client) => ({
    view: await viewStudy(client, study.studyInstanceUid, selected),
    missing: await missingInstances(client, study.studyInstanceUid, inputs),
  }));
  if (missing.length > 0) {
    return {
      open: false,
      reason: `${missing.length} of ${inputs.length} analysed instances are no longer in the receiving archive`,
    };
  }
  const { pool, vault } = ledger;
  if (view) {
    await ledger.transaction((tx) =>
      recordSighting(tx, vault, {
        studyId: study.id,
        runId: run.id,
        nodeId: node.id,
        stage: 'store',
        identity: view.identity,
      }),
    );
  }
  const released = study.releasedIdentityId && (await openIdentity(pool, vault, study.releasedIdentityId));
  const fetched = await latestSighting(pool, vault, { studyId: study.id, runId: run.id, stage: 'fetch' });
  const orders = released ? [] : await ordersOfStudy(pool, study.id);
  return judgeIdentity({
    atFetch: released || fetched?.identity,
    inEvidence,
    now: view?.identity,
    orders: await Promise.all(
      orders.flatMap(({ identityId }) =>
        identityId
          ? [
              openIdentity(pool, vault, identityId).then((identity) => ({
                identity: identity ?? {},
                issuer: undefined,
              })),
            ]
          : [],
      ),
    ),
    issuerOfNode: node.configuration.issuerOfPatientId,
    holdOnDemographics: outbound.rule?.configuration.holdOnDemographics ?? false,
  });
}
