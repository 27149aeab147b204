import { describe, expect, it } from '@jest/globals';
import { MemoryAdmission } from './memory-admission.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('MemoryAdmission', () => {
  it('lets as many in as there are places and memory, the others in the order of asking', async () => {
    const admission = new MemoryAdmission(2, 100);
    const inside: string[] = [];
    const ask = (name: string, needMiB: number) => admission.enter(needMiB).then(() => inside.push(name));
    void ask('a', 60);
    void ask('b', 60);
    void ask('c', 10);
    await settle();
    expect(inside).toEqual(['a']);
    admission.leave(60);
    await settle();
    expect(inside).toEqual(['a', 'b', 'c']);
  });

  it('gives everything to a run that asks for more than there is, alone', async () => {
    const admission = new MemoryAdmission(2, 100);
    await admission.enter(10);
    let inside = false;
    void admission.enter(500).then(() => (inside = true));
    await settle();
    expect(inside).toBe(false);
    admission.leave(10);
    await settle();
    expect(inside).toBe(true);
  });
});
