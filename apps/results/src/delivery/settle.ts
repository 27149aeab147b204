import { readPart10 } from '@prelector/dicom';
import { compareStored } from '@prelector/evidence';
import { PrelectorError } from '@prelector/kernel';
import type { Ledger, Tx } from '@prelector/ledger';
import {
  assertClaim,
  deliveryById,
  lockStudy,
  moveDelivery,
  moveStudy,
  recordAcceptance,
  recordEvent,
  recordSighting,
} from '@prelector/ledger';
import type { StepResult } from '@prelector/pipeline';
import { done, later } from '@prelector/pipeline';
import { identityOfDataset } from '@prelector/findings';
import type { Outbound } from './outbound.js';

const who = 'results';
const explicitVrLittleEndian = '1.2.840.10008.1.2.1';

/** Says in the ledger that the store is about to be sent, under the claim's fence, before it is. */
export async function send(ledger: Ledger, { claim, delivery }: Outbound): Promise<void> {
  await ledger.transaction(async (tx) => {
    await assertClaim(tx, claim);
    await moveDelivery(tx, delivery.id, 'attempted', { who });
  });
}

/** The server does not take this form: the other one carries the findings, and that is said. */
export function refuse({ delivery, evidence, node }: Outbound, answer: string): StepResult {
  const rest =
    evidence.kind === 'measurement-report'
      ? 'the text report alone carries the findings'
      : 'the measurement report alone carries the findings';
  return done(async (tx) => {
    await accept(tx, node.id, evidence, 'refused', answer);
    await moveDelivery(tx, delivery.id, 'refused', {
      who,
      why: `the server does not take this SOP Class (${answer}): ${rest}`,
    });
  });
}

/** Identity or input disagrees: nothing is stored, and the study waits for a person. */
export function hold({ delivery, study }: Outbound, why: string): StepResult {
  return done(async (tx) => {
    const row = await lockStudy(tx, study.id);
    if (row.state !== 'held') await moveStudy(tx, study.id, 'held', { who, why });
    await moveDelivery(tx, delivery.id, 'held', { who, why });
  });
}

/** The node is declared to give nothing back, so its word is all there is. */
export function unverifiable({ delivery }: Outbound): StepResult {
  return done(async (tx) => {
    await moveDelivery(tx, delivery.id, 'stored', { who });
    await moveDelivery(tx, delivery.id, 'accepted-unverifiable', {
      who,
      why: 'the server accepted it, and is declared to give nothing back to compare with',
    });
  });
}

/** Compares what came back with what was sent, and writes what that proves. */
export function conclude(
  outbound: Outbound,
  found: Uint8Array | undefined,
  sent: Uint8Array,
  now?: Date,
): StepResult {
  const { delivery, node } = outbound;
  if (!found) return notThereYet(outbound, now ?? new Date());
  const readBack = readPart10(found).dataset;
  const comparison = compareStored(readPart10(sent).dataset, readBack);
  const changes = comparison.differences.map((each) => ({ ...each }));
  const names = comparison.differences.map((each) => each.keyword).join(', ');
  return done(async (tx) => {
    if ((await deliveryById(tx, delivery.id))?.state === 'pending')
      await moveDelivery(tx, delivery.id, 'attempted', { who });
    if ((await deliveryById(tx, delivery.id))?.state === 'attempted')
      await moveDelivery(tx, delivery.id, 'stored', { who });
    switch (comparison.verdict) {
      case 'equal':
        await accept(tx, node.id, outbound.evidence, 'accepted', 'stored and read back equal');
        await moveDelivery(tx, delivery.id, 'verified', { who, why: 'read back and compared: equal' });
        return;
      case 'coerced':
        await accept(tx, node.id, outbound.evidence, 'accepted', 'stored, with coercion');
        await moveDelivery(
          tx,
          delivery.id,
          'stored-with-coercion',
          { who, why: `read back: identity and content equal, the server changed ${names}` },
          { coercions: changes },
        );
        return;
      case 'misfiled':
        await misfiled(tx, outbound, names);
        return;
      case 'different':
        await moveDelivery(tx, delivery.id, 'dead', {
          who,
          why: `the server holds something else under this UID: ${names} differ`,
        });
    }
  });
}

async function misfiled(tx: Tx, { delivery, study }: Outbound, names: string): Promise<void> {
  const why = `read back under another patient or study (${names}): remove it at the destination by hand`;
  await moveDelivery(tx, delivery.id, 'misfiled', { who, why });
  const row = await lockStudy(tx, study.id);
  if (row.state !== 'held') await moveStudy(tx, study.id, 'held', { who, why });
  await recordEvent(tx, {
    who,
    what: 'alarm: misfiled',
    subjectKind: 'delivery',
    subjectId: delivery.id,
    why,
  });
}

/** A server may show an object some time after it said that it stored it; past that time it is sent again. */
function notThereYet({ delivery, node }: Outbound, now: Date): StepResult {
  const patienceMs = (node.profile.stow.visibleAfterSeconds + 10) * 1000;
  const since = delivery.storedAt ?? now;
  if (now.getTime() - since.getTime() < patienceMs) {
    const until = new Date(now.getTime() + 2000);
    return later(until, 'the server said that it stored the object, and does not show it yet', async (tx) => {
      if ((await deliveryById(tx, delivery.id))?.state === 'attempted')
        await moveDelivery(tx, delivery.id, 'stored', { who });
    });
  }
  throw new PrelectorError(
    'deliver.not-visible',
    'ambiguous',
    'The server said that it stored the object, and does not have it; ask its administrator why.',
  );
}

async function accept(
  tx: Tx,
  nodeId: string,
  evidence: Outbound['evidence'],
  status: 'accepted' | 'refused',
  words: string,
): Promise<void> {
  await recordAcceptance(tx, {
    nodeId,
    service: 'stow',
    sopClassUid: evidence.sopClassUid,
    template: evidence.template,
    transferSyntax: explicitVrLittleEndian,
    status,
    how: 'learnt',
    evidence: words,
  });
}

/** Keeps whom the object was read back as. */
export async function sightReadBack(
  tx: Tx,
  ledger: Ledger,
  outbound: Outbound,
  found: Uint8Array,
): Promise<void> {
  await recordSighting(tx, ledger.vault, {
    studyId: outbound.study.id,
    runId: outbound.run.id,
    nodeId: outbound.node.id,
    stage: 'read-back',
    identity: identityOfDataset(readPart10(found).dataset),
  });
}
