import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { ofModel } from './of-model.js';

const model = { packageId: 'lungs', packageVersion: '1.0.0' };
const failing = (thrown: unknown) => ofModel(model, () => Promise.reject(thrown));
const error = (code: string, scope?: 'node' | 'installation' | 'study') =>
  new PrelectorError(code, 'permanent', 'What failed.', { scope });

describe('ofModel', () => {
  it('names the model in what fails, once, and keeps code, recovery and scope', async () => {
    await expect(
      ofModel(model, () => failing(error('evidence.gate-refused', 'study'))),
    ).rejects.toMatchObject({
      code: 'evidence.gate-refused',
      recovery: 'permanent',
      scope: 'study',
      message: 'lungs 1.0.0: What failed.',
    });
  });

  it('leaves errors of nodes, of the installation, of the ledger and of others as they are', async () => {
    const others = [
      error('a', 'node'),
      error('b', 'installation'),
      error('ledger.lease-lost'),
      new TypeError('c'),
    ];
    for (const each of others) await expect(failing(each)).rejects.toBe(each);
  });

  it('gives what the work gives', async () => {
    expect(await ofModel(model, () => Promise.resolve(5))).toBe(5);
  });
});
