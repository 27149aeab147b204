import { randomUUIDv7 } from 'node:crypto';
import type { ReadingState } from '@prelector/findings';
import { readingTransitions } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';
import { In } from 'typeorm';
import { nowOf } from '../database-clock.js';
import { ledgerError } from '../errors.js';
import { recordEvent } from '../events/record-event.js';
import type { KeptIdentity } from '../identities/identities.js';
import { accessionHmac, openIdentity, patientHmac, storeIdentity } from '../identities/identities.js';
import { IdentityRow } from '../identities/identity.entity.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { insertOnce, lockRow, rowOf, rowsOf } from '../sql.js';
import { StudyRow } from '../studies/study.entity.js';
import type { Tx } from '../tx.js';
import { OrderRow } from './order.entity.js';

/** What a message says of one order. What it leaves out stays as it was. */
export interface NewOrder {
  readonly feedId?: string | undefined;
  /** Within which order numbers are unique: the feed's assigning authority, else the feed's name. */
  readonly authority: string;
  readonly identity: KeptIdentity;
  readonly studyInstanceUids?: readonly string[] | undefined;
  /** Smaller goes first. */
  readonly priority?: number | undefined;
  readonly modality?: string | undefined;
  readonly procedureCode?: OrderRow['procedureCode'] | undefined;
  readonly expectedInstances?: number | undefined;
  readonly acquisitionEnded?: boolean | undefined;
  readonly readingState?: ReadingState | undefined;
  readonly testOnly?: boolean | undefined;
  readonly giveUpAt?: Date | undefined;
  /** For the event. */
  readonly who: string;
  readonly why?: string | undefined;
}

/**
 * Keeps what a message says of an order. The same order is known again by its filler number, else its
 * placer, accession number or Study Instance UIDs, within its authority; safe when several say so at once.
 */
export async function recordOrder(
  tx: Tx,
  vault: IdentityVault,
  order: NewOrder,
): Promise<{ order: OrderRow; created: boolean }> {
  const orderKey = (await knownKey(tx, vault, order)) ?? keyOf(vault, order);
  const { identity } = order;
  const { row, created } = await insertOnce(
    tx,
    OrderRow,
    {
      id: randomUUIDv7(),
      orderKey,
      feedId: order.feedId ?? null,
      studyInstanceUids: [...(order.studyInstanceUids ?? [])],
      accessionHmac: accessionHmac(vault, identity) ?? null,
      patientHmac: patientHmac(vault, identity) ?? null,
      placerHmac: numberHmac(vault, 'placer', order.authority, identity.placerOrderNumber),
      fillerHmac: numberHmac(vault, 'filler', order.authority, identity.fillerOrderNumber),
      priority: order.priority ?? 5,
      modality: order.modality ?? null,
      procedureCode: order.procedureCode ?? null,
      expectedInstances: order.expectedInstances ?? null,
      acquisitionEnded: order.acquisitionEnded ?? false,
      readingState: order.readingState ?? 'unknown',
      testOnly: order.testOnly ?? false,
      giveUpAt: order.giveUpAt ?? null,
    },
    { orderKey },
  );
  if (!created) return { order: await amend(tx, vault, row.id, order), created };
  const identityId = await storeIdentity(tx, vault, identity);
  await tx.update(OrderRow, { id: row.id }, { identityId });
  await recordEvent(tx, {
    who: order.who,
    what: 'heard of',
    subjectKind: 'order',
    subjectId: row.id,
    after: { state: row.state, identity: identityId },
    why: order.why,
  });
  return { order: Object.assign(row, { identityId }), created };
}

async function amend(tx: Tx, vault: IdentityVault, id: string, order: NewOrder): Promise<OrderRow> {
  const row = await lockRow(tx, OrderRow, id);
  const { identity } = order;
  const change: Partial<OrderRow> = {
    studyInstanceUids: [...new Set([...row.studyInstanceUids, ...(order.studyInstanceUids ?? [])])],
    accessionHmac: accessionHmac(vault, identity) ?? row.accessionHmac,
    patientHmac: patientHmac(vault, identity) ?? row.patientHmac,
    placerHmac: numberHmac(vault, 'placer', order.authority, identity.placerOrderNumber) ?? row.placerHmac,
    fillerHmac: numberHmac(vault, 'filler', order.authority, identity.fillerOrderNumber) ?? row.fillerHmac,
    priority: order.priority ?? row.priority,
    modality: order.modality ?? row.modality,
    procedureCode: order.procedureCode ?? row.procedureCode,
    expectedInstances: order.expectedInstances ?? row.expectedInstances,
    acquisitionEnded: row.acquisitionEnded || (order.acquisitionEnded ?? false),
    readingState: further(row.readingState, order.readingState),
    giveUpAt: order.giveUpAt ?? row.giveUpAt,
    identityId: await identityAfter(tx, vault, row, order),
    updatedAt: nowOf(tx),
  };
  await tx.update(OrderRow, { id }, change);
  return Object.assign(row, change);
}

