import { describe, expect, it } from '@jest/globals';
import type { NewTurnedAway } from '@prelector/ledger';
import { TurnedAwayCounts } from './turned-away-counts.js';

describe('what a feed turns away', () => {
  it('is written once for each reason, with the last address, and not again', async () => {
    const counts = new TurnedAwayCounts();
    const written: NewTurnedAway[] = [];
    const flush = () => counts.flush(async (turned) => void written.push(...turned));
    await flush();
    for (const peer of ['10.0.0.1', '10.0.0.2', undefined]) counts.add({ reason: 'address', peer });
    counts.add({ reason: 'TLS', peer: undefined });
    await flush();
    await flush();
    expect(written).toEqual([
      { reason: 'address', peer: '10.0.0.2', count: 3 },
      { reason: 'TLS', peer: undefined, count: 1 },
    ]);
  });

  it('is kept while it cannot be written', async () => {
    const counts = new TurnedAwayCounts();
    counts.add({ reason: 'address', peer: '10.0.0.1' });
    await expect(counts.flush(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    counts.add({ reason: 'address', peer: '10.0.0.2' });
    const written: NewTurnedAway[] = [];
    await counts.flush(async (turned) => void written.push(...turned));
    expect(written).toEqual([{ reason: 'address', peer: '10.0.0.2', count: 2 }]);
  });
});
