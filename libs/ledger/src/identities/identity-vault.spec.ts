import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IdentityVault } from './identity-vault.js';

const key = randomBytes(32);
const keys = {
  current: { id: 'a', key },
  get: (id: string) => (id === 'a' ? key : undefined),
  siteKey: randomBytes(32),
};
const vault = new IdentityVault(keys);

describe('IdentityVault', () => {
  it('opens whatever it sealed, and seals equal bytes differently', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, context) => {
        const sealed = vault.seal(bytes, context);
        expect(vault.open(sealed, context).equals(bytes)).toBe(true);
        expect(vault.seal(bytes, context).body.equals(sealed.body)).toBe(false);
      }),
    );
  });

  it('refuses any flipped bit and any cut', () => {
    const sealed = vault.seal(Buffer.from('some bytes'), 'context');
    for (let index = 0; index < sealed.body.length; index += 1) {
      const flipped = Buffer.from(sealed.body);
      flipped[index] = (flipped[index] ?? 0) ^ 0x40;
      expect(() => vault.open({ ...sealed, body: flipped }, 'context')).toThrow(/cannot be opened/u);
      const cut = sealed.body.subarray(0, index);
      expect(() => vault.open({ ...sealed, body: cut }, 'context')).toThrow(/cannot be opened/u);
    }
  });

  it('names the key that is missing, never the text', () => {
    const sealed = { ...vault.seal(Buffer.from('some bytes'), 'context'), keyId: 'gone' };
    expect(() => vault.open(sealed, 'context')).toThrow(/key gone/u);
  });

  it('keeps the parts and the meaning of an HMAC apart', () => {
    const hmacs = [
      vault.hmac('patient', 'a', 'b'),
      vault.hmac('patient', 'ab'),
      vault.hmac('patient', 'ab', ''),
      vault.hmac('accession', 'a', 'b'),
      new IdentityVault({ ...keys, siteKey: randomBytes(32) }).hmac('patient', 'a', 'b'),
    ];
    expect(new Set(hmacs).size).toBe(hmacs.length);
    expect(vault.hmac('patient', 'a', undefined)).toBe(vault.hmac('patient', 'a', ''));
  });
});
