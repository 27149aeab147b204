import { describe, expect, it } from '@jest/globals';
import { namespaceParts, namespaceText, namespacesAgree } from './namespace.js';

describe('namespacesAgree', () => {
  it.each([
    ['RIS^1.2.3', '^1.2.3', true],
    ['RIS^1.2.3', 'RIS', true],
    ['RIS^1.2.3', 'RIS^1.2.3', true],
    ['RIS', ' RIS ', true],
    ['SYSA', 'SYSB', false],
    ['RIS^1.2.3', 'RIS^1.2.4', false],
    ['RIS^1.2.3', 'HIS^1.2.3', false],
    ['RIS', '^1.2.3', false],
    ['1.2.3', '^1.2.3', true],
    ['1.2.3', 'RIS^1.2.3', true],
    ['', 'RIS^1.2.3', true],
    [undefined, 'RIS', true],
  ])('of %p and %p is %p', (a, b, agree) => {
    expect(namespacesAgree(a, b)).toBe(agree);
    expect(namespacesAgree(b, a)).toBe(agree);
  });
});

it('keeps the parts that are stated', () => {
  for (const parts of [
    { local: 'RIS', universal: '1.2.3' },
    { local: '', universal: '1.2.3' },
    { local: 'RIS', universal: '' },
  ])
    expect(namespaceParts(namespaceText(parts))).toEqual(parts);
  expect(namespaceText({ local: ' ', universal: '' })).toBeUndefined();
});
