import type { ErrorTable } from '@prelector/kernel';
import { errorsOf } from '@prelector/kernel';

export const ledgerErrors = {
  'ledger.lease-lost': {
    recovery: 'transient',
    meaning: 'Another worker took this step over, so nothing of this attempt was written; nobody has to act.',
  },
  'ledger.lease-over': {
    recovery: 'transient',
    meaning:
      'The lease of this attempt ended before its report was sent, because the database was not reached in time, so nothing was sent; it is tried again, and nobody has to act.',
  },
  'ledger.illegal-transition': {
    recovery: 'permanent',
    meaning:
      'The ledger refused a step that its state does not allow; this is a fault of Prelector: report it.',
  },
  'ledger.held-needs-a-person': {
    recovery: 'permanent',
    meaning:
      'The study is held because identities disagree; a person has to release it: prelector study <uid> --release --reason "...".',
  },
  'ledger.not-found': {
    recovery: 'permanent',
    meaning: 'The ledger has no such row; check the identifier, or whether the row was removed.',
  },
  'ledger.order-united': {
    recovery: 'transient',
    meaning:
      'The order became one with another while the archives were asked for it, and is asked for as that; nobody has to act.',
  },
  'ledger.unreachable': {
    recovery: 'transient',
    scope: 'installation',
    meaning:
      'The database cannot be reached; check that PostgreSQL runs and that its address and password are right.',
  },
  'ledger.exhausted': {
    recovery: 'transient',
    scope: 'installation',
    meaning:
      'The database has no connection, memory or disk left for this; make room there, or allow more connections (max_connections). Work waits until then.',
  },
  'ledger.not-migrated': {
    recovery: 'permanent',
    meaning:
      'The database lacks tables of this version; start Prelector once with the right to change tables.',
  },
  'ledger.key-missing': {
    recovery: 'permanent',
    meaning:
      'An encrypted row names a key that is not configured; add that key to the configured keys again.',
  },
  'ledger.undecryptable': {
    recovery: 'permanent',
    meaning:
      'An encrypted row cannot be opened with the key it names; the key was changed or the row was damaged: restore either from backup.',
  },
  'ledger.order-without-number': {
    recovery: 'permanent',
    meaning:
      "An order names neither filler, placer nor accession number nor a study; correct the feed's mapping.",
  },
  'ledger.configuration-unknown-name': {
    recovery: 'permanent',
    meaning: 'The configuration names an object that does not exist; add it or correct the name.',
  },
} as const satisfies ErrorTable;

export const ledgerError = errorsOf(ledgerErrors);
