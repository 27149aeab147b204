import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Shutdown } from './shutdown.js';

describe('the end of a process', () => {
  it('stops by stages, in each what was added last first, and once', async () => {
    const stopped: string[] = [];
    const shutdown = new Shutdown();
    const stop = (name: string) => async () => {
      await sleep(2);
      stopped.push(name);
    };
    shutdown.add('postgres', stop('postgres'), 'database');
    shutdown.add('listener', stop('listener'), 'intake');
    shutdown.add('runner', stop('runner'), 'steps');
    shutdown.add('dispatcher', stop('dispatcher'), 'steps');
    shutdown.add('queues', stop('queues'), 'queue');
    expect(shutdown.begun).toBe(false);
    expect(await Promise.all([shutdown.run(), shutdown.run()])).toEqual([true, true]);
    expect(shutdown.begun).toBe(true);
    expect(stopped).toEqual(['listener', 'dispatcher', 'runner', 'queues', 'postgres']);
  });

  it('goes on past a part that throws or hangs, and says that it was not clean', async () => {
    const stopped: string[] = [];
    const shutdown = new Shutdown({ limitMs: 1 });
    shutdown.add('broken', () => Promise.reject(new Error('no')), 'intake');
    shutdown.add('hanging', () => new Promise(() => undefined), 'steps');
    shutdown.add('database', () => stopped.push('database'), 'database');
    expect(await shutdown.run()).toBe(false);
    expect(stopped).toEqual(['database']);
  });

  it('begins at the first signal and ends at once at the second', async () => {
    const codes: number[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const shutdown = new Shutdown({ exit: (code) => void codes.push(code) }).listen();
    shutdown.add('steps', () => held, 'steps');
    process.emit('SIGTERM', 'SIGTERM');
    expect(shutdown.begun).toBe(true);
    process.emit('SIGINT', 'SIGINT');
    expect(codes).toEqual([130]);
    release();
    await shutdown.run();
    await sleep(0);
    expect(codes).toEqual([130, 0]);
    shutdown.ignoreSignals();
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });
});
