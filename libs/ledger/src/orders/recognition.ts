import type { KeptIdentity } from '../identities/identities.js';
import type { PatientTest, Patients } from '../identities/patients.js';
import type { Statements } from '../sql.js';
import { namespacesMeet } from '../sql.js';
import type { NewOrder } from './new-order.js';
import type { OrderKey } from './order-keys.js';
import { bearsNumber, formerKeys, provisionalKeys } from './order-keys.js';
import { isSpent, spentAfterDays } from './spent.js';

interface Candidate {
  readonly id: string;
  readonly filler: boolean;
  readonly hasFiller: boolean;
  readonly hasAccession: boolean;
  /** It bears an accession number of the message, under an issuer that agrees. */
  readonly accession: boolean;
  /** The same under whatever issuer. */
  readonly accessionUnderAny: boolean;
  /** It bore one before it was corrected. */
  readonly formerAccession: boolean;
  readonly patientHmac: string | null;
  /** The number stands under a namespace as the message does, or both do under none. */
  readonly exact: boolean;
  /** Signed or cancelled, and last spoken of so long ago that its number may have been given to another. */
  readonly isSpent: boolean;
}

export interface KnownOrders {
  readonly known: string[];
  /** Orders of the same number that are over, where the message means none of them. */
  readonly spent: string[];
  /** Known by an order number of the message that is their accession number: it is no order number of theirs. */
  readonly isByPossible?: boolean;
}

/** What of a message tells which order it speaks of. */
export interface Speaker {
  readonly feedId?: string | undefined;
  readonly authority: string;
  readonly testOnly?: boolean | undefined;
  readonly among?: ReadonlySet<string> | undefined;
  /** The message places an order or tells of images. */
  readonly opens?: boolean | undefined;
  readonly isPlacing?: boolean | undefined;
  readonly identity: Pick<KeptIdentity, 'accessions' | 'fillerOrderNumber' | 'placerOrderNumber'>;
}

/** By what a message without an order number lets its orders be known: the first of these that it states. */
const unnumbered = ['accession', 'possible-accession', 'study'] as const;

interface UnderNumber {
  readonly id: string;
  readonly patientHmac: string | null;
  readonly hasFiller: boolean;
  readonly hasPlacer: boolean;
  readonly isSpent: boolean;
}

/** Whether an order of which no accession number can be read is one of these, by the studies that both name. */
export type Narrowed =
  { readonly kind: 'meant'; readonly ids: readonly string[] } | { readonly kind: 'unclear' };

/** Which orders a message speaks of. */
export class Recognition {
  constructor(
    private readonly sql: Statements,
    private readonly patients: Patients,
  ) {}

  /**
   * The orders that a message speaks of; nothing else says whether two messages speak of one order, so whoever asks holds
   * the locks of its numbers. One that states neither filler nor placer number speaks of every order of the patient under
   * its accession number, else under that as a former one, else of those of exactly the studies that it names. One that
   * states them speaks of the orders that bear them, else of the one that was heard of by that accession number alone
   * until now. One that places nothing (a cancellation, a report), under numbers of which no order is known, speaks of the
   * patient's orders whose accession number is one of those (OBR-3, ORC-3), as studies are joined.
   */
  async knownOrders(
    keys: readonly OrderKey[],
    speaker: Speaker,
    patientHmac: string | undefined,
  ): Promise<KnownOrders> {
    const byNumber = await this.#knownByNumber(keys, speaker, patientHmac);
    if (byNumber.known.length + byNumber.spent.length > 0) return byNumber;
    const isNumbered = keys.some(({ kind }) => kind === 'filler' || kind === 'placer');
    const stated = unnumbered.find((each) => keys.some(({ kind }) => kind === each)) ?? 'accession';
    const by = isNumbered ? 'accession' : stated;
    const numbers = keys.filter(({ kind }) => kind === by);
    const bearing = await this.#knownUnder({ by, numbers }, speaker, patientHmac);
    const mayBeFormer = by === 'accession' && !isNumbered && !speaker.isPlacing && patientHmac !== undefined;
    const under =
      bearing.length === 0 && mayBeFormer
        ? await this.#knownUnder({ by: 'former', numbers }, speaker, patientHmac)
        : bearing;
    const free = isNumbered ? under.filter(({ hasFiller, hasPlacer }) => !hasFiller && !hasPlacer) : under;
    const { known, spent } = withoutSpent(free, speaker);
    if (known.length + spent.length > 0 || speaker.opens || patientHmac === undefined)
      return { known: isNumbered ? known.slice(0, 1) : known, spent };
    return this.#knownByPossible(keys, speaker, patientHmac);
  }

