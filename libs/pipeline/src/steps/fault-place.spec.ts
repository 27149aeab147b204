import { describe, expect, it } from '@jest/globals';
import { faultPlace } from './fault-place.js';

describe('faultPlace', () => {
  it('tells kind and place', () => {
    expect(faultPlace(new TypeError('no'))).toMatch(/^TypeError at .*fault-place\.spec\.ts:\d+:\d+\)?$/u);
  });

  it.each(['DOE^JANE\n19700101', 'DOE\n at JANE', '\nDOE\n\tat JANE\n'])(
    'tells nothing of the message %j',
    (message) => {
      expect(faultPlace(new RangeError(message))).not.toMatch(/DOE|JANE|1970/u);
    },
  );

  it('lives with an error without a stack, and with what is no error', () => {
    const bare = new Error('DOE');
    delete bare.stack;
    expect(faultPlace(bare)).toBe('Error');
    expect(faultPlace('DOE^JANE')).toBe('string');
    expect(faultPlace(undefined)).toBe('undefined');
  });
});
