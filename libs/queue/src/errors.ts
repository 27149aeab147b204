import { errorsOf, type ErrorTable } from '@prelector/kernel';

/** What can go wrong with the queues. Nothing is lost by it: the ledger feeds them again. */
export const queueErrors = {
  'queue.url-invalid': {
    recovery: 'permanent',
    meaning: 'The address of the queues must start with postgres://, postgresql://, redis:// or rediss://',
  },
  'queue.prefix-invalid': {
    recovery: 'permanent',
    meaning: 'The prefix of the queues must be 1 to 40 of a-z, 0-9 and _, beginning with a letter',
  },
  'queue.unavailable': {
    recovery: 'transient',
    meaning:
      'The server that holds the queues does not answer. Check that it runs and that QUEUE_URL is right',
  },
  'queue.schema': {
    recovery: 'permanent',
    meaning:
      'The tables of the queues cannot be made or were made by a newer version. Allow the database role to create a schema, or update Prelector',
  },
  'queue.bad-job': {
    recovery: 'permanent',
    meaning: 'A job of the queues must carry ids and a count only',
  },
  'queue.closed': { recovery: 'transient', meaning: 'The queues are closed because Prelector is stopping' },
} as const satisfies ErrorTable;

/** Makes an error of this lib: `queueError('queue.unavailable', 'after 10 s')`. */
export const queueError = errorsOf(queueErrors);
