import type { StudyIdentity, Tie } from '@prelector/findings';
import { provisionalTies } from '@prelector/findings';
import type { Identities, KeptIdentity } from '../identities/identities.js';
import { asSurvivor, underNumberOf } from '../identities/kinship.js';
import type { Patients } from '../identities/patients.js';
import type { Numbers } from '../orders/numbers.js';
import type { OrderRow } from '../orders/order.entity.js';
import type { Orders } from '../orders/orders.js';
import type { ArchiveStatement } from './archives.js';

/** The study that orders are asked about. */
export interface SpokenOf {
  readonly id: string;
  readonly studyInstanceUid: string;
  readonly testOnly?: boolean;
}

/** What one order states of a study. */
export interface OrderStatement {
  readonly orderId: string;
  /** The row of what it states. */
  readonly identityId: string | null;
  /** To be compared with the archive: under its number, where merges say that both are one patient. */
  readonly identity: StudyIdentity;
  readonly said: StudyIdentity;
}

interface Bond {
  readonly by: Tie | undefined;
  readonly bearsAccession: boolean;
  readonly accessionKnown: boolean;
}

/** What orders state of studies. */
export class OrderStatements {
  constructor(
    private readonly identities: Identities,
    private readonly patients: Patients,
    private readonly numbers: Numbers,
    private readonly orders: Orders,
  ) {}

  /** Every order that may speak of a study: by its UID, or by the accession number that archives state. */
  ordersOf(
    studyInstanceUid: string,
    { accessionNumber, issuerOfAccessionNumber }: StudyIdentity,
    nodeIds?: readonly string[],
  ): Promise<OrderRow[]> {
    const accession =
      accessionNumber === undefined
        ? undefined
        : { value: accessionNumber, namespace: issuerOfAccessionNumber };
    return this.orders.speakingOf({ studyInstanceUid, accession, ...(nodeIds ? { nodeIds } : {}) });
  }

  /**
   * What the orders that are joined with a study state of it, to be compared with the archive. A study may have
   * several accession numbers, each on an order of its own, and an order several studies: so an accession number
   * counts as the archive's when one order of the study states that, and a Study Instance UID when the order
   * names it, or bears the study's accession number: not every modality takes over the UID it was given. An order that
   * is cancelled states nothing any more but that accession number. An
   * identity that a person saw when releasing the study does not speak again; any other of the same order does.
   *
   * @param secondIssuer the issuer that the archive's node is configured with
   */
  async of(
    study: SpokenOf,
    { nodeId, identity: archive }: ArchiveStatement,
    secondIssuer: string | undefined,
  ): Promise<OrderStatement[]> {
    const met = new Map((await this.numbers.ordersMeeting(study.id)).map(({ orderId, by }) => [orderId, by]));
    const named = await this.orders.speakingOf({ studyInstanceUid: study.studyInstanceUid });
    const joined = await this.orders.ofStudy(study.id);
    const ids = [...named, ...joined].map(({ id }) => id);
    const all = (await this.orders.byIds([...new Set(ids)])).filter(
      (order) => !order.testOnly || study.testOnly === true,
    );
    const orders = all.filter(({ state }) => state !== 'cancelled');
    const bearing = new Set((await this.ordersOf('', archive)).map((order) => order.id));
    const accessionKnown = all.some((order) => bearing.has(order.id));
    const released = await this.identities.releasedOf(study.id);
    const statements: OrderStatement[] = [];
    for (const order of orders) {
      const identity = order.identityId && (await this.identities.open(order.identityId));
      const tie = { by: met.get(order.id), bearsAccession: bearing.has(order.id), accessionKnown };
      if (!identity || released(identity)) continue;
      // A number that was retired for the one that the archive states is that patient's.
      const kinship = await this.patients.kinship(nodeId, identity, archive, { secondIssuer });
      const isRetired = kinship === 'merged-into';
      const isOne = kinship === 'same-number';
      const current = isRetired
        ? asSurvivor(identity, archive)
        : isOne
          ? underNumberOf(identity, archive)
          : identity;
      const comparable = comparableIdentity(current, archive.accessionNumber, order, study, tie);
      const { id: orderId, identityId } = order;
      statements.push({ orderId, identityId, identity: comparable, said: identity });
    }
    return statements;
  }
}

function comparableIdentity(
  identity: KeptIdentity,
  archived: string | undefined,
  order: OrderRow,
  { studyInstanceUid }: SpokenOf,
  { by, bearsAccession, accessionKnown }: Bond,
): StudyIdentity {
  const { patientId, issuerOfPatientId, otherPatientIds, name, birthDate, sex } = identity;
  const { accessionNumber, issuerOfAccessionNumber } = identity;
  const own = order.studyInstanceUids;
  const isProvisional = by !== undefined && provisionalTies.includes(by);
  const isTied =
    isProvisional || own.length === 0 || bearsAccession || by === 'study' || own.includes(studyInstanceUid);
  // Images may have been made under a number that was corrected since.
  const isFormer = identity.accessions?.some(
    ({ source, value }) => source === 'former' && value === archived,
  );
  const stated = {
    patientId,
    issuerOfPatientId,
    otherPatientIds,
    name,
    birthDate,
    sex,
    studyInstanceUid: isTied ? undefined : own[0],
    ...(accessionKnown || isProvisional || isFormer ? {} : { accessionNumber, issuerOfAccessionNumber }),
  };
  return Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined));
}
