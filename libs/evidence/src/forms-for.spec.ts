import { describe, expect, it } from '@jest/globals';

import { formsFor } from './forms-for.js';
import { sopClasses } from './sop-classes.js';

const refusing = (...uids: string[]) => formsFor((uid) => (uids.includes(uid) ? 'refused' : 'unknown'));

describe('the forms a node gets', () => {
  it('are all of them while none is refused', () => {
    expect(refusing()).toEqual({ kinds: ['measurement-report', 'text-report'], refused: [] });
  });

  it('fall back to the text report alone, and that is said', () => {
    const choice = refusing(sopClasses.comprehensive3dSr);
    expect(choice.kinds).toEqual(['text-report']);
    expect(choice.refused).toEqual(['measurement-report']);
    expect(choice.remark).toMatch(/text report alone carries the findings/u);
  });

  it('say so when nothing is left that carries the findings', () => {
    expect(refusing(sopClasses.basicTextSr).remark).toMatch(/measurement report alone/u);
    expect(refusing(sopClasses.basicTextSr, sopClasses.comprehensive3dSr)).toMatchObject({
      kinds: [],
      remark: expect.stringMatching(/nothing can be sent/u),
    });
  });
});
