import type { ReadingState, StudyState } from '@prelector/findings';
import { openKeptIdentity } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import type { NumberKey } from '../orders/order-keys.js';
import type { SoughtNumbers, TimeRange } from '../orders/sought-numbers.js';
import {
  Conditions,
  accessionKeys,
  bearersOf,
  identitiesOf,
  orderNumberKeys,
} from '../orders/sought-numbers.js';
import type { Statements } from '../sql.js';

/** Which studies are asked for; what is left out narrows nothing. The times are when it was first heard of. */
export interface StudyQuery extends SoughtNumbers, TimeRange {
  readonly state?: StudyState | undefined;
  readonly limit: number;
}

/**
 * The accession number of a study as an archive stated it last. That it has none is known where it was looked at alone;
 * what was `purged` may have had one.
 */
export type ToldAccession =
  | { readonly state: 'stated'; readonly value: string; readonly issuer: string | null }
  | { readonly state: 'none' | 'not-looked-at' | 'purged' };

/** Where a study stands, and what came of it. */
export interface ToldStudy {
  readonly studyInstanceUid: string;
  readonly state: StudyState;
  readonly stateReason: string | null;
  readonly readingState: ReadingState;
  readonly firstHeardAt: Date;
  /** When anything of it changed last. */
  readonly updatedAt: Date;
  readonly accession: ToldAccession;
  /** The PACS nodes that have it, by name. */
  readonly nodes: readonly string[];
  /** How many there are, by state. */
  readonly runs: Readonly<Record<string, number>>;
  readonly deliveries: Readonly<Record<string, number>>;
}

/** The studies that were asked for, newest first; `more` when the limit left some out. */
export interface ToldStudies {
  readonly studies: readonly ToldStudy[];
  readonly more: boolean;
}

/** What an archive stated last of a study, as it is kept: without a key where none ever did, without a body once purged. */
interface KeptLast {
  readonly keyId: string | null;
  readonly body: Buffer | null;
}

type Row = Omit<ToldStudy, 'accession'> & KeptLast;

/** SQL for what an archive stated last of a study. */
const seenLast = (studyId: string) =>
  `SELECT i.key_id, i.body FROM identity_sighting g JOIN identity i ON i.id = g.identity_id
   WHERE g.study_id = ${studyId} AND g.node_id IS NOT NULL AND g.stage <> 'read-back'
   ORDER BY g.at DESC, g.id DESC LIMIT 1`;

/** SQL for how many rows a query gives, by their state. */
const byState = (query: string) =>
  `(SELECT coalesce(jsonb_object_agg(state, count), '{}') FROM
     (SELECT state, count(*) FROM (${query}) AS each GROUP BY state) AS counted)`;

/** Studies as a person looks for them. */
export class StudySearch {
  constructor(private readonly sql: Statements) {}

  /**
   * The studies that were asked for: an accession number as an archive states it or an order that is joined with the
   * study does, an order number as such an order does, a Patient ID as the study showed it at any time.
   */
  async find(query: StudyQuery): Promise<ToldStudies> {
    const conditions = conditionsOf(this.sql.vault, query);
    const limit = conditions.parameter(query.limit + 1);
    const rows = await this.sql.rows<Row>(
      `SELECT s.study_instance_uid AS "studyInstanceUid", s.state, s.state_reason AS "stateReason",
         s.reading_state AS "readingState", s.first_heard_at AS "firstHeardAt", s.updated_at AS "updatedAt",
         seen.key_id AS "keyId", seen.body,
         ARRAY(SELECT n.name FROM study_copy c JOIN pacs_node n ON n.id = c.node_id
           WHERE c.study_id = s.id ORDER BY n.name) AS nodes,
         ${byState('SELECT state FROM run WHERE study_id = s.id')} AS runs,
         ${byState(`SELECT d.state FROM delivery d JOIN evidence e ON e.id = d.evidence_id
           WHERE e.study_id = s.id`)} AS deliveries
       FROM (SELECT * FROM study s WHERE ${conditions.all}
         ORDER BY s.first_heard_at DESC, s.id DESC LIMIT ${limit}) AS s
         LEFT JOIN LATERAL (${seenLast('s.id')}) AS seen ON true
       ORDER BY s.first_heard_at DESC, s.id DESC`,
      conditions.parameters,
    );
    const studies = rows.slice(0, query.limit).map(({ keyId, body, ...study }) => ({
      ...study,
      accession: accessionIn(this.sql.vault, { keyId, body }),
    }));
    return { studies, more: rows.length > query.limit };
  }

  /** The accession number of one study, or why there is none to tell. */
  async accession(studyId: string): Promise<ToldAccession> {
    const row = await this.sql.row<KeptLast>(
      `SELECT key_id AS "keyId", body FROM (${seenLast('$1')}) AS seen`,
      [studyId],
    );
    return accessionIn(this.sql.vault, row ?? { keyId: null, body: null });
  }
}

function accessionIn(vault: IdentityVault, { keyId, body }: KeptLast): ToldAccession {
  if (keyId === null) return { state: 'not-looked-at' };
  if (body === null) return { state: 'purged' };
  const { accessionNumber, issuerOfAccessionNumber } = openKeptIdentity(vault, { keyId, body });
  if (!accessionNumber) return { state: 'none' };
  return { state: 'stated', value: accessionNumber, issuer: issuerOfAccessionNumber ?? null };
}

function conditionsOf(vault: IdentityVault, query: StudyQuery): Conditions {
  const { accession, orderNumber, patientId, state } = query;
  const conditions = new Conditions();
  const ofOrders = (keys: readonly NumberKey[]) =>
    `SELECT study_id FROM order_study WHERE order_id IN (${bearersOf('order_key', conditions, keys)})`;
  if (accession) {
    const keys = accessionKeys(vault, accession);
    const own = bearersOf('study_key', conditions, keys);
    conditions.add(`s.id IN (${own} UNION ALL ${ofOrders(keys)})`);
  }
  if (orderNumber) conditions.add(`s.id IN (${ofOrders(orderNumberKeys(vault, orderNumber))})`);
  if (patientId) {
    const identities = identitiesOf(vault, conditions, patientId);
    conditions.add(`s.id IN (SELECT study_id FROM identity_sighting WHERE identity_id IN (${identities}))`);
  }
  if (state !== undefined) conditions.add(`s.state = ${conditions.parameter(state)}`);
  conditions.within('s.first_heard_at', query);
  return conditions;
}