/** A message that states another identity makes a new identity row and an event that points to both. */
async function identityAfter(tx: Tx, vault: IdentityVault, row: OrderRow, order: NewOrder): Promise<string> {
  const kept = row.identityId ? await tx.findOneBy(IdentityRow, { id: row.identityId }) : null;
  const before = kept?.body ? await openIdentity(tx, vault, kept.id) : undefined;
  const merged = { ...before, ...order.identity };
  if (kept?.contentHmac === vault.hmac('identity', canonicalJson(merged))) return kept.id;
  const identityId = await storeIdentity(tx, vault, merged);
  await recordEvent(tx, {
    who: order.who,
    what: 'identity changed',
    subjectKind: 'order',
    subjectId: row.id,
    before: { identity: row.identityId },
    after: { identity: identityId },
    why: order.why,
  });
  return identityId;
}

/**
 * The key of an order that is known by one of its numbers: a report may carry a filler number where the order
 * had only a placer's. Orders with another filler number are others, also under one placer number.
 */
async function knownKey(tx: Tx, vault: IdentityVault, order: NewOrder): Promise<string | undefined> {
  const { authority, identity, testOnly } = order;
  const filler = numberHmac(vault, 'filler', authority, identity.fillerOrderNumber);
  const placer = numberHmac(vault, 'placer', authority, identity.placerOrderNumber);
  const row = await rowOf<{ key: string }>(
    tx,
    `SELECT order_key AS key FROM study_order
     WHERE test_only = $3 AND (filler_hmac = $1 OR (placer_hmac = $2 AND (filler_hmac IS NULL OR $1 IS NULL)))
     ORDER BY (filler_hmac = $1) DESC NULLS LAST, created_at LIMIT 1`,
    [filler, placer, testOnly ?? false],
  );
  return row?.key;
}

function further(from: ReadingState, to: ReadingState | undefined): ReadingState {
  return to !== undefined && readingTransitions[from].some((state) => state === to) ? to : from;
}

function numberHmac(vault: IdentityVault, kind: string, authority: string, text?: string): string | null {
  const number = text?.trim();
  return number ? vault.hmac(kind, authority, number) : null;
}

function keyOf(vault: IdentityVault, order: NewOrder): string {
  const { fillerOrderNumber, placerOrderNumber, accessionNumber } = order.identity;
  const uids = [...(order.studyInstanceUids ?? [])].sort().join('\\');
  const known: [string, string | undefined][] = [
    ['filler', fillerOrderNumber],
    ['placer', placerOrderNumber],
    ['accession', accessionNumber],
    ['study', uids],
  ];
  const [kind, text] = known.find(([, value]) => value?.trim()) ?? [];
  if (kind === undefined || text === undefined) throw ledgerError('ledger.order-without-number');
  const trial = order.testOnly ? 'test' : 'production';
  return vault.hmac('order', trial, order.authority, kind, text.trim());
}

/** Joins an order with a study; true when they were not joined before. */
export async function linkOrderToStudy(
  tx: Tx,
  link: { orderId: string; studyId: string; how: string; who: string },
): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    `INSERT INTO order_study (order_id, study_id, how) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING RETURNING order_id`,
    [link.orderId, link.studyId, link.how],
  );
  if (rows.length === 0) return false;
  await recordEvent(tx, {
    who: link.who,
    what: 'joined with an order',
    subjectKind: 'study',
    subjectId: link.studyId,
    after: { order: link.orderId, how: link.how },
  });
  return true;
}

/** The order with this id, if there is one. */
export function orderById(tx: Tx, id: string): Promise<OrderRow | null> {
  return tx.findOneBy(OrderRow, { id });
}

/** Orders that are joined with a study, oldest first. */
export async function ordersOfStudy(tx: Tx, studyId: string): Promise<OrderRow[]> {
  const ids = await rowsOf<{ id: string }>(tx, `SELECT order_id AS id FROM order_study WHERE study_id = $1`, [
    studyId,
  ]);
  return ordersById(tx, ids);
}

/** Studies that are joined with an order, oldest first. */
export async function studiesOfOrder(tx: Tx, orderId: string): Promise<StudyRow[]> {
  const ids = await rowsOf<{ id: string }>(tx, `SELECT study_id AS id FROM order_study WHERE order_id = $1`, [
    orderId,
  ]);
  return tx.find(StudyRow, {
    where: { id: In(ids.map((row) => row.id)) },
    order: { firstHeardAt: 'ASC', id: 'ASC' },
  });
}

/** Orders that may speak of a study: by Study Instance UID, or by the HMAC of its accession number. */
export async function ordersSpeakingOf(
  tx: Tx,
  study: { studyInstanceUid: string; accessionHmac?: string | undefined },
): Promise<OrderRow[]> {
  const ids = await rowsOf<{ id: string }>(
    tx,
    `SELECT id FROM study_order WHERE study_instance_uids @> ARRAY[$1] OR accession_hmac = $2`,
    [study.studyInstanceUid, study.accessionHmac ?? null],
  );
  return ordersById(tx, ids);
}

function ordersById(tx: Tx, ids: readonly { id: string }[]): Promise<OrderRow[]> {
  return tx.find(OrderRow, {
    where: { id: In(ids.map((row) => row.id)) },
    order: { createdAt: 'ASC', id: 'ASC' },
  });
}