  /**
   * The orders of the patient whose stated accession number is an order number of the message. Another order number
   * beside it contradicts an order that bears one of that kind, and means one order alone.
   */
  async #knownByPossible(
    keys: readonly OrderKey[],
    speaker: Speaker,
    patientHmac: string,
  ): Promise<KnownOrders> {
    const possible = keys.filter(({ kind }) => kind === 'possible-accession');
    const under = await this.#knownUnder({ by: 'accession', numbers: possible }, speaker, patientHmac);
    const { accessions = [], fillerOrderNumber, placerOrderNumber } = speaker.identity;
    const isOwn = (number: string | undefined) =>
      number !== undefined && !accessions.some(({ value }) => value === number);
    const [ownFiller, ownPlacer] = [isOwn(fillerOrderNumber), isOwn(placerOrderNumber)];
    const left = under.filter(
      (each) => each.patientHmac !== null && !(ownFiller && each.hasFiller) && !(ownPlacer && each.hasPlacer),
    );
    const { known } = withoutSpent(left, speaker);
    const isOfOne = ownFiller || ownPlacer;
    return { known: isOfOne && known.length > 1 ? [] : known, spent: [], isByPossible: true };
  }

  /**
   * Orders of one patient under a number, or of exactly these studies; only those that state no patient where neither side
   * states which of several is meant.
   */
  async #knownUnder(
    {
      by,
      numbers,
    }: { readonly by: (typeof unnumbered)[number] | 'former'; readonly numbers: readonly OrderKey[] },
    { authority, testOnly, feedId, among }: Speaker,
    patientHmac: string | undefined,
  ): Promise<UnderNumber[]> {
    if (numbers.length === 0) return [];
    const all = await this.sql.rows<UnderNumber>(
      `SELECT o.id, o.patient_hmac AS "patientHmac",
         ${bearsNumber('o.id', 'filler')} AS "hasFiller", ${bearsNumber('o.id', 'placer')} AS "hasPlacer",
         $6 <> 'study' AND ${isSpent('$5')} AS "isSpent"
       FROM study_order o WHERE o.test_only = $1 AND o.id IN (
         SELECT k.order_id FROM order_key k JOIN unnest($2::text[], $3::text[]) a (number, namespace)
           ON k.number = a.number AND ${namespacesMeet('k.namespace', 'a.namespace')}
         WHERE k.kind = ANY($7) AND k.authority = $4
         GROUP BY k.order_id HAVING $6 <> 'study' OR count(*) = cardinality($2::text[]) AND count(*) = (
           SELECT count(*) FROM order_key named WHERE named.order_id = k.order_id AND named.kind = 'study'))
       ORDER BY o.created_at, o.id`,
      [
        testOnly ?? false,
        numbers.map((key) => key.number),
        numbers.map((key) => key.namespace),
        authority,
        spentAfterDays,
        by,
        by === 'former' ? formerKeys : [by],
      ],
    );
    const under = all.filter(({ id }) => among?.has(id) ?? true);
    const patients = under.map((each) => each.patientHmac);
    const one = patientHmac ?? patients.find((each) => each !== null);
    if (!one) return under;
    const isOfOne = await this.patients.test(feedId, one, patients);
    const ours = under.filter((each) => each.patientHmac === null || isOfOne(each.patientHmac));
    if (patientHmac !== undefined || ours.length === under.length) return ours;
    return under.filter((each) => each.patientHmac === null);
  }

  /**
   * The orders that a message speaks of, by filler number, else placer number, each within its namespace: one
   * that states none contradicts no other. Orders with another filler number are others, also under one placer
   * number; so are orders with another accession number (its issuer decides nothing under one filler number of one
   * patient). Among several the patient decides; a message speaks of all that are
   * left, those first that bear its accession number, else that bore it before it was corrected; one that states filler
   * and accession number of the oldest of them. One that is over for a month gives way to a younger one of its number, and to
   * a new one when the message places an order.
   */
  async #knownByNumber(
    keys: readonly OrderKey[],
    speaker: Speaker,
    patientHmac: string | undefined,
  ): Promise<KnownOrders> {
    const filler = keys.find((key) => key.kind === 'filler');
    const placer = keys.find((key) => key.kind === 'placer');
    if (!filler && !placer) return { known: [], spent: [] };
    const accessions = keys.filter(({ kind }) => kind === 'accession');
    const met = await this.#candidatesOf({ filler, placer, accessions }, speaker);
    const patients = met.map((each) => each.patientHmac);
    const isPatient: PatientTest = patientHmac
      ? await this.patients.test(speaker.feedId, patientHmac, patients)
      : () => false;
    const isOurs = (each: Candidate) => isPatient(each.patientHmac);
    const bearsAccession = (each: Candidate) =>
      each.accession ||
      (each.accessionUnderAny && each.filler && each.patientHmac !== null && (!patientHmac || isOurs(each)));
    const candidates = met.filter(
      (each) =>
        (each.filler || !filler || !each.hasFiller) &&
        (bearsAccession(each) || each.formerAccession || !each.hasAccession || accessions.length === 0),
    );
    const preferred = [
      (each: Candidate) => !each.isSpent,
      (each: Candidate) => each.filler,
      (each: Candidate) => each.exact,
      bearsAccession,
      (each: Candidate) => each.formerAccession,
      isOurs,
    ].reduce((left, prefers) => (left.some(prefers) ? left.filter(prefers) : left), candidates);
    // Of orders of several patients a message of yet another patient means none; those of one patient are all renumbered.
    const isNobodys = (each: Candidate) => each.patientHmac !== null && !isOurs(each);
    const areNobodys = patientHmac !== undefined && preferred.every(isNobodys);
    if (areNobodys && !(await this.areOfOnePatient(speaker, preferred))) return { known: [], spent: [] };
    const { known, spent } = withoutSpent(preferred, speaker);
    return { known: accessions.length > 0 && filler ? known.slice(0, 1) : known, spent };
  }

  /** True unless two of these orders name two patients: one that names nobody is of any. */
  async areOfOnePatient(
    { feedId }: Pick<Speaker, 'feedId'>,
    orders: readonly Pick<Candidate, 'patientHmac'>[],
  ): Promise<boolean> {
    const [first, ...others] = orders.flatMap(({ patientHmac }) => patientHmac ?? []);
    return first === undefined || others.every(await this.patients.test(feedId, first, others));
  }

  async #candidatesOf(
    {
      filler,
      placer,
      accessions,
    }: { filler: OrderKey | undefined; placer: OrderKey | undefined; accessions: readonly OrderKey[] },
    { authority, testOnly, among }: Speaker,
  ): Promise<Candidate[]> {
    const all = await this.sql.rows<Candidate>(
      `WITH asked (kind, number, namespace) AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[])),
         met AS (
           SELECT k.order_id, bool_or(k.kind = 'filler') AS filler, bool_or((k.namespace = '') = (a.namespace = '')) AS exact
           FROM order_key k JOIN asked a ON a.kind = k.kind AND a.number = k.number
             AND ${namespacesMeet('a.namespace', 'k.namespace')}
           WHERE k.authority = $4 GROUP BY k.order_id)
       SELECT o.id, met.filler, met.exact, o.patient_hmac AS "patientHmac",
         ${isSpent('$8')} AS "isSpent",
         bool_or(k.kind = 'filler') AS "hasFiller", bool_or(k.kind = 'accession') AS "hasAccession",
         bool_or(k.kind = 'accession' AND k.number = a.number) IS TRUE AS "accessionUnderAny",
         bool_or(k.kind = 'accession' AND k.number = a.number
           AND ${namespacesMeet('k.namespace', 'a.namespace')}) IS TRUE AS accession,
         bool_or(k.kind IN ${provisionalKeys} AND k.number = a.number) IS TRUE AS "formerAccession"
       FROM met JOIN study_order o ON o.id = met.order_id JOIN order_key k ON k.order_id = o.id
         LEFT JOIN unnest($5::text[], $6::text[]) a (number, namespace) ON true
       WHERE o.test_only = $7 GROUP BY o.id, met.filler, met.exact ORDER BY o.created_at, o.id`,
      [
        [filler, placer].flatMap((key) => key?.kind ?? []),
        [filler, placer].flatMap((key) => key?.number ?? []),
        [filler, placer].flatMap((key) => (key ? [key.namespace] : [])),
        authority,
        accessions.map((key) => key.number),
        accessions.map((key) => key.namespace),
        testOnly ?? false,
        spentAfterDays,
      ],
    );
    return all.filter(({ id }) => among?.has(id) ?? true);
  }

  /**
   * Which of the orders of its numbers a message means whose accession number cannot be read: the only one; of several,
   * of one that names other studies, or of one that the same message states by its own accession number, the one that
   * names a study of the message. A message that names a study of none of them is of an order of its own; one that names no
   * study does not say which it means.
   */
  async narrowedByStudy(
    ids: readonly string[],
    { isAccessionUnread, isBesideUsable = false, studyInstanceUids = [] }: NewOrder,
  ): Promise<Narrowed> {
    if (!isAccessionUnread || ids.length === 0) return { kind: 'meant', ids };
    if (studyInstanceUids.length === 0)
      return ids.length === 1 ? { kind: 'meant', ids } : { kind: 'unclear' };
    const rows = await this.sql.rows<{ id: string; names: boolean; namesNone: boolean }>(
      `SELECT id, study_instance_uids && $2 AS names, study_instance_uids = '{}' AS "namesNone"
       FROM study_order WHERE id = ANY($1) ORDER BY created_at, id`,
      [ids, studyInstanceUids],
    );
    const naming = rows.filter(({ names }) => names);
    const [only] = rows;
    if (naming.length === 0 && rows.length === 1 && only?.namesNone && !isBesideUsable)
      return { kind: 'meant', ids };
    return { kind: 'meant', ids: naming.map(({ id }) => id) };
  }
}

/** Those that are not over for a month, where there are any; none when the message places an order anew. */
function withoutSpent(
  candidates: readonly { readonly id: string; readonly isSpent: boolean }[],
  { opens }: Speaker,
): KnownOrders {
  const ids = candidates.map(({ id }) => id);
  const young = candidates.flatMap(({ id, isSpent }) => (isSpent ? [] : [id]));
  if (young.length > 0 || ids.length === 0) return { known: young, spent: [] };
  return opens ? { known: [], spent: ids.sort() } : { known: ids, spent: [] };
}
