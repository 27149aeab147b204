import { describe, expect, it } from '@jest/globals';
import { Held } from './held.js';

/** A held credential, each of which is obtained when the test says so. */
function obtained() {
  const asked: { resolve: (value: string) => void; reject: (reason: Error) => void }[] = [];
  const held = new Held(() => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    asked.push({ resolve, reject });
    return promise;
  });
  return { held, asked };
}

describe('a held credential', () => {
  it('is obtained at once, and once', async () => {
    const { held, asked } = obtained();
    const [one, other] = [held.current(), held.current()];
    expect(asked).toHaveLength(1);
    asked[0]?.resolve('first');
    expect(await Promise.all([one, other, held.current()])).toEqual(['first', 'first', 'first']);
  });

  it('is renewed once for all that were refused with it, and not for those that hear of it late', async () => {
    const { held, asked } = obtained();
    asked[0]?.resolve('first');
    await held.current();
    const refused = [held.renewed('first'), held.renewed('first')];
    await Promise.resolve();
    asked[1]?.resolve('second');
    expect(await Promise.all(refused)).toEqual([true, true]);
    expect(await held.renewed('first')).toBe(true);
    expect(await held.current()).toBe('second');
    expect(asked).toHaveLength(2);
  });

  it('that is the same as before is no renewal', async () => {
    const { held, asked } = obtained();
    asked[0]?.resolve('first');
    await held.current();
    const refused = held.renewed('first');
    await Promise.resolve();
    asked[1]?.resolve('first');
    expect(await refused).toBe(false);
  });

  it('that could not be obtained is obtained when it is needed, and stays what it was when it cannot be renewed', async () => {
    const { held, asked } = obtained();
    const failed = held.current();
    asked[0]?.reject(new Error('not there'));
    await expect(failed).rejects.toThrow('not there');
    const later = held.current();
    asked[1]?.resolve('first');
    expect(await later).toBe('first');
    const renewed = held.renewed('first');
    await Promise.resolve();
    asked[2]?.reject(new Error('not there'));
    await expect(renewed).rejects.toThrow('not there');
    expect(await held.current()).toBe('first');
  });
});
