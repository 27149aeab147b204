import { describe, expect, it } from '@jest/globals';
import { remaindersOf } from './lost-characters.js';

describe('remaindersOf', () => {
  it.each([
    ['Ł39', '39'],
    ['Ł39', '?39'],
    ['Ł39', '??39'],
    ['Ł39 ', '\ufffd39'],
    ['Ж-Ä1', '-Ä1'],
    ['Ж-Ä1', '-1'],
    ['Ä 94', '94'],
  ])('of %j include %j', (value, rest) => {
    expect(remaindersOf(value)).toContain(rest);
  });

  it.each([
    ['A39', []],
    [' A39 ', []],
    ['日本', ['??', '??????', '\ufffd\ufffd']],
  ])('of %j are %j', (value, all) => {
    expect(remaindersOf(value)).toEqual(all);
  });

  it('are never another number of plain characters', () => {
    expect(remaindersOf('Ł39')).not.toContain('40');
    expect(remaindersOf('Ł39')).not.toContain('9');
  });
});
