import type { OrderState, ReadingState } from '@prelector/findings';
import { joiningWords } from '@prelector/findings';
import { accessionsOf } from '../identities/accession-numbers.js';
import type { KeptIdentity } from '../identities/identities.js';
import { openKeptIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { Statements } from '../sql.js';
import { namespacesMeet } from '../sql.js';
import type { StepState } from '../steps/step.entity.js';
import type { Numbers } from './numbers.js';
import type { OrderRow } from './order.entity.js';
import { setAsideKeys, statedInVain } from './set-aside.js';
import type { SoughtNumbers, TimeRange } from './sought-numbers.js';
import {
  Conditions,
  accessionKeys,
  bearersOf,
  identitiesOf,
  orderNumberKeys,
  saidToBeOf,
} from './sought-numbers.js';

/** Which orders are asked for; what is left out narrows nothing. The times are when it was first heard of. */
export interface OrderQuery extends SoughtNumbers, TimeRange {
  /** Named by the order, joined with it, or bearing one of its numbers. */
  readonly studyInstanceUid?: string | undefined;
  /** A feed by its name. */
  readonly feed?: string | undefined;
  readonly state?: OrderState | undefined;
  readonly limit: number;
}

/** The numbers of an order as messages stated them; never those of its patient. */
export interface ToldNumbers {
  /** `possible`: an order number that may be the accession number, or a number that was taken from its order number. */
  readonly accessions: readonly {
    readonly value: string;
    readonly issuer: string | null;
    readonly source: 'stated' | 'possible' | 'former';
  }[];
  readonly placer: { readonly value: string; readonly namespace: string | null } | null;
  readonly filler: { readonly value: string; readonly namespace: string | null } | null;
}

/** Where an order stands, what it is joined with, and what it may mean. */
export interface ToldOrder {
  readonly id: string;
  readonly feed: string | null;
  readonly state: OrderState;
  readonly stateReason: string | null;
  readonly readingState: ReadingState;
  /** Smaller goes first. */
  readonly priority: number;
  readonly testOnly: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Null once its identity was purged. */
  readonly numbers: ToldNumbers | null;
  /** Study Instance UIDs that its messages name. */
  readonly studyInstanceUids: readonly string[];
  readonly studies: readonly JoinedStudy[];
  /** Studies that bear one of its numbers and are not joined with it, oldest first, twenty at most. */
  readonly candidates: readonly CandidateStudy[];
  /** How many candidates there are. */
  readonly candidateCount: number;
  /** Its question to the archives, while it is open. */
  readonly waits: WaitingStep | null;
  /** The message that spoke of it last. */
  readonly lastMessage: SpokenBy | null;
}

export interface JoinedStudy {
  readonly studyInstanceUid: string;
  readonly state: string;
  readonly how: string;
}

export interface CandidateStudy {
  readonly studyInstanceUid: string;
  readonly state: string;
  /** By which of the numbers, in words. */
  readonly by: string;
}

export interface WaitingStep {
  readonly state: StepState;
  readonly attempt: number;
  readonly dueAt: Date;
  /** Why the last attempt found nothing, as it was then. */
  readonly reason: string | null;
  /** When the archives were asked last. */
  readonly askedAt: Date | null;
}

export interface SpokenBy {
  /** MSH-9. */
  readonly type: string | null;
  /** MSH-10. */
  readonly controlId: string | null;
  readonly receivedAt: Date;
  /** What is to be said of the message, such as that an order of it cannot be used. */
  readonly reason: string | null;
}

/** The orders that were asked for, newest first; `more` when the limit left some out. */
export interface ToldOrders {
  readonly orders: readonly ToldOrder[];
  readonly more: boolean;
}

/** In which states the archives are asked; a step that is open in another one ends when its turn comes. */
const looksForStudies: ReadonlySet<OrderState> = new Set(['announced', 'held']);

interface OfOrder {
  readonly orderId: string;
}

type Row = Omit<
  ToldOrder,
  'numbers' | 'studies' | 'candidates' | 'candidateCount' | 'waits' | 'lastMessage'
> & {
  readonly keyId: string | null;
  readonly body: Buffer | null;
};

/** Orders that name a study, are joined with it, or bear one of its numbers. */
const speakingOf = (uid: string) => `o.id IN (
  SELECT id FROM study_order WHERE study_instance_uids @> ARRAY[${uid}]
  UNION ALL
  SELECT os.order_id FROM order_study os JOIN study s ON s.id = os.study_id WHERE s.study_instance_uid = ${uid}
  UNION ALL
  SELECT ok.order_id FROM study s JOIN study_key sk ON sk.study_id = s.id JOIN order_key ok
    ON ok.number = sk.number AND ${namespacesMeet('ok.namespace', 'sk.namespace')}
  WHERE s.study_instance_uid = ${uid})`;

/** An order that names a study, and the message that spoke of it last; holds no identity of a patient. */
export interface OrderNaming {
  readonly state: OrderRow['state'];
  readonly stateReason: string | null;
  readonly readingState: OrderRow['readingState'];
  readonly feed: string;
  /** MSH-9 and MSH-10. */
  readonly messageType: string | null;
  readonly controlId: string | null;
  readonly receivedAt: Date;
}

/** Orders as a person looks for them. */
export class OrderSearch {
  constructor(
    private readonly sql: Statements,
    private readonly numbers: Numbers,
  ) {}

  /** Reads the orders that were asked for, by a number of statements that does not grow with theirs. */
  async find(query: OrderQuery): Promise<ToldOrders> {
    const rows = await this.#orderRows(query);
    const kept = rows.slice(0, query.limit);
    const ids = kept.map(({ id }) => id);
    const studies = byOrder(await this.#studiesJoined(ids));
    const candidates = byOrder(await this.numbers.candidatesOf(ids));
    const waits = byOrder(await this.#questions(ids));
    const messages = byOrder(await this.#lastMessages(ids));
    const orders = kept.map(({ keyId, body, ...order }) => ({
      ...order,
      numbers: keyId && body ? toldNumbers(openKeptIdentity(this.sql.vault, { keyId, body })) : null,
      studies: studies(order.id).map(({ studyInstanceUid, state, how }) => ({
        studyInstanceUid,
        state,
        how,
      })),
      candidates: candidates(order.id).map(({ studyInstanceUid, state, by }) => ({
        studyInstanceUid,
        state,
        by: joiningWords[by],
      })),
      candidateCount: candidates(order.id)[0]?.count ?? 0,
      waits: looksForStudies.has(order.state) ? withoutOrder(waits(order.id)[0]) : null,
      lastMessage: withoutOrder(messages(order.id)[0]),
    }));
    return { orders, more: rows.length > kept.length };
  }

  #orderRows(query: OrderQuery): Promise<Row[]> {
    const conditions = conditionsOf(this.sql.vault, query);
    const limit = conditions.parameter(query.limit + 1);
    return this.sql.rows<Row>(
      `SELECT o.id, f.name AS feed, o.state, o.state_reason AS "stateReason", o.reading_state AS "readingState",
         o.priority, o.test_only AS "testOnly", o.created_at AS "createdAt", o.updated_at AS "updatedAt",
         o.study_instance_uids AS "studyInstanceUids", i.key_id AS "keyId", i.body
       FROM study_order o LEFT JOIN feed f ON f.id = o.feed_id LEFT JOIN identity i ON i.id = o.identity_id
       WHERE ${conditions.all} ORDER BY o.created_at DESC, o.id DESC LIMIT ${limit}`,
      conditions.parameters,
    );
  }

  #studiesJoined(ids: readonly string[]): Promise<(JoinedStudy & OfOrder)[]> {
    return this.sql.rows(
      `SELECT os.order_id AS "orderId", s.study_instance_uid AS "studyInstanceUid", s.state, os.how
       FROM order_study os JOIN study s ON s.id = os.study_id WHERE os.order_id = ANY($1) ORDER BY os.at, s.id`,
      [ids],
    );
  }

  #questions(ids: readonly string[]): Promise<(WaitingStep & OfOrder)[]> {
    return this.sql.rows(
      `SELECT row_id AS "orderId", state, attempt, due_at AS "dueAt", reason,
         (SELECT max(ended_at) FROM attempt WHERE step_id = step.id) AS "askedAt" FROM step
       WHERE step = 'resolve' AND row_id = ANY($1) AND state <> 'done'`,
      [ids],
    );
  }

  #lastMessages(ids: readonly string[]): Promise<(SpokenBy & OfOrder)[]> {
    return this.sql.rows(
      `SELECT DISTINCT ON (s.subject_id) s.subject_id AS "orderId", n.message_type AS type,
         n.control_id AS "controlId", n.received_at AS "receivedAt", n.reason
       FROM notice_subject s JOIN notice n ON n.id = s.notice_id
       WHERE s.kind = 'order' AND n.kind = 'hl7' AND s.subject_id = ANY($1)
       ORDER BY s.subject_id, n.received_at DESC, n.id DESC`,
      [ids],
    );
  }

  /** The orders that name a Study Instance UID, whether or not any archive has shown that study; newest first, at most ten. */
  naming(studyInstanceUid: string): Promise<OrderNaming[]> {
    return this.sql.rows(
      `SELECT o.state, o.state_reason AS "stateReason", o.reading_state AS "readingState", said.feed, said.message_type AS "messageType",
         said.control_id AS "controlId", said.received_at AS "receivedAt"
       FROM study_order o CROSS JOIN LATERAL (
         SELECT f.name AS feed, n.message_type, n.control_id, n.received_at
         FROM notice_subject s JOIN notice n ON n.id = s.notice_id JOIN feed f ON f.id = n.feed_id
         WHERE s.kind = 'order' AND s.subject_id = o.id ORDER BY n.received_at DESC LIMIT 1) AS said
       WHERE o.study_instance_uids @> ARRAY[$1] ORDER BY said.received_at DESC LIMIT 10`,
      [studyInstanceUid],
    );
  }
}

