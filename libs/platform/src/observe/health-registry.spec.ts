import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { HealthRegistry } from './health-registry.js';

const clock = { now: () => new Date('2026-01-02T03:04:05Z') };

describe('the health of a process', () => {
  it('is ok without checks', async () => {
    expect(await new HealthRegistry(clock).report()).toEqual({
      state: 'ok',
      at: '2026-01-02T03:04:05.000Z',
      checks: {},
    });
  });

  it('is the worst of its checks, each with its reason', async () => {
    const health = new HealthRegistry(clock);
    health.add('database', () => ({ state: 'ok' }));
    health.add('queue', async () => ({ state: 'degraded', reason: 'slow' }));
    expect((await health.report()).state).toBe('degraded');
    const forget = health.add('disk', () => ({ state: 'failed', reason: 'full' }));
    expect(await health.report()).toMatchObject({
      state: 'failed',
      checks: { database: { state: 'ok' }, queue: { reason: 'slow' }, disk: { reason: 'full' } },
    });
    forget();
    expect((await health.report()).state).toBe('degraded');
  });

  it('counts a check that throws or does not answer as failed, and quotes no strange message', async () => {
    const health = new HealthRegistry(clock, 20);
    health.add('strange', () => {
      throw new Error('DOE^JANE');
    });
    health.add('ours', () => Promise.reject(new PrelectorError('x.y', 'transient', 'The archive is away.')));
    health.add('silent', () => new Promise(() => undefined));
    const { checks } = await health.report();
    expect(checks).toEqual({
      strange: { state: 'failed', reason: 'the check itself failed' },
      ours: { state: 'failed', reason: 'The archive is away.' },
      silent: { state: 'failed', reason: 'no answer within 0.02 s' },
    });
  });
});
