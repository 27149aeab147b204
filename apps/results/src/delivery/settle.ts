import { readPart10 } from '@prelector/dicom';
import { compareStoredFiles, formOfKind } from '@prelector/evidence';
import { findingKindsOf, identityOfDataset, whatCarries } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type { Tx } from '@prelector/ledger';
import type { StepEnd, StepResult } from '@prelector/pipeline';
import { failed } from '@prelector/pipeline';
import { noteAcceptance } from './acceptance.js';
import type { Locked } from './decided.js';
import { decided, takeUp } from './decided.js';
import type { DeliveryTools } from './delivery-tools.js';
import type { GateVerdict } from './identity-gate.js';
import { lookAgain, settleUnsent } from './keep-back.js';
import type { Outbound } from './outbound.js';
import { isReadBefore } from './permission.js';
import { mostBytes } from './read-back.js';
import { takeUpReferring } from './referred-forms.js';
import { asTheyCount, countsAsRefused } from './refused-unseen.js';

const who = 'results';
const nothingThere = { inDoubtSince: null };

/**
 * The server does not take this form: whether others carry the findings is read from the ledger
 * wherever it is told, so that it is true at that time. When none does or will, a person is asked for.
 *
 * @param answer what the server said just now; undefined when it said so before
 */
export function refuse(tools: DeliveryTools, outbound: Outbound, answer: string | undefined): StepResult {
  return decided(outbound, async (tx, locked) => {
    if (answer !== undefined) await noteAcceptance(tx, tools, outbound, 'refused', answer);
    return asRefused(tx, outbound, locked, answer ?? 'known from before');
  });
}

/**
 * The server does not take this form, and whether it has this very object all the same it did not answer: it is looked
 * for, for a day, while another form carries the findings; then the word counts. Where none does or will, a person is
 * asked for once looks of a minute were not answered either, by whichever form comes last to that; the others are
 * looked for on. What the server says of the form counts for other objects at once.
 *
 * @param said what the server said just now; undefined when it said so before
 */
export function refuseUnseen(
  tools: DeliveryTools,
  outbound: Outbound,
  said: { readonly answer: string; readonly error: PrelectorError } | undefined,
): StepResult {
  return decided(outbound, async (tx, locked) => {
    const { id } = locked.delivery;
    if (said) await noteAcceptance(tx, tools, outbound, 'refused', said.answer);
    const doubt = await tx.deliveries.doubtOf(id);
    const known = doubt && (said ? { ...doubt, cause: said.error.message, code: said.error.code } : doubt);
    if (known && countsAsRefused(known) && (await isLost(tx, outbound))) return failed(nothingAccepted());
    const again = known && (await lookAgain(tx, tools, id, known, 'the server does not take this SOP Class'));
    if (!again)
      return asRefused(tx, outbound, locked, 'it was looked for until now, and no look was answered');
    // What came of the store is told by the words of the attempt that made it.
    return said ? { ...again, reason: said.error.message, code: said.error.code } : again;
  });
}

async function asRefused(
  tx: Tx,
  outbound: Outbound,
  locked: Locked,
  how: string,
): Promise<StepEnd | undefined> {
  const { delivery } = locked;
  await tx.deliveries.endDoubt(delivery.id);
  if (await isLost(tx, outbound)) return failed(nothingAccepted());
  if (delivery.state === 'refused') return undefined;
  await takeUp(tx, locked);
  const why = `the server does not take this SOP Class (${how})`;
  await tx.moves.delivery(delivery.id, 'refused', { who, why }, nothingThere);
  return undefined;
}

/** Whether no form carries, or will, what the findings state and this one would have carried. */
async function isLost(tx: Tx, { delivery, evidence, findings }: Outbound): Promise<boolean> {
  const stated = findingKindsOf(findings.body);
  const own = formOfKind(evidence.kind)?.carries.filter((each) => stated.includes(each)) ?? stated;
  return whatCarries(asTheyCount(await tx.deliveries.siblingsOf(delivery.id)), own).lost;
}

const nothingAccepted = () =>
  new PrelectorError(
    'deliver.nothing-accepted',
    'permanent',
    'The server refuses each form of evidence that could: nothing carries the findings, or not all of them. Ask its administrator to accept the SOP Classes that it refuses; then retry this, and each form is sent again once the server answers that it does not have it.',
  );

/** The server did not take this very object, or was not asked to; it is tried again, or given up, as the error says. */
export function notTaken(outbound: Outbound, error: PrelectorError): StepResult {
  return decided(outbound, async (tx, { delivery }) => {
    const before = outbound.delivery.inDoubtSince;
    await tx.deliveries.resumeDoubt(delivery.id, before);
    if (!before && delivery.state === 'attempted')
      await tx.moves.delivery(delivery.id, 'pending', { who, why: error.message });
    return failed(error);
  });
}

/**
 * The server denied this very object and did not answer the look for it, which proves nothing: the next attempt begins
 * with one. Of an earlier store it is as open as before what came of that.
 */
export function deniedUnseen(outbound: Outbound, error: PrelectorError): StepResult {
  return decided(outbound, async (tx, { delivery }) => {
    const before = outbound.delivery.inDoubtSince;
    if (before) await tx.deliveries.resumeDoubt(delivery.id, before);
    return failed(new PrelectorError(error.code, 'ambiguous', error.message, { cause: error }));
  });
}

