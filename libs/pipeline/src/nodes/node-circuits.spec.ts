import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { NodeCircuits } from './node-circuits.js';

const failing = (code: string) => () => Promise.reject(new PrelectorError(code, 'transient', 'words'));
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (error: PrelectorError) => error.code,
  );

describe('NodeCircuits', () => {
  it('opens after a run of outages, so that the next call fails without being made', async () => {
    const circuits = new NodeCircuits();
    for (let count = 0; count < 4; count++) {
      expect(await codeOf(circuits.run('n', failing('dicomweb.timeout')))).toBe('dicomweb.timeout');
    }
    expect(await codeOf(circuits.run('n', failing('dicomweb.server-error')))).toBe('node.circuit-open');
    let called = false;
    expect(await codeOf(circuits.run('n', async () => void (called = true)))).toBe('node.circuit-open');
    expect(called).toBe(false);
    expect(await circuits.run('other', async () => 'answer')).toBe('answer');
  });

  it('stays closed for faults of one study, and of our own', async () => {
    const circuits = new NodeCircuits();
    for (let count = 0; count < 12; count++) {
      expect(await codeOf(circuits.run('n', failing('dicomweb.cut-off')))).toBe('dicomweb.cut-off');
      expect(await codeOf(circuits.run('n', failing('run.runner-crashed')))).toBe('run.runner-crashed');
    }
  });
});
