import { describe, expect, it } from '@jest/globals';
import type { DeliveryState } from '@prelector/findings';
import { deliveryTransitions } from '@prelector/findings';
import { judgeReferred, waitingFor } from './referred-forms.js';

const form = { refersTo: ['mask-object', 'key-picture'] };
const mask = (state: DeliveryState) => ({ kind: 'mask-object', state });
const states = Object.keys(deliveryTransitions) as DeliveryState[];

describe('a form that refers to others', () => {
  it.each(states)('goes out only where what it refers to stands at the node: %s', (state) => {
    const judged = judgeReferred(form, [mask(state), { kind: 'text-report', state: 'refused' }]);
    const stands = ['verified', 'stored-with-coercion', 'accepted-unverifiable'].includes(state);
    const comes = ['pending', 'attempted', 'stored'].includes(state);
    expect(judged?.kind).toBe(stands ? undefined : comes ? 'wait' : 'keep');
  });

  it('is not sent while one of several stands nowhere, and names that one', () => {
    expect(judgeReferred(form, [mask('verified'), { kind: 'key-picture', state: 'refused' }])).toEqual({
      kind: 'keep',
      as: 'not-sent',
      why: 'it refers to the key picture: what it refers to does not stand at the node',
    });
  });

  it('goes out where the result has none of what it may refer to, or it refers to nothing', () => {
    expect(judgeReferred(form, [{ kind: 'text-report', state: 'pending' }])).toBeUndefined();
    expect(judgeReferred({ refersTo: [] }, [mask('refused')])).toBeUndefined();
  });

  it('is looked at again once that stands, where it waits or was kept back', () => {
    const formOf = (kind: string) => (kind === 'boxes' ? form : { refersTo: [] });
    const siblings = [
      { kind: 'boxes', state: 'not-sent' as const },
      { kind: 'boxes', state: 'pending' as const },
      { kind: 'boxes', state: 'verified' as const },
      { kind: 'text-report', state: 'not-sent' as const },
    ];
    expect(waitingFor('mask-object', siblings, formOf)).toEqual(siblings.slice(0, 2));
    expect(waitingFor('text-report', siblings, formOf)).toEqual([]);
  });
});
