import { describe, expect, it } from '@jest/globals';
import { knownCodes } from '@prelector/evidence';
import fc from 'fast-check';
import { plainManifest } from './images.testing.js';
import { checkManifest } from './package.js';
import { conceptSchema, printedText, singleValue } from './printed-text.js';

const [group] = plainManifest.groups;
const [measured] = group?.measurements ?? [];
const refusal = (changes: object): string => {
  try {
    checkManifest({ ...structuredClone(plainManifest), ...changes });
    return 'taken';
  } catch (thrown) {
    return (thrown as Error).message;
  }
};
const withUnit = (unit: object) => ({ groups: [{ ...group, measurements: [{ ...measured, unit }] }] });

describe('a text that reports print', () => {
  it.each([
    ['a NUL', 'Vol\0ume', /U\+0000/u],
    ['a line break', 'Vol\nume', /U\+000A/u],
    ['an escape', 'Vol\u001Bume', /U\+001B/u],
    ['half of a character', 'Vol\uD83Dume', /lone surrogate/u],
    ['a character without width', 'Vol\u200Bume', /U\+200B/u],
    ['a turn of the writing direction', 'Vol\u202Eume', /U\+202E/u],
    ['what could not be read', 'M\uFFFDller', /save the file as UTF-8/u],
    ['blanks alone', '   ', /blank: state a text/u],
    ['a blank at its end', 'Volume ', /begins or ends with a blank/u],
  ])('is refused with %s', (_what, text, message) => {
    expect(printedText(64).safeParse(text).error?.issues[0]?.message).toMatch(message);
    for (const member of ['name', 'version', 'manufacturer'])
      expect(refusal({ [member]: text })).toMatch(message);
    expect(refusal({ regulatory: { status: text } })).toMatch(message);
    expect(refusal({ groups: [{ ...group, label: text }] })).toMatch(message);
    const concept = { ...measured?.concept, value: 'A', scheme: '99A', meaning: text };
    expect(refusal({ groups: [{ ...group, measurements: [{ ...measured, concept }] }] })).toMatch(message);
    const conditions = plainManifest.conditions.map((each) => ({ ...each, label: text }));
    expect(refusal({ conditions })).toMatch(message);
    expect(refusal({ facts: [{ attribute: 'KVP', label: text }] })).toMatch(message);
  });

  it('may be of any script, and holds a backslash only where no values are parted', () => {
    for (const text of ['Lungenvolumen (größer)', '肺の体積', 'объём', 'حجم'])
      expect(singleValue(64).parse(text)).toBe(text);
    expect(printedText(64).parse(String.raw`Br40\3`)).toBe(String.raw`Br40\3`);
    expect(singleValue(64).safeParse(String.raw`Br40\3`).success).toBe(false);
  });
});

describe('a coded entry of a manifest', () => {
  it('has the meaning that its code has, whichever of those we know', () => {
    for (const known of knownCodes) expect(conceptSchema.safeParse(known).success).toBe(true);
    fc.assert(
      fc.property(fc.constantFrom(...knownCodes), fc.constantFrom(...knownCodes), (known, { meaning }) => {
        const isOwn = meaning.toLowerCase() === known.meaning.toLowerCase();
        return conceptSchema.safeParse({ ...known, meaning }).success === isOwn;
      }),
    );
  });

  it.each([
    ['mL', 'mL', 'state `meaning: milliliter`'],
    ['mL', 'millilitre', 'state `meaning: milliliter`'],
    ["[hnsf'U]", 'HU', 'state `meaning: Hounsfield unit`'],
    ['%', '%', 'state `meaning: Percent`'],
    ['1', 'none', 'state `meaning: no units`'],
  ])('as a unit %s is not called %s, which every report would be refused for', (value, meaning, advice) => {
    expect(refusal(withUnit({ value, scheme: 'UCUM', meaning }))).toContain(advice);
  });

  it.each([
    ['118565006', 'SCT', 'Lung volume', '`118565006` of SCT means `Volume`, and not `Lung volume`'],
    ['G-D705', 'SRT', 'Volume', 'the scheme SRT is retired'],
    [
      '112030',
      'DCM',
      'Attenuation Coefficient',
      '`Attenuation Coefficient` is `112031` of DCM, and not `112030`',
    ],
  ])('is not %s of %s as %s', (value, scheme, meaning, advice) => {
    const concept = { value, scheme, meaning };
    expect(refusal({ groups: [{ ...group, site: concept }] })).toContain(`groups.0.site: ${advice}`);
    expect(refusal({ family: concept })).toContain(`family: ${advice}`);
  });
});
