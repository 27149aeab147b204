import { describe, expect, it } from '@jest/globals';
import { childEntry } from './child-entry.js';

describe('the entry of a child process', () => {
  it('is the built file, whether asked from the sources or from the build', () => {
    const built = /libs\/platform\/dist\/free-port\.js$/u;
    expect(childEntry(import.meta.url, './free-port.js')).toMatch(built);
    expect(childEntry(import.meta.url, './free-port.ts')).toMatch(built);
    expect(childEntry(import.meta.url.replace('/src/', '/dist/'), './free-port.js')).toMatch(built);
  });

  it('says that the build is missing when it is', () => {
    expect(() => childEntry(import.meta.url, './none.js')).toThrow(
      expect.objectContaining({ code: 'build.missing' }),
    );
  });
});
