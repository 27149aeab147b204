import { z } from 'zod';
import { isSecretReference } from './resolve-secret.js';

const timeZone = z.string().refine(isTimeZone, 'an IANA time zone such as Europe/Berlin');
const port = z.coerce.number().int().min(0).max(65_535);
const folder = z.string().min(1);
const count = (most: number) => z.coerce.number().int().min(1).max(most);

/** A URL without a password in it, or a reference to one. */
const serverUrl = (what: string, schemes: readonly string[]) =>
  z.string().refine((text) => isSecretReference(text) || isOpenUrl(text, schemes), {
    error: `${what}; a password belongs behind a reference, env:NAME or file:/path`,
  });

const hostName = z
  .string()
  .regex(/^([0-9a-z]([0-9a-z_.-]{0,251}[0-9a-z])?|[0-9a-f:.]*:[0-9a-f:.]*)$/iu, 'a host name, without port');

const secret = z.string().refine(isSecretReference, 'a reference, env:NAME or file:/path');

/**
 * The infrastructure of an installation, as `prelector.yaml` states it: everything that is not changed in
 * daily life. Nodes, feeds, rules and model switches live in the ledger.
 */
export const configurationSchema = z.strictObject({
  site: z.strictObject({
    /** Local dates of archives are made and read by this zone, or the node's own, never by the process's. */
    timeZone,
  }),
  /** Keys, artifacts, and the embedded database. */
  dataFolder: folder.default('.data'),
  database: z
    .strictObject({
      /** An own PostgreSQL server; the embedded one when absent. */
      url: serverUrl('postgres://user@host:5432/database', ['postgres:', 'postgresql:']).optional(),
      /** Port of the embedded database; a free one when absent. */
      port: port.optional(),
    })
    .prefault({}),
  queue: z
    .strictObject({
      /** Where the queues are; the database when absent. */
      url: serverUrl('postgres://… or redis://host:6379', [
        'postgres:',
        'postgresql:',
        'redis:',
        'rediss:',
      ]).optional(),
      /** Schema (PostgreSQL) or key prefix (Redis) of the queues. */
      prefix: z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,39}$/u, '1 to 40 of a-z, 0-9 and _, beginning with a letter')
        .default('prelector_queue'),
    })
    .prefault({}),
  /** Encoded reports and the like; `artifacts` in the data folder when absent. */
  artifacts: z.strictObject({ folder: folder.optional() }).prefault({}),
  /** Model packages. A folder that is not beside the file is looked for where the process stands. */
  models: z.strictObject({ folder: folder.default('models') }).prefault({}),
  http: z
    .strictObject({
      /** Where health, readiness and status are served. */
      host: z.string().min(1).default('127.0.0.1'),
      /** Of the console; 0 takes a free one. */
      port: port.default(8080),
      /** Addresses or CIDR ranges that may connect, besides this machine; required unless bound to loopback. */
      allowedPeers: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).default([]),
      /** Names by which it is asked for, besides `host`, localhost and its addresses; others get 421. */
      names: z.array(hostName).default([]),
    })
    .prefault({}),
  hl7: z
    .strictObject({
      /** Largest message taken. */
      messageBytes: count(64 * 1024 * 1024).default(4 * 1024 * 1024),
      /** Further ones are turned away. */
      connectionsPerFeed: count(10_000).default(512),
      /** Of one address; an interface engine may need more. */
      connectionsPerPeer: count(10_000).default(32),
      /** A connection on which nothing comes for so long is closed. */
      idleSeconds: count(86_400).default(600),
    })
    .prefault({}),
  logging: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      /** Lines for people instead of JSON. */
      pretty: z.stringbool().or(z.boolean()).default(false),
    })
    .prefault({}),
  workers: z
    .strictObject({
      /** Runner processes, each of which runs one model at a time. */
      runners: count(64).default(1),
      /** Jobs at a time of each step other than `run`. */
      concurrency: count(64).default(4),
      /** Memory that runs may ask for together, in MiB; half of the machine's when absent. */
      memoryMiB: count(16 * 1024 * 1024).optional(),
      /** After so long without a sign of life of its worker, a step is given to another. */
      leaseSeconds: count(3600).min(2).default(60),
    })
    .prefault({}),
  security: z
    .strictObject({
      /** The first encrypts, the others still decrypt. 32 bytes each, base64. */
      keys: z
        .array(
          z.strictObject({ id: z.string().regex(/^[\w.-]{1,64}$/u, 'letters, digits, . _ -'), key: secret }),
        )
        .min(1)
        .optional(),
      /** By which identities are looked up and named in logs. 32 bytes, base64. */
      siteKey: secret.optional(),
    })
    .prefault({}),
});

/** What `prelector.yaml`, the environment and the defaults say together, with secrets still as references. */
export type ConfigurationInput = z.input<typeof configurationSchema>;
export type CheckedConfiguration = z.output<typeof configurationSchema>;

function isTimeZone(name: string): boolean {
  try {
    // An offset such as +02:00 is taken by Intl, too, but knows no summer time.
    return /^[A-Za-z]/u.test(name) && Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

function isOpenUrl(text: string, schemes: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return schemes.includes(url.protocol) && url.password === '' && !url.searchParams.has('password');
}
