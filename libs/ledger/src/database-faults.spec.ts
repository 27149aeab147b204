import { describe, expect, it } from '@jest/globals';
import { isConnectionLost, isWorthAnotherTry } from './database-faults.js';

const failed = (code: string | undefined, message = 'failed') => Object.assign(new Error(message), { code });
/** As TypeORM wraps what the driver throws. */
const query = (code: string) => Object.assign(new Error('query failed'), { driverError: { code } });

describe('isWorthAnotherTry', () => {
  it.each([query('40001'), query('40P01'), failed('40001')])('is true for %#', (thrown) => {
    expect(isWorthAnotherTry(thrown)).toBe(true);
  });

  it.each([query('23505'), failed(undefined), 'text', undefined])('is false for %#', (thrown) => {
    expect(isWorthAnotherTry(thrown)).toBe(false);
  });
});

describe('isConnectionLost', () => {
  it.each([
    query('57P01'),
    query('08006'),
    failed('ECONNREFUSED'),
    failed(undefined, 'Connection terminated unexpectedly'),
    failed(undefined, 'timeout exceeded when trying to connect'),
  ])('is true for %#', (thrown) => {
    expect(isConnectionLost(thrown)).toBe(true);
  });

  it.each([query('23505'), query('40001'), failed(undefined, 'something else'), null])(
    'is false for %#',
    (thrown) => {
      expect(isConnectionLost(thrown)).toBe(false);
    },
  );
});
