import { describe, expect, it } from '@jest/globals';

import { findingsOf } from './evidence-input.testing.js';
import { formsFor } from './forms-for.js';
import { evidenceForms, evidenceKinds } from './forms/registry.js';

const allBut = (kind: string) =>
  evidenceKinds.filter((each) => each !== kind).map((each) => evidenceForms[each].sopClassUid);
const refusing = (...uids: string[]) =>
  formsFor(findingsOf(), (uid) => (uids.includes(uid) ? 'refused' : 'unknown'));

describe('the forms a node gets', () => {
  it('are all of them while none is refused', () => {
    expect(refusing()).toEqual({ kinds: evidenceKinds, refused: [] });
  });

  it('fall back to the text report alone, and that is said', () => {
    const choice = refusing(...allBut('text-report'));
    expect(choice.kinds).toEqual(['text-report']);
    expect(choice.refused).toContain('measurement-report');
    expect(choice.remark).toMatch(/text report alone carries the findings/u);
  });

  it('say so when nothing is left that carries the findings', () => {
    expect(refusing(...allBut('measurement-report')).remark).toMatch(/measurement report alone/u);
    expect(refusing(...allBut(''))).toMatchObject({
      kinds: [],
      remark: expect.stringMatching(/nothing can be sent/u),
    });
  });
});
