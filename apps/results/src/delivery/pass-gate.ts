import type { StudyIdentity } from '@prelector/findings';
import type { StandIns } from '@prelector/ledger';
import { identityInputOf, underNumberOf } from '@prelector/ledger';
import { listedIdentities, missingInstances, viewStudy } from '@prelector/pipeline';
import type { DeliveryTools } from './delivery-tools.js';
import type { GateVerdict } from './identity-gate.js';
import { judgeIdentity } from './identity-gate.js';
import type { Outbound } from './outbound.js';
import { studyNotThere } from './outbound.js';

/**
 * Asks the receiving archive who and what the study is now, and whether the analysed instances are there.
 *
 * @throws `deliver.study-not-there` while they are not: they may be on their way
 */
export async function passGate(
  { ledger, clients }: DeliveryTools,
  outbound: Outbound,
  inEvidence: StudyIdentity,
): Promise<GateVerdict> {
  const { study, run, inputs, node, source } = outbound;
  const selected = identityInputOf(run, inputs);
  if (!selected)
    return { open: false, reason: 'the run has no instance to compare with', awaitsOrder: false };
  const { listed, view, missing } = await clients.read(node.id, async (client) => ({
    listed: await listedIdentities(client, study.studyInstanceUid),
    view: await viewStudy(client, study.studyInstanceUid, selected),
    missing: await missingInstances(client, study.studyInstanceUid, inputs),
  }));
  if (listed.length === 0 || !view) throw studyNotThere('the study');
  if (missing.length > 0) throw studyNotThere(`${missing.length} of ${inputs.length} analysed instances`);
  const { pool } = ledger;
  const spokenOf = await ledger.transaction(async (tx) => {
    const { studyInstanceUid } = study;
    await tx.locks.aboutStudies([{ studyInstanceUid, identities: [view.identity] }]);
    await tx.identities.recordSighting({
      studyId: study.id,
      runId: run.id,
      nodeId: node.id,
      stage: 'store',
      identity: view.identity,
    });
    // What orders say under the numbers that the archive states now counts, too: signed, cancelled, another patient.
    return tx.joining.joinStudy(study, { nodeId: node.id, identity: view.identity }, { who: 'results' });
  });
  const covered = await pool.identities.releasedOf(study.id);
  const fetched = await pool.identities.latestSighting({ studyId: study.id, runId: run.id, stage: 'fetch' });
  const released = study.releasedIdentityId && fetched?.identity && covered(fetched.identity);
  // A person took what was seen then for one patient: it agrees with the identity released, or with another of those.
  const instead =
    released && !covered(view.identity)
      ? await pool.identities.open(study.releasedIdentityId as string)
      : view.identity;
  const seen = released ? instead : fetched?.identity;
  const [issuerOfSource, issuerOfNode] = [source, node].map(
    ({ configuration }) => configuration.issuerOfPatientId,
  );
  const isMerged = async (before: StudyIdentity, issuers: StandIns) => {
    for (const id of new Set([node.id, source.id]))
      if ((await pool.patients.kinship(id, before, view.identity, issuers)) !== 'merged-into') return false;
    return true;
  };
  // As both state it: encoded anew, evidence bears no issuer that its images do not state.
  if (await isMerged(inEvidence, {})) {
    // What is encoded anew bears what the images' own archive states.
    const ofSource =
      source.id === node.id
        ? view
        : await clients.read(source.id, (client) => viewStudy(client, study.studyInstanceUid, selected));
    const isBehind =
      ofSource &&
      (await pool.patients.kinship(source.id, ofSource.identity, view.identity, {})) === 'merged-into';
    if (!isBehind) {
      const reason = 'the patient was merged since it was encoded, and the archive has followed';
      return { open: false, reason, awaitsOrder: false, isOutdated: true };
    }
    const reason = `PACS node ${node.name} has followed a merge of the patient, and ${source.name}, where the images came from, has not`;
    return { open: false, reason, awaitsOrder: false };
  }
  // Images that were fetched under a number that was retired since for the one they bear now are that patient's.
  const atFetch =
    seen && (await isMerged(seen, { firstIssuer: issuerOfSource, secondIssuer: issuerOfNode }))
      ? underNumberOf(seen, view.identity)
      : seen;
  return judgeIdentity({
    atFetch,
    inEvidence,
    now: view.identity,
    // Whoever released the study has seen what the archive listed then, too.
    listed: listed.filter((each) => !covered(each)),
    orders: (
      await pool.orderStatements.of(spokenOf, { nodeId: node.id, identity: view.identity }, issuerOfNode)
    ).map(({ identity }) => identity),
    issuerOfSource,
    issuerOfNode,
    holdOnDemographics: outbound.rules.some((rule) => rule.configuration.holdOnDemographics),
  });
}
