import { describe, expect, it } from '@jest/globals';
import { UnfinishedFrames } from './unfinished-frames.js';

describe('UnfinishedFrames', () => {
  function holders(frames: () => UnfinishedFrames) {
    const dropped: string[] = [];
    const holder = (address: string, name: string) => {
      const one = {
        address,
        drop: () => {
          dropped.push(name);
          frames().hold(one, 0);
        },
      };
      return one;
    };
    return { dropped, holder };
  }

  it('drops the greatest frame of the peer that holds most, and no more than it must', () => {
    const frames = new UnfinishedFrames(100);
    const { dropped, holder } = holders(() => frames);
    frames.hold(holder('greedy', 'greedy 1'), 20);
    frames.hold(holder('greedy', 'greedy 2'), 30);
    frames.hold(holder('modest', 'modest'), 40);
    expect(dropped).toEqual([]);
    const late = holder('late', 'late');
    frames.hold(late, 20);
    expect(dropped).toEqual(['greedy 2']);
    frames.hold(late, 40);
    expect(dropped).toEqual(['greedy 2']);
    frames.hold(late, 41);
    expect(dropped).toEqual(['greedy 2', 'late']);
  });

  it('forgets what has come to its end', () => {
    const frames = new UnfinishedFrames(100);
    const { dropped, holder } = holders(() => frames);
    for (let index = 0; index < 50; index += 1) {
      const one = holder('a', String(index));
      frames.hold(one, 60);
      frames.hold(one, 100);
      frames.hold(one, 0);
    }
    expect(dropped).toEqual([]);
  });
});
