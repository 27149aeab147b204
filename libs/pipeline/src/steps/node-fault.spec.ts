import { describe, expect, it } from '@jest/globals';
import type { FaultScope } from '@prelector/kernel';
import { PrelectorError } from '@prelector/kernel';
import { afterNodeFault } from './node-fault.js';

const now = new Date('2026-01-01T00:00:00Z');
const fault = (scope?: FaultScope) => new PrelectorError('a.code', 'permanent', 'words', { scope });

describe('afterNodeFault', () => {
  it('waits for a node that is away or turns us away, however long that takes', () => {
    for (const scope of ['node', 'installation'] as const) {
      expect(afterNodeFault(fault(scope), now, 0)).toEqual({
        at: new Date('2026-01-01T00:00:15Z'),
        why: 'words',
      });
      expect(afterNodeFault(fault(scope), now, 0.999)?.at.getTime()).toBeLessThanOrEqual(
        now.getTime() + 45_000,
      );
    }
  });

  it('leaves faults of one study to its attempts', () => {
    expect(afterNodeFault(fault('study'), now, 0)).toBeUndefined();
    expect(afterNodeFault(fault(), now, 0)).toBeUndefined();
  });
});
