import type { JoiningKey, StudyIdentity, Tie } from '@prelector/findings';
import { remaindersOf } from '@prelector/findings';
import { namespaceKey } from '../identities/identities.js';
import type { IdentityVault } from '../identities/identity-vault.js';
import { namespacesMeet, speaksFor } from '../sql.js';

/** A number as it is looked up: HMACs of the number and of its namespace, empty where none is stated. */
export interface NumberKey {
  readonly number: string;
  readonly namespace: string;
  /** HMACs of what may be left of the number in the answer of a search that loses characters. */
  readonly remainders?: readonly string[];
}

export interface OrderKey extends NumberKey {
  readonly kind: JoiningKey;
}

/** A number with the issuer or assigning authority within which it is unique, where that is stated. */
export interface StatedNumber {
  readonly value: string;
  readonly namespace?: string | undefined;
}

/** Everything by which a message lets an order be known, and be joined with studies. */
export interface OrderNumbers {
  readonly studyInstanceUids: readonly string[];
  readonly accessions: readonly StatedNumber[];
  /** Order numbers that the archive may bear as Accession Number. */
  readonly possibleAccessions: readonly StatedNumber[];
  readonly placer: StatedNumber | undefined;
  readonly filler: StatedNumber | undefined;
}

/** What is kept under an order's number: a possible accession number is looked up as an accession number. */
const domainOf: Readonly<Record<JoiningKey, string>> = {
  study: 'study',
  accession: 'accession',
  'possible-accession': 'accession',
  'reported-accession': 'accession',
  'former-accession': 'accession',
  filler: 'filler',
  placer: 'placer',
};

/** A number as an order or a study bears it; undefined when it is blank. */
export function numberKey(
  vault: IdentityVault,
  kind: JoiningKey,
  stated: StatedNumber | undefined,
): NumberKey | undefined {
  const number = stated?.value.trim();
  if (!number) return undefined;
  return {
    number: vault.hmac(`${domainOf[kind]} number`, number),
    namespace: namespaceKey(vault, stated?.namespace),
  };
}

/** The keys of an order, each once. */
export function orderKeys(vault: IdentityVault, numbers: OrderNumbers): OrderKey[] {
  const stated: [JoiningKey, StatedNumber | undefined][] = [
    ...numbers.studyInstanceUids.map((value) => ['study', { value }] as [JoiningKey, StatedNumber]),
    ...numbers.accessions.map((each) => ['accession', each] as [JoiningKey, StatedNumber]),
    ...numbers.possibleAccessions.map((each) => ['possible-accession', each] as [JoiningKey, StatedNumber]),
    ['filler', numbers.filler],
    ['placer', numbers.placer],
  ];
  const keys = stated.flatMap(([kind, each]) => {
    const key = numberKey(vault, kind, each);
    return key ? [{ kind, ...key }] : [];
  });
  return [...new Map(keys.map((key) => [`${key.kind} ${key.number} ${key.namespace}`, key])).values()];
}

/** The keys of a study: its UID, and the accession number that an archive states. */
export function studyKeys(
  vault: IdentityVault,
  studyInstanceUid: string,
  identity: StudyIdentity,
): NumberKey[] {
  const { accessionNumber = '', issuerOfAccessionNumber } = identity;
  const stated = { value: accessionNumber, namespace: issuerOfAccessionNumber };
  const accession = numberKey(vault, 'accession', stated);
  const remainders = remaindersOf(accessionNumber).flatMap(
    (value) => numberKey(vault, 'accession', { value })?.number ?? [],
  );
  return [
    numberKey(vault, 'study', { value: studyInstanceUid }),
    accession && (remainders.length > 0 ? { ...accession, remainders } : accession),
  ].flatMap((key) => key ?? []);
}

/** Kinds of keys that were accession numbers before they were corrected: they tie provisionally. */
export const formerKeys: readonly Tie[] = ['former-accession', 'reported-accession'];

/** The same, in SQL. */
export const provisionalKeys = `('${formerKeys.join(`', '`)}')`;

/** SQL that is true for an order that bears a filler, or a placer, number. */
export const bearsNumber = (orderId: string, kind: 'filler' | 'placer'): string =>
  `EXISTS (SELECT 1 FROM order_key n WHERE n.order_id = ${orderId} AND n.kind = '${kind}')`;

/** SQL that is true where a key `o` of an order and a key `s` of a study are one number. */
export const oneNumber = `s.number = o.number
    AND ${namespacesMeet('s.namespace', 'o.namespace')}`;

/**
 * SQL that is true when the key of an order counts on a node: its Study Instance UID does everywhere, any other
 * number on the nodes for which a feed of its authority speaks: another hospital may give out the same number.
 *
 * @param key alias of `order_key`
 * @param isNode condition on `node.id`
 */
export function countsOnNode(key: string, isNode: string): string {
  return `(${key}.kind = 'study' OR EXISTS (
    SELECT 1 FROM study_order spoken LEFT JOIN feed ON feed.id = spoken.feed_id
        OR coalesce(feed.body ->> 'assigningAuthority', feed.name) = ${key}.authority
      LEFT JOIN pacs_node node ON ${speaksFor}
    WHERE spoken.id = ${key}.order_id AND (spoken.feed_id IS NULL OR ${isNode})))`;
}
