import { describe, expect, it } from '@jest/globals';
import { isFieldPath, parsePath } from './field-path.js';

describe('parsePath', () => {
  it('reads the paths that sites write', () => {
    expect(parsePath('OBR-18')).toEqual({ segment: 'OBR', field: 18, component: 1, subcomponent: 1 });
    expect(parsePath('PID.3.1')).toEqual(parsePath('PID-3.1'));
    expect(parsePath('PID-3[2].4.2')).toEqual({
      segment: 'PID',
      field: 3,
      repetition: { kind: 'index', index: 2 },
      component: 4,
      subcomponent: 2,
    });
    expect(parsePath('OBX[3.2=Study Instance UID]-5')).toEqual({
      segment: 'OBX',
      which: { kind: 'equals', at: [3, 2], value: 'Study Instance UID' },
      field: 5,
      component: 1,
      subcomponent: 1,
    });
  });

  it.each([
    '',
    'PID',
    'PID-',
    'PID-0',
    'pid-3',
    'PID-3.0',
    'PID-3[]',
    'PID-3[x]',
    'PID-3.1.1.1',
    'PIDX-3',
    'PID-3 ',
  ])('refuses %p', (text) => {
    expect(isFieldPath(text)).toBe(false);
    expect(() => parsePath(text)).toThrow(expect.objectContaining({ code: 'hl7.path-invalid' }));
  });
});
