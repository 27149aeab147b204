import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { afterNodeFault } from './node-fault.js';

const now = new Date('2026-01-01T00:00:00Z');
const fault = (code: string) => new PrelectorError(code, 'permanent', 'words');

describe('afterNodeFault', () => {
  it('waits for a node that is away or turns us away, however long that takes', () => {
    for (const code of ['dicomweb.unreachable', 'dicomweb.unauthorised', 'node.circuit-open']) {
      expect(afterNodeFault(fault(code), now, 0)).toEqual({
        at: new Date('2026-01-01T00:00:15Z'),
        why: 'words',
      });
      expect(afterNodeFault(fault(code), now, 0.999)?.at.getTime()).toBeLessThanOrEqual(
        now.getTime() + 45_000,
      );
    }
  });

  it('leaves faults of one study to its attempts', () => {
    expect(afterNodeFault(fault('dicomweb.cut-off'), now, 0)).toBeUndefined();
    expect(afterNodeFault(fault('dicomweb.not-found'), now, 0)).toBeUndefined();
  });
});