/** Identity disagrees: nothing is stored, and the study waits for a person, or until its orders agree where only they do not. */
export function hold(
  tools: DeliveryTools,
  outbound: Outbound,
  { reason: why, awaitsOrder }: Extract<GateVerdict, { open: false }>,
): StepResult {
  return decided(outbound, async (tx, locked) => {
    const { study } = locked;
    // A person has released it since the gate asked: what the gate found is looked at anew.
    if (isReadBefore(outbound, study))
      return { kind: 'later', until: tools.clock.now(), reason: 'the study was released meanwhile' };
    await tx.holds.hold(study, { who, why, awaitsOrder });
    return settleUnsent(tx, tools, outbound, locked, { kind: 'keep', as: 'held', why });
  });
}

/** What bears a number that its patient no longer has gives way to the same result under the present one. */
export function encodeAnew({ clock }: DeliveryTools, outbound: Outbound, reason: string): StepResult {
  return decided(outbound, async (tx, { study }): Promise<StepEnd> => {
    const { priority } = study;
    await tx.steps.schedule({ step: 'encode', rowId: outbound.run.id, priority, restart: true });
    return { kind: 'later', until: new Date(clock.now().getTime() + 10_000), reason };
  });
}

/** The node is declared to give nothing back, so its word is all there is. */
export function unverifiable(outbound: Outbound): StepResult {
  return decided(outbound, async (tx, { delivery }) => {
    await asStored(tx, delivery.id);
    const why = 'the server accepted it, and is declared to give nothing back to compare with';
    await tx.moves.delivery(delivery.id, 'accepted-unverifiable', { who, why }, nothingThere);
    await takeUpReferring(tx, outbound);
  });
}

/** Compares what came back with what was sent, and writes what that proves. */
export function conclude(
  tools: DeliveryTools,
  outbound: Outbound,
  found: Uint8Array | undefined,
  sent: Uint8Array,
): StepResult {
  if (!found) return notThereYet(tools, outbound);
  const was = readPart10(sent);
  const is = found === sent ? was : readPart10(found, { maxInflatedBytes: mostBytes(sent.length) });
  const comparison = compareStoredFiles(was, is);
  const names = comparison.differences.map((each) => each.keyword).join(', ');
  const { node, run } = outbound;
  return decided(outbound, async (tx, locked) => {
    const { study, delivery } = locked;
    if (comparison.verdict === 'different') {
      await tx.deliveries.endDoubt(delivery.id);
      return failed(different(names));
    }
    await asStored(tx, delivery.id);
    await tx.identities.recordSighting({
      studyId: study.id,
      runId: run.id,
      nodeId: node.id,
      stage: 'read-back',
      identity: identityOfDataset(is.dataset),
    });
    if (comparison.verdict === 'misfiled') return misfiled(tx, locked, names);
    if (comparison.verdict === 'equal') {
      await noteAcceptance(tx, tools, outbound, 'accepted', 'stored and read back equal');
      const why = 'read back and compared: equal';
      await tx.moves.delivery(delivery.id, 'verified', { who, why }, nothingThere);
      return takeUpReferring(tx, outbound);
    }
    await noteAcceptance(tx, tools, outbound, 'accepted', 'stored, with coercion');
    const why = `read back: identity and content equal, the server changed ${names}`;
    const coercions = comparison.differences.map((each) => ({ ...each }));
    await tx.moves.delivery(
      delivery.id,
      'stored-with-coercion',
      { who, why },
      { ...nothingThere, coercions },
    );
    return takeUpReferring(tx, outbound);
  });
}

const different = (names: string) =>
  new PrelectorError(
    'deliver.different',
    'permanent',
    `The server holds something else under this UID (${names} differ); ask its administrator why.`,
  );

async function misfiled(tx: Tx, { delivery, study }: Locked, names: string): Promise<void> {
  const why = `read back under another patient or study (${names}): remove it at the destination by hand`;
  await tx.moves.delivery(delivery.id, 'misfiled', { who, why }, nothingThere);
  await tx.holds.hold(study, { who, why, awaitsOrder: false });
  await tx.events.record({
    who,
    what: 'alarm: misfiled',
    subjectKind: 'delivery',
    subjectId: delivery.id,
    why,
  });
}

/** A server may show an object some time after it said that it stored it; past that time it is sent once more. */
function notThereYet({ clock }: DeliveryTools, outbound: Outbound): StepResult {
  const patienceMs = (outbound.node.profile.stow.visibleAfterSeconds + 10) * 1000;
  return decided(outbound, async (tx, { delivery }): Promise<StepEnd> => {
    const now = clock.now().getTime();
    const since = delivery.storedAt?.getTime() ?? now;
    // The patience is that of the first store: what is sent once more is not waited for anew, and so given up in the end.
    await asStored(tx, delivery.id, delivery.storedAt);
    if (now - since >= patienceMs) return failed(notVisible());
    const reason = 'the server said that it stored the object, and does not show it yet';
    return { kind: 'later', until: new Date(now + 2000), reason };
  });
}

const notVisible = () =>
  new PrelectorError(
    'deliver.not-visible',
    'ambiguous',
    'The server said that it stored the object, and does not have it; ask its administrator why.',
  );

/** Brings a delivery to `stored`, from wherever an earlier attempt left it. */
async function asStored(tx: Tx, deliveryId: string, storedAt?: Date | null): Promise<void> {
  const { state } = await tx.deliveries.lock(deliveryId);
  if (state === 'pending') await tx.moves.delivery(deliveryId, 'attempted', { who });
  if (state === 'stored') return;
  await tx.moves.delivery(deliveryId, 'stored', { who }, storedAt ? { storedAt } : {});
}