function byOrder<T extends OfOrder>(rows: readonly T[]): (orderId: string) => readonly T[] {
  const groups = Map.groupBy(rows, ({ orderId }) => orderId);
  return (orderId) => groups.get(orderId) ?? [];
}

function withoutOrder<T extends OfOrder>(row: T | undefined): Omit<T, 'orderId'> | null {
  if (!row) return null;
  const { orderId: _, ...rest } = row;
  return rest;
}

function conditionsOf(vault: IdentityVault, query: OrderQuery): Conditions {
  const conditions = new Conditions();
  const { accession, orderNumber, patientId, studyInstanceUid, feed, state } = query;
  const bears = (keys: ReturnType<typeof accessionKeys>) =>
    `o.id IN (${bearersOf('order_key', conditions, keys)})`;
  if (accession) {
    const keys = accessionKeys(vault, accession);
    const stated = conditions.parameter(keys.map(({ number }) => number));
    conditions.add(`${bears(keys)} OR ${statedInVain('o', stated)}`);
  }
  if (orderNumber) conditions.add(bears(orderNumberKeys(vault, orderNumber)));
  if (patientId)
    conditions.add(
      `o.identity_id IN (${identitiesOf(vault, conditions, patientId)})
       OR ${saidToBeOf('o', vault, conditions, patientId)}`,
    );
  if (studyInstanceUid !== undefined) {
    const stated = setAsideKeys(vault, { accessions: [], studyInstanceUids: [studyInstanceUid] });
    conditions.add(
      `${speakingOf(conditions.parameter(studyInstanceUid))} OR ${statedInVain('o', conditions.parameter(stated))}`,
    );
  }
  if (feed !== undefined) conditions.add(`f.name = ${conditions.parameter(feed)}`);
  if (state !== undefined) conditions.add(`o.state = ${conditions.parameter(state)}`);
  conditions.within('o.created_at', query);
  return conditions;
}

function toldNumbers(identity: KeptIdentity): ToldNumbers {
  const { placerOrderNumber, fillerOrderNumber } = identity;
  const number = (value: string | undefined, namespace: string | undefined) =>
    value === undefined ? null : { value, namespace: namespace ?? null };
  return {
    accessions: accessionsOf(identity).map(({ value, issuer, source }) => ({
      value,
      issuer: issuer ?? null,
      source,
    })),
    placer: number(placerOrderNumber, identity.placerNamespace),
    filler: number(fillerOrderNumber, identity.fillerNamespace),
  };
}
