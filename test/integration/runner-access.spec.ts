import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { lent, openAuthenticator } from '@prelector/dicomweb';
import type { Authenticator, TlsOptions } from '@prelector/dicomweb';
import { PrelectorError, silentLog } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import type { RunnerJob } from '../../apps/analysis/src/runner/protocol.js';
import { Runner, type RunOptions } from '../../apps/analysis/src/runner/runner.js';
import { certificateAuthority } from './hl7-certificates.testing.js';
import { Workbench, ctStudy, type Door } from './runner.testing.js';

// Children start in their own time on a busy machine.
jest.setTimeout(60_000);

const bounds: RunOptions = { timeoutSeconds: 60, memoryMiB: 4096 };
const old = 'canary-of-yesterday';
const fresh = 'canary-of-today';

describe('a runner and a node that asks who it is', () => {
  let bench: Workbench;
  let runner: Runner;
  let job: RunnerJob;
  /** Authorization headers as they came to the node. */
  let seen: (string | undefined)[];
  /** What stands in the file of the password. */
  let password: string | undefined;

  beforeAll(async () => {
    bench = new Workbench();
    job = await bench.job(bench.package('threshold'), bench.study('study', ctStudy(12)));
  });
  afterAll(() => bench.close());
  beforeEach(() => {
    runner = new Runner({ log: silentLog, threads: 1 });
    seen = [];
    password = old;
  });
  afterEach(() => runner.close());

  const header = (secret: string) => `Basic ${Buffer.from(`ai:${secret}`).toString('base64')}`;
  const admits = (secret: string) => (request: IncomingMessage) => {
    seen.push(request.headers.authorization);
    return request.headers.authorization === header(secret);
  };
  const basic = (): Authenticator =>
    openAuthenticator(
      { kind: 'basic', username: 'ai', password: 'file:/password' },
      {
        profile: loadProfile('generic-strict').auth,
        secret: () => {
          if (password !== undefined) return password;
          throw new PrelectorError('secret.missing', 'transient', 'It is not there.', { scope: 'node' });
        },
      },
    );
  type Source = Extract<RunnerJob['source'], { kind: 'dicomweb' }>;
  const run = (source: Source, authenticator: Authenticator, tls?: TlsOptions) =>
    runner.run(
      { ...job, source },
      { ...bounds, access: { authenticator: lent(authenticator, source.client.roots), tls } },
    );
  const serve = async (door: Door) => (await bench.node(ctStudy(12), undefined, door)) as Source;
  const node = (secret: string) => serve({ admits: admits(secret) });

  it('has its parent sign, and neither its job, its environment nor its command line holds the secret', async () => {
    const source = await node(old);
    const { findings } = await run(source, basic());
    expect(findings.groups).not.toEqual([]);
    expect(seen).toEqual([header(old)]);
    const told = [
      JSON.stringify({ ...job, source }),
      ...['environ', 'cmdline'].map((file) => readFileSync(`/proc/${runner.pid}/${file}`, 'utf8')),
    ].join();
    expect(told).not.toContain(old);
    expect(told).not.toContain(header(old).slice(6));
  });

  it('is given another password by its parent when the one it came with is refused', async () => {
    const source = await node(fresh);
    const authenticator = basic();
    password = fresh;
    await run(source, authenticator);
    expect(seen).toEqual([header(old), header(fresh)]);
  });

  it('tries a wrong password once, and says so as one of the node', async () => {
    const source = await node(fresh);
    await expect(run(source, basic())).rejects.toMatchObject({
      code: 'dicomweb.unauthorised',
      scope: 'node',
    });
    expect(seen).toEqual([header(old)]);
  });

  it('fails with what its parent failed with', async () => {
    const source = await node(fresh);
    const authenticator = basic();
    password = undefined;
    await expect(run(source, authenticator)).rejects.toMatchObject({
      code: 'secret.missing',
      recovery: 'transient',
      scope: 'node',
    });
  });

  it('is signed for at the addresses of the node alone', async () => {
    const [mine, foreign] = [await node(old), await node(old)];
    const access = { authenticator: lent(basic(), mine.client.roots), tls: undefined };
    await expect(runner.run({ ...job, source: foreign }, { ...bounds, access })).rejects.toMatchObject({
      code: 'dicomweb.not-signed',
    });
    expect(seen).toEqual([]);
  });

  it('is signed for in one run, and not in the next, for which its parent lends it nothing', async () => {
    const source = await node(old);
    await run(source, basic());
    const { pid } = runner;
    await expect(runner.run({ ...job, source }, bounds)).rejects.toMatchObject({
      code: 'dicomweb.unauthorised',
    });
    expect(seen).toEqual([header(old), undefined]);
    expect(runner.pid).toBe(pid);
  });

  it('comes with the certificate that stands at the node as its run begins', async () => {
    const authority = certificateAuthority('Hospital CA');
    const stranger = certificateAuthority('Another CA').issue('prelector');
    const tls = { ...authority.issue('pacs'), ca: authority.cert, requestCert: true };
    const source = await serve({ tls });
    await expect(run(source, basic(), { ca: authority.cert, ...stranger })).rejects.toMatchObject({
      scope: 'node',
    });
    await run(source, basic(), { ca: authority.cert, ...authority.issue('prelector') });
    expect(JSON.stringify(source)).not.toContain('PRIVATE KEY');
  });
});
