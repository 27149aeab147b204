import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readDatasets } from './read-body.js';

describe('a long answer', () => {
  it('is read in slices, between which others have their turn', async () => {
    const list = Array.from({ length: 5000 }, () => ({ '00080018': { vr: 'UI', Value: ['1.2'] } }));
    const body = Readable.from([Buffer.from(JSON.stringify(list))]);
    let turns = 0;
    let next: NodeJS.Immediate;
    const count = () => {
      turns += 1;
      next = setImmediate(count);
    };
    const answer = { status: 200, header: () => undefined, body };
    const found = readDatasets(answer, { bytes: 1024 * 1024, datasets: 5000, emptyBodyIsEmpty: false });
    next = setImmediate(count);
    expect(await found).toHaveLength(5000);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(100);
  });
});
