import { errorsOf, type ErrorTable } from '@prelector/kernel';

/** What can go wrong between findings and encoded evidence. */
export const evidenceErrors = {
  'evidence.identity-unwritable': {
    recovery: 'permanent',
    meaning:
      'No report can bear the identity that the images state, so none is written. Correct the attribute in the archive, then release the study.',
  },
  'evidence.time-zone-unknown': {
    recovery: 'permanent',
    meaning: 'The time zone set for this site or node is not a known IANA time zone. Correct it, then retry.',
  },
  'evidence.gate-refused': {
    recovery: 'permanent',
    meaning:
      'The encoded evidence breaks a rule of structured reports and was not released. This is a fault of Prelector or of the model package: report it with the rules named here.',
  },
} as const satisfies ErrorTable;

export const evidenceError = errorsOf(evidenceErrors);
