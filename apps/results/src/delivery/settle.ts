import { readPart10 } from '@prelector/dicom';
import { compareStored } from '@prelector/evidence';
import type { SendingDecision } from '@prelector/findings';
import { identityOfDataset } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type { DeliveryRow, Ledger, Tx } from '@prelector/ledger';
import {
  assertClaim,
  lockDelivery,
  lockStudy,
  moveDelivery,
  moveStudy,
  recordAcceptance,
  recordEvent,
  recordSighting,
  siblingsOfDelivery,
} from '@prelector/ledger';
import type { StepResult } from '@prelector/pipeline';
import { done, later } from '@prelector/pipeline';
import type { Outbound } from './outbound.js';
import { mayBeSent } from './outbound.js';

const who = 'results';
const explicitVrLittleEndian = '1.2.840.10008.1.2.1';

/** Whether the store may go out now, as decided in the transaction that says so. */
export type Leave = { readonly go: true } | { readonly go: false; readonly result: StepResult };

/**
 * Decides once more, with the study's row locked and under the claim's fence, and says in the ledger that
 * the store is about to be sent. So a hold, a signature or a switch that came during the gate still counts.
 */
export async function leaveToSend(ledger: Ledger, outbound: Outbound): Promise<Leave> {
  const { claim, delivery } = outbound;
  return ledger.transaction(async (tx): Promise<Leave> => {
    await assertClaim(tx, claim);
    const study = await lockStudy(tx, outbound.study.id);
    if (study.state === 'held')
      return { go: false, result: hold(outbound, study.stateReason ?? 'the study is held') };
    if (study.state === 'watching') {
      return {
        go: false,
        result: later(
          new Date(ledger.clock.now().getTime() + 10_000),
          'images of the study are still arriving',
        ),
      };
    }
    const decision = await mayBeSent(tx, outbound, study);
    if (!decision.send) return { go: false, result: notSent(outbound, decision) };
    const row = await lockDelivery(tx, delivery.id);
    if (!['pending', 'attempted', 'stored'].includes(row.state)) return { go: false, result: done() };
    await moveDelivery(tx, delivery.id, 'attempted', { who });
    return { go: true };
  });
}

/** The evidence stays here, and why is said. */
export function notSent(
  { delivery }: Outbound,
  decision: Extract<SendingDecision, { send: false }>,
): StepResult {
  return done(async (tx) => {
    await settleFrom(tx, delivery.id, ['pending', 'attempted', 'stored'], 'not-sent', decision.reason);
  });
}

/** The server does not take this form: the other one carries the findings, and that is said. */
export async function refuse(ledger: Ledger, outbound: Outbound, answer: string): Promise<StepResult> {
  const { delivery, evidence, node } = outbound;
  const siblings = await siblingsOfDelivery(ledger.pool, delivery.id);
  if (siblings.length > 0 && siblings.every((each) => each.state === 'refused')) {
    throw new PrelectorError(
      'deliver.nothing-accepted',
      'permanent',
      'The server takes none of the forms of evidence: nothing carries the findings. Ask its administrator to accept SR objects, then try again.',
    );
  }
  const rest =
    evidence.kind === 'measurement-report'
      ? 'the text report alone carries the findings'
      : 'the measurement report alone carries the findings';
  const why = `the server does not take this SOP Class (${answer}): ${rest}`;
  return done(async (tx) => {
    await accept(tx, node.id, evidence, 'refused', answer);
    await settleFrom(tx, delivery.id, ['pending', 'attempted', 'stored'], 'refused', why);
  });
}

/** Identity disagrees: nothing is stored, and the study waits for a person. */
export function hold({ delivery, study }: Outbound, why: string): StepResult {
  return done(async (tx) => {
    const row = await lockStudy(tx, study.id);
    if (row.state !== 'held') await moveStudy(tx, study.id, 'held', { who, why });
    await settleFrom(tx, delivery.id, ['pending', 'attempted', 'stored'], 'held', why);
  });
}

/** The node is declared to give nothing back, so its word is all there is. */
export function unverifiable({ delivery }: Outbound): StepResult {
  return done(async (tx) => {
    await asStored(tx, delivery.id);
    await moveDelivery(tx, delivery.id, 'accepted-unverifiable', {
      who,
      why: 'the server accepted it, and is declared to give nothing back to compare with',
    });
  });
}

/** Compares what came back with what was sent, and writes what that proves. */
export function conclude(
  ledger: Ledger,
  outbound: Outbound,
  found: Uint8Array | undefined,
  sent: Uint8Array,
  now: Date,
): StepResult {
  if (!found) return notThereYet(outbound, now);
  const readBack = readPart10(found).dataset;
  const comparison = compareStored(readPart10(sent).dataset, readBack);
  const names = comparison.differences.map((each) => each.keyword).join(', ');
  const { delivery, node, study, run, evidence } = outbound;
  if (comparison.verdict === 'different') {
    throw new PrelectorError(
      'deliver.different',
      'permanent',
      `The server holds something else under this UID (${names} differ); ask its administrator why.`,
    );
  }
  return done(async (tx) => {
    await asStored(tx, delivery.id);
    await recordSighting(tx, ledger.vault, {
      studyId: study.id,
      runId: run.id,
      nodeId: node.id,
      stage: 'read-back',
      identity: identityOfDataset(readBack),
    });
    if (comparison.verdict === 'misfiled') return misfiled(tx, outbound, names);
    if (comparison.verdict === 'equal') {
      await accept(tx, node.id, evidence, 'accepted', 'stored and read back equal');
      await moveDelivery(tx, delivery.id, 'verified', { who, why: 'read back and compared: equal' });
      return;
    }
    await accept(tx, node.id, evidence, 'accepted', 'stored, with coercion');
    const why = `read back: identity and content equal, the server changed ${names}`;
    const coercions = comparison.differences.map((each) => ({ ...each }));
    await moveDelivery(tx, delivery.id, 'stored-with-coercion', { who, why }, { coercions });
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
    const why = 'the server said that it stored the object, and does not show it yet';
    return later(new Date(now.getTime() + 2000), why, (tx) => asStored(tx, delivery.id));
  }
  throw new PrelectorError(
    'deliver.not-visible',
    'ambiguous',
    'The server said that it stored the object, and does not have it; ask its administrator why.',
  );
}

/** Brings a delivery to `stored`, from wherever an earlier attempt left it. */
async function asStored(tx: Tx, deliveryId: string): Promise<void> {
  const { state } = await lockDelivery(tx, deliveryId);
  if (state === 'pending') await moveDelivery(tx, deliveryId, 'attempted', { who });
  if (state !== 'stored') await moveDelivery(tx, deliveryId, 'stored', { who });
}

/** Moves a delivery that still stands in one of the given states; one that something else has settled stays. */
async function settleFrom(
  tx: Tx,
  deliveryId: string,
  from: readonly DeliveryRow['state'][],
  to: DeliveryRow['state'],
  why: string,
): Promise<void> {
  const { state } = await lockDelivery(tx, deliveryId);
  if (from.includes(state)) await moveDelivery(tx, deliveryId, to, { who, why });
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
