import { errorsOf, type ErrorTable } from '@prelector/kernel';

export const phantomErrors = {
  'phantom.option-invalid': {
    recovery: 'permanent',
    meaning: 'An option of the phantom is outside what can be made.',
  },
  'phantom.folder-not-empty': {
    recovery: 'permanent',
    meaning: 'The output folder holds files already; name an empty or a new one.',
  },
} satisfies ErrorTable;

export const phantomError = errorsOf(phantomErrors);
