import type { IdentityVault } from '../identities/identity-vault.js';
import type { SetAsideNumbers } from './new-order.js';
import { numberKey } from './order-keys.js';

/** As many are kept of one order. */
const setAsideAtMost = 100;

/** HMACs of what a message states and what does not count, by which nobody but a person finds the order. */
export function setAsideKeys(vault: IdentityVault, setAside: SetAsideNumbers | undefined): string[] {
  const { accessions = [], studyInstanceUids = [] } = setAside ?? {};
  const keys = [
    ...accessions.flatMap((value) => numberKey(vault, 'accession', { value }) ?? []),
    ...studyInstanceUids.flatMap((value) => numberKey(vault, 'study', { value }) ?? []),
  ];
  return [...new Set(keys.map(({ number }) => number))].slice(0, setAsideAtMost);
}

/** SQL that is true for an order of which a message stated one of these numbers and it did not count. */
export const statedInVain = (order: string, numbers: string): string => `${order}.set_aside && ${numbers}`;
