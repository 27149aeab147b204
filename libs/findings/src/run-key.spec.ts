import { describe, expect, it } from '@jest/globals';
import type { RunKeyParts } from './run-key.js';
import { runKey } from './run-key.js';

const parts: RunKeyParts = {
  studyInstanceUid: '1.2',
  packageDigest: 'aa',
  settings: { b: 1, a: 2 },
  contractVersion: 1,
  sopInstanceUids: ['1.2.1', '1.2.2'],
  revision: 0,
};

describe('runKey', () => {
  it('does not depend on the order of instances or of settings', () => {
    const other = { ...parts, settings: { a: 2, b: 1 }, sopInstanceUids: ['1.2.2', '1.2.1'] };
    expect(runKey(other)).toBe(runKey(parts));
  });

  it.each<Partial<RunKeyParts>>([
    { studyInstanceUid: '1.3' },
    { packageDigest: 'bb' },
    { settings: { a: 2 } },
    { contractVersion: 2 },
    { sopInstanceUids: ['1.2.1'] },
    { revision: 1 },
  ])('differs when %j does', (change) => {
    expect(runKey({ ...parts, ...change })).not.toBe(runKey(parts));
  });
});
