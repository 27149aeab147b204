import { canonicalJson } from '@prelector/kernel';
import type { Events } from '../events/events.js';
import { accessionsOf } from '../identities/accession-numbers.js';
import type { Identities, KeptIdentity } from '../identities/identities.js';
import { isOnePatient, patientHmac } from '../identities/identities.js';
import { IdentityRow } from '../identities/identity.entity.js';
import { patientAfter, withoutNumbersOfPatient } from '../identities/patient-numbers.js';
import type { Statements } from '../sql.js';
import type { NewOrder } from './new-order.js';
import type { OrderRow } from './order.entity.js';

/** The identity of an order as its messages state it, one after the other. */
export class OrderIdentities {
  constructor(
    private readonly sql: Statements,
    private readonly events: Events,
    private readonly identities: Identities,
  ) {}

  /**
   * A message that states another identity makes a new identity row and an event that points to both.
   *
   * @param isCorrected the accession numbers of before are none of the order any more
   */
  async after(
    row: OrderRow,
    order: Pick<NewOrder, 'identity' | 'who' | 'why'>,
    isCorrected: boolean,
  ): Promise<Pick<OrderRow, 'identityId' | 'patientHmac' | 'formerPatients'>> {
    const kept = row.identityId
      ? await this.sql.manager.findOneBy(IdentityRow, { id: row.identityId })
      : null;
    const opened = kept?.body ? await this.identities.open(kept.id) : undefined;
    const before = opened && isCorrected ? withFormerAccessions(opened) : opened;
    const accessions = allAccessions(before, order.identity);
    const patient = patientAfter(before, order.identity);
    const [left, stated] = [withoutNumbersOfPatient(before ?? {}), withoutNumbersOfPatient(order.identity)];
    const merged = { ...left, ...stated, ...patient, ...(accessions.length > 0 ? { accessions } : {}) };
    const patients = patientsAfter(row, patientHmac(this.sql.vault, merged) ?? row.patientHmac);
    if (kept?.contentHmac === this.sql.vault.hmac('identity', canonicalJson(merged)))
      return { ...patients, identityId: kept.id };
    const identityId = await this.identities.store(merged);
    await this.events.record({
      who: order.who,
      what: 'identity changed',
      subjectKind: 'order',
      subjectId: row.id,
      before: { identity: row.identityId },
      after: { identity: identityId },
      why: order.why,
    });
    return { ...patients, identityId };
  }
}

/** Whoever the order was said to be of stays known: once it is cancelled, it may be their study that was. */
function patientsAfter(
  { patientHmac: before, formerPatients }: OrderRow,
  now: string | null,
): Pick<OrderRow, 'patientHmac' | 'formerPatients'> {
  const isChanged = before !== null && now !== null && !isOnePatient(before, now);
  const all = isChanged ? [...new Set([...formerPatients, before])] : formerPatients;
  return { patientHmac: now, formerPatients: all };
}

/** An identity without the accession numbers that it states. */
export function withoutAccessions({
  accessions: _accessions,
  accessionNumber: _accessionNumber,
  issuerOfAccessionNumber: _issuerOfAccessionNumber,
  ...left
}: KeptIdentity): KeptIdentity {
  return left;
}

/** The accession numbers that an order stated, and bears no more. */
export function withFormerAccessions(identity: KeptIdentity): KeptIdentity {
  const borne = accessionsOf(identity).filter(({ source }) => source !== 'possible');
  const former = borne.map(({ value, issuer }) => ({ value, issuer, source: 'former' as const }));
  return { ...withoutAccessions(identity), accessions: former };
}

/**
 * A later message that states fewer accession numbers takes none away, unless it corrects them: then they are former
 * ones, unless one is stated again. Where any message states one, what only may be the accession number is none.
 */
function allAccessions(
  before: KeptIdentity | undefined,
  now: KeptIdentity,
): NonNullable<KeptIdentity['accessions']> {
  const all = [...(before?.accessions ?? []), ...(now.accessions ?? [])];
  const stated = all.filter(({ source }) => source === 'stated');
  const isStated = (value: string) => stated.some((each) => each.value === value);
  const former = all.filter(({ source, value }) => source === 'former' && !isStated(value));
  const left = [
    ...(stated.length > 0 ? stated : all.filter(({ source }) => source === 'possible')),
    ...former,
  ];
  return [
    ...new Map(left.map((each) => [`${each.source} ${each.issuer ?? ''}\n${each.value}`, each])).values(),
  ];
}
