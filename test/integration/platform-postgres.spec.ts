import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EmbeddedPostgres } from '@prelector/platform';
import pg from 'pg';
import { testDatabase } from '../postgres.js';

jest.setTimeout(60_000);

const dist = join(import.meta.dirname, '../../libs/platform/dist/index.js');

let root: string;
let dataFolder: string;
let started: EmbeddedPostgres[];

const start = async () => {
  const server = await EmbeddedPostgres.start({ dataFolder, allowRoot: true, settings: { fsync: 'off' } });
  started.push(server);
  return server;
};

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function postmasterPid(): Promise<number> {
  const file = await readFile(join(dataFolder, 'postgres/cluster/postmaster.pid'), 'utf8');
  return Number.parseInt(file, 10);
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prelector platform '));
  dataFolder = join(root, 'data');
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  await started[0]?.destroy();
  await rm(root, { recursive: true, force: true });
});

describe('the embedded PostgreSQL', () => {
  it('answers on loopback with the version of its package, in UTF-8, under the role of its URL', async () => {
    const server = await start();
    const [row] = await query(
      server.url,
      `SELECT current_setting('server_encoding') AS encoding, current_setting('listen_addresses') AS listens,
              upper('ä') AS upper, current_user AS role, split_part(version(), ' ', 2) AS version`,
    );
    expect(row).toEqual({
      encoding: 'UTF8',
      listens: '127.0.0.1',
      upper: 'Ä',
      role: 'prelector',
      version: expect.stringMatching(/^18\./u),
    });
  });

  it('refuses a wrong password', async () => {
    const server = await start();
    const url = new URL(server.url);
    url.password = 'guess';
    await expect(query(url.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/u);
  });

  it('keeps its folders and files from other users', async () => {
    await start();
    expect((await stat(dataFolder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataFolder, 'postgres'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataFolder, 'connection.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataFolder, 'postgres/password'))).mode & 0o777).toBe(0o600);
  });

  it('works in a data folder under a home of mode 0700', async () => {
    await mkdir(join(root, 'home'), { mode: 0o700 });
    dataFolder = join(root, 'home', 'clone', '.data');
    const server = await start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is started once by starts at the same moment, and stopped by the last to leave', async () => {
    const servers = await Promise.all([start(), start(), start()]);
    expect(servers.filter((server) => !server.adopted)).toHaveLength(1);
    expect(new Set(servers.map((server) => server.url)).size).toBe(1);
    await servers[0]?.stop();
    await servers[1]?.stop();
    expect(await query(servers[2]?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await servers[2]?.stop();
    expect(existsSync(join(dataFolder, 'postgres/cluster/postmaster.pid'))).toBe(false);
  });

  it('keeps its rows, its password and, where it is free, its port from one start to the next', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('recovers what was committed when the server was killed', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    process.kill(await postmasterPid(), 'SIGKILL');
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('starts a killed server again at the same address while it is in use', async () => {
    const server = await start();
    await query(server.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const killed = await postmasterPid();
    process.kill(killed, 'SIGKILL');
    const answer = async () => query(server.url, 'SELECT answer FROM kept').catch(() => undefined);
    while ((await answer()) === undefined) await sleep(50);
    expect(await answer()).toEqual([{ answer: 42 }]);
    expect(await postmasterPid()).not.toBe(killed);
  });

  it('takes over the server of a process that was killed, and stops it in the end', async () => {
    const script = `const { EmbeddedPostgres } = await import(${JSON.stringify(dist)});
      await EmbeddedPostgres.start({ dataFolder: ${JSON.stringify(dataFolder)}, allowRoot: true });
      process.stdout.write('up'); setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(other.stdout, 'data');
    const pid = await postmasterPid();
    other.kill('SIGKILL');
    await once(other, 'exit');
    const server = await start();
    expect(server.adopted).toBe(true);
    expect(await postmasterPid()).toBe(pid);
    await server.stop();
    expect(existsSync(join(dataFolder, 'postgres/cluster/postmaster.pid'))).toBe(false);
  });

  it('passes over a postmaster.pid that names a process which is no server', async () => {
    await (await start()).stop();
    const lines = [process.pid, dataFolder, 1, 5432, '', '127.0.0.1', '1 1', 'ready', ''];
    await writeFile(join(dataFolder, 'postgres/cluster/postmaster.pid'), lines.join('\n'), { mode: 0o600 });
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('does the making of a cluster again when it was cut off', async () => {
    await (await start()).stop();
    const home = join(dataFolder, 'postgres');
    await rm(join(home, 'cluster'), { recursive: true });
    await mkdir(join(home, 'cluster.unfinished'));
    await writeFile(join(home, 'cluster.unfinished/PG_VERSION'), '18\n');
    const server = await start();
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(existsSync(join(home, 'cluster.unfinished'))).toBe(false);
  });

  it('passes over the lock of a process that died', async () => {
    await mkdir(join(dataFolder, 'postgres.lock'), { recursive: true, mode: 0o700 });
    await writeFile(join(dataFolder, 'postgres.lock', '1'), '999999999:1');
    expect((await start()).adopted).toBe(false);
  });

  it('names the log when the server cannot start', async () => {
    const settings = { shared_buffers: 'nonsense' };
    const bad = EmbeddedPostgres.start({ dataFolder, allowRoot: true, settings });
    await expect(bad).rejects.toMatchObject({ code: 'postgres.start-failed' });
    await start();
  });

  it('refuses a cluster of another major version', async () => {
    await (await start()).stop();
    await writeFile(join(dataFolder, 'postgres/cluster/PG_VERSION'), '17\n');
    await expect(start()).rejects.toMatchObject({ code: 'postgres.other-version' });
  });

  const asRoot = process.getuid?.() === 0;
  // Another user can load the build only when the checkout lies outside a home of mode 0700.
  const reachable = asRoot && spawnSync('test', ['-r', dist], { uid: 65534, gid: 65534 }).status === 0;

  if (asRoot) {
    it('does not start as root unless that is allowed', async () => {
      await expect(EmbeddedPostgres.start({ dataFolder })).rejects.toMatchObject({
        code: 'postgres.root-not-allowed',
      });
    });

    it('follows, as root, no link of another user, and gives its target to nobody', async () => {
      const target = join(root, 'of root');
      await mkdir(target, { mode: 0o700 });
      await mkdir(dataFolder, { mode: 0o700 });
      await symlink(target, join(dataFolder, 'postgres'));
      await expect(start()).rejects.toMatchObject({ code: 'data.foreign-database' });
      await chown(dataFolder, 65_534, 65_534);
      await expect(start()).rejects.toMatchObject({ code: 'data.foreign-owner' });
      expect(await stat(target)).toMatchObject({ uid: 0, gid: 0 });
    });

    it('takes, as root, no database of another data folder, none that was linked by another, and no folder', async () => {
      await (await start()).stop();
      const [link, first] = [join(dataFolder, 'postgres'), dataFolder];
      const home = await realpath(link);
      await lchown(link, 65_534, 65_534);
      await expect(start()).rejects.toMatchObject({ code: 'data.foreign-database' });
      await lchown(link, 0, 0);

      dataFolder = join(root, 'other');
      await mkdir(dataFolder, { mode: 0o700 });
      await symlink(home, join(dataFolder, 'postgres'));
      await expect(start()).rejects.toMatchObject({ code: 'data.foreign-database' });
      await rm(join(dataFolder, 'postgres'));
      await mkdir(join(dataFolder, 'postgres'));
      await expect(start()).rejects.toMatchObject({ code: 'data.foreign-database' });
      expect(await stat(join(dataFolder, 'postgres'))).toMatchObject({ uid: 0 });
      dataFolder = first;
    });

    it('finds the database of a data folder that was moved, once it is told so', async () => {
      const first = await start();
      await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await first.stop();
      await rename(dataFolder, join(root, 'moved'));
      dataFolder = join(root, 'moved');
      await expect(start()).rejects.toMatchObject({ code: 'data.foreign-database' });
      await writeFile(join(dataFolder, 'postgres', 'OWNER'), `database of the data folder ${dataFolder}\n`);
      const second = await start();
      expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    });
  }

  if (reachable) {
    it('works as an ordinary user, whose folder root leaves alone', async () => {
      const user = await ordinaryFolder();
      const script = `const { EmbeddedPostgres } = await import(${JSON.stringify(user.entry)});
        const server = await EmbeddedPostgres.start({ dataFolder: ${JSON.stringify(user.dataFolder)} });
        process.stdout.write(server.url); await server.stop();`;
      const url = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        uid: 65534,
        gid: 65534,
        encoding: 'utf8',
      });
      expect(url).toMatch(/^postgres:\/\/prelector:/u);
      expect(existsSync(join(user.dataFolder, 'postgres/cluster/PG_VERSION'))).toBe(true);
      dataFolder = user.dataFolder;
      await expect(start()).rejects.toMatchObject({ code: 'data.foreign-owner' });
    });
  }
});

/** A folder of an unprivileged user from which the built lib can be loaded. */
async function ordinaryFolder(): Promise<{ entry: string; dataFolder: string }> {
  const folder = join(root, 'ordinary');
  await mkdir(folder);
  await symlink(dist, join(folder, 'index.js'));
  execFileSync('chown', ['-R', '65534:65534', folder]);
  execFileSync('chmod', ['755', root]);
  return { entry: join(folder, 'index.js'), dataFolder: join(folder, 'data') };
}

describe('the database of a test', () => {
  it('is empty, its own, and gone when dropped', async () => {
    const [a, b] = await Promise.all([testDatabase(), testDatabase()]);
    await query(a.url, 'CREATE TABLE mine (id int)');
    const tables = "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'";
    expect(await query(b.url, tables)).toEqual([{ n: 0 }]);
    await a.drop();
    await expect(query(a.url, 'SELECT 1')).rejects.toThrow(/does not exist/u);
    await b.drop();
  });
});
