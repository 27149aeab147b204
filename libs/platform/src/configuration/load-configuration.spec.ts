import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfiguration } from './load-configuration.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const site = { site: { timeZone: 'Europe/Berlin' } };

let folder: string;
const write = (text: string, name = 'prelector.yaml'): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const problemsOf = (load: () => unknown): string[] => {
  try {
    load();
  } catch (error) {
    return (error as Error).message.split('\n').flatMap((line) => (/^ {2}- (.*)/u.exec(line) ?? []).slice(1));
  }
  return [];
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prelector-configuration-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the configuration', () => {
  it('needs nothing but a time zone, and then uses the embedded database on loopback', () => {
    const configuration = loadConfiguration({ env: { PRELECTOR_TIME_ZONE: 'Europe/Berlin' } });
    expect(configuration).toMatchObject({
      site: { timeZone: 'Europe/Berlin' },
      database: { kind: 'embedded' },
      http: { host: '127.0.0.1', allowedPeers: [], names: [] },
      logging: { level: 'info', pretty: false },
      workers: { runners: 1 },
      security: {},
    });
    expect(configuration.queue.url).toBeUndefined();
  });

  it('puts the environment over the file over the defaults', () => {
    const file = write('site:\n  timeZone: Europe/Paris\nhttp:\n  port: 9000\nlogging:\n  level: warn\n');
    const configuration = loadConfiguration({
      file,
      env: { PRELECTOR_LOG_LEVEL: 'debug', PRELECTOR_RUNNERS: '3', PRELECTOR_LOG_PRETTY: 'true' },
      defaults: { ...site, http: { port: 1 }, workers: { concurrency: 2, runners: 9 } },
    });
    expect(configuration.site.timeZone).toBe('Europe/Paris');
    expect(configuration.http.port).toBe(9000);
    expect(configuration.logging).toEqual({ level: 'debug', pretty: true });
    expect(configuration.workers).toMatchObject({ runners: 3, concurrency: 2 });
  });

  it('reads folders from the place of the file', () => {
    const file = write('site: {timeZone: UTC}\ndataFolder: state\n');
    const configuration = loadConfiguration({ file, env: {} });
    expect(configuration.dataFolder).toBe(join(folder, 'state'));
    expect(configuration.artifacts.folder).toBe(join(folder, 'state', 'artifacts'));
  });

  it('tells every problem at once, with path, expectation and origin, and never a value', () => {
    const file = write(
      [
        'site:',
        '  timeZone: "+02:00"',
        'http:',
        '  port: hunter2',
        '  hosst: x',
        'database:',
        '  url: postgres://u:hunter2@h/db',
        'logging: {level: loud}',
      ].join('\n'),
    );
    const problems = problemsOf(() => loadConfiguration({ file, env: { PRELECTOR_RUNNERS: '0' } }));
    expect(problems).toEqual([
      `site.timeZone: expected an IANA time zone such as Europe/Berlin, found text of 6 characters (${file} line 2)`,
      expect.stringContaining(
        'database.url: expected postgres://user@host:5432/database; a password belongs',
      ),
      `http.port: expected a number, found text of 7 characters (${file} line 4)`,
      `http.hosst: no such member (${file} line 5)`,
      `logging.level: expected one of debug, info, warn, error, found text of 4 characters (${file} line 8)`,
      'workers.runners: expected at least 1, found text of 1 characters (PRELECTOR_RUNNERS)',
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('asks for the time zone by name when nothing is set', () => {
    expect(problemsOf(() => loadConfiguration({ env: {} }))).toEqual([
      'site.timeZone: expected text, found nothing (not set)',
    ]);
  });

  it('says where a file is not YAML', () => {
    const file = write('site:\n  timeZone: UTC\n  - x: [\n');
    const problems = problemsOf(() => loadConfiguration({ file, env: {} }));
    expect(problems[0]).toMatch(/line \d+: not YAML \([A-Z_]+\)$/u);
  });

  it('refuses a file that is not there, or is huge', () => {
    const missing = join(folder, 'none.yaml');
    expect(() => loadConfiguration({ file: missing, env: {} })).toThrow(
      expect.objectContaining({ code: 'config.unreadable' }),
    );
    const huge = write('#'.repeat(1024 * 1024 + 1), 'huge.yaml');
    expect(() => loadConfiguration({ file: huge, env: {} })).toThrow(
      expect.objectContaining({ code: 'config.unreadable' }),
    );
  });

  it('takes the database and its keys from the environment, and prints none of them', () => {
    const env = {
      PRELECTOR_TIME_ZONE: 'UTC',
      DATABASE_URL: 'postgres://u:hunter2@db/prelector',
      PRELECTOR_DATA_KEY: KEY,
      PRELECTOR_SITE_KEY: KEY,
    };
    const configuration = loadConfiguration({ env });
    const { database, security } = configuration;
    expect(database.kind === 'server' && database.url.reveal()).toBe(env.DATABASE_URL);
    expect(security.keys?.map(({ id, key }) => [id, key.reveal()])).toEqual([['main', KEY]]);
    const printed = `${JSON.stringify(configuration)} ${inspect(configuration, { depth: 9 })} ${String(security.siteKey)}`;
    expect(printed).not.toContain('hunter2');
    expect(printed).not.toContain(KEY);
  });

  it('takes secrets from files, without the newline of an editor', () => {
    const secret = write(`${KEY}\n`, 'key');
    const url = write('postgres://u:p@db/x\r\n', 'url');
    const file = write(
      `site: {timeZone: UTC}\ndatabase: {url: "file:${url}"}\nsecurity:\n  keys: [{id: a, key: "file:${secret}"}]\n  siteKey: "file:${secret}"\n`,
    );
    const { database, security } = loadConfiguration({ file, env: {} });
    expect(database.kind === 'server' && database.url.reveal()).toBe('postgres://u:p@db/x');
    expect(security.siteKey?.reveal()).toBe(KEY);
  });

  it('tells which secrets are missing, short or doubled', () => {
    const file = write(
      `site: {timeZone: UTC}\ndatabase: {url: env:NONE}\nsecurity:\n  keys: [{id: a, key: env:SHORT}, {id: a, key: file:/none}]\n  siteKey: env:KEY\n`,
    );
    expect(problemsOf(() => loadConfiguration({ file, env: { SHORT: 'c2hvcnQ=', KEY } }))).toEqual([
      'database.url: env:NONE is not there, empty or not readable',
      'security.keys: expected a different id for each key',
      'security.keys.0.key: expected 32 bytes as base64 (openssl rand -base64 32)',
      'security.keys.1.key: file:/none is not there, empty or not readable',
    ]);
  });

  it('wants keys beside a database of your own, and peers beside an open address', () => {
    const env = { DATABASE_URL: 'postgres://db/x', PRELECTOR_HTTP_HOST: '0.0.0.0' };
    expect(problemsOf(() => loadConfiguration({ env, defaults: site }))).toEqual([
      expect.stringContaining('http.allowedPeers: expected who may connect'),
      expect.stringContaining('security: expected keys and siteKey'),
    ]);
  });

  it('takes the names of the HTTP server, and nothing that is no name', () => {
    const names = ['prelector.hospital', 'fd00::7', 'https://prelector.hospital', 'prelector:8080'];
    expect(problemsOf(() => loadConfiguration({ env: {}, defaults: { ...site, http: { names } } }))).toEqual([
      expect.stringContaining('http.names.2: expected a host name, without port'),
      expect.stringContaining('http.names.3: expected a host name, without port'),
    ]);
  });

  it('cannot be changed afterwards', () => {
    const configuration = loadConfiguration({ env: {}, defaults: site });
    expect(() => Object.assign(configuration.http, { port: 1 })).toThrow(TypeError);
  });
});
