import { errorsOf, type ErrorTable } from '@prelector/kernel';

export const profileErrors = {
  'profile.unknown': {
    recovery: 'permanent',
    meaning: 'There is no built-in compatibility profile of this name; `prelector profiles` lists them.',
  },
  'profile.invalid': {
    recovery: 'permanent',
    meaning: 'The compatibility profile does not fit its schema; correct the fields named here.',
  },
} satisfies ErrorTable;

export const profileError = errorsOf(profileErrors);
