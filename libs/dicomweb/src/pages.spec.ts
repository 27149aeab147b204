import { describe, expect, it } from '@jest/globals';
import type { Dataset } from '@prelector/dicom';
import { loadProfile } from '@prelector/profiles';
import fc from 'fast-check';
import { everyMatch, type Page, type PageWindow } from './pages.js';

const TAG = '0020000D';
const match = (uid: string): Dataset => ({ [TAG]: { vr: 'UI', Value: [uid] } });
const paging = (overlap: number) =>
  loadProfile('generic-strict', { qido: { paging: { overlap } } }).qido.paging;
const total = (count: number): string[] => Array.from({ length: count }, (_, index) => `1.${index}`);

type Server = (window: PageWindow, turn: number) => Page;

async function read(server: Server, overlap = 0, wanted?: number) {
  const found: string[] = [];
  let turns = 0;
  const ask = (window: PageWindow) => Promise.resolve(server(window, (turns += 1)));
  const pages = everyMatch(ask, paging(overlap), [TAG], { wanted });
  try {
    let next = await pages.next();
    for (; !next.done; next = await pages.next()) found.push(String(next.value[TAG]?.Value?.[0]));
    return { found, end: next.value as string, turns };
  } catch (thrown) {
    return { found, end: (thrown as { code: string }).code, turns };
  }
}

const page = (uids: readonly string[], more = false): Page => ({ matches: uids.map(match), more });

describe('everyMatch', () => {
  it('reads all of a server that pages, whatever its cap and the overlap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 130 }),
        fc.integer({ min: 1, max: 110 }),
        fc.nat({ max: 120 }),
        fc.boolean(),
        async (count, cap, overlap, says) => {
          const uids = total(count);
          const { found, end } = await read(({ offset, limit }) => {
            const given = uids.slice(offset, offset + Math.min(limit, cap));
            return page(given, says && offset + given.length < count);
          }, overlap);
          expect(found).toEqual(uids);
          expect(end).toBe('complete');
        },
      ),
    );
  });

  it('reads all of a server that lists some twice, whether it counts rows or what they name', async () => {
    const row = (uid: string, patient: string): Dataset => ({
      ...match(uid),
      '00100020': { vr: 'LO', Value: [patient] },
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 130 }),
        fc.integer({ min: 4, max: 110 }),
        fc.nat({ max: 20 }),
        fc.boolean(),
        async (patients, cap, overlap, byRow) => {
          const listed = patients.map((count, index) =>
            total(count).map((patient) => row(`1.${index}`, patient)),
          );
          const places = byRow ? listed.flat().map((one) => [one]) : listed;
          const ask = ({ offset, limit }: PageWindow) =>
            Promise.resolve({
              matches: places.slice(offset, offset + Math.min(limit, cap)).flat(),
              more: false,
            });
          const found = new Set<unknown>();
          const pages = everyMatch(ask, paging(overlap), [TAG, '00100020']);
          for await (const each of pages) found.add(each[TAG]?.Value?.[0]);
          expect(found.size).toBe(patients.length);
        },
      ),
    );
  });

  it('reads all of a server that gives as many at a time as it likes, whatever the overlap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 130 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 20 }),
        async (count, sizes, overlap) => {
          const uids = total(count);
          const { found, end } = await read(
            ({ offset }, turn) => page(uids.slice(offset, offset + (sizes[turn % sizes.length] ?? 1))),
            overlap,
          );
          expect(found).toEqual(uids);
          expect(end).toBe('complete');
        },
      ),
    );
  });

  it.each([0, 5])(
    'hides no match behind one that states no UID, and says so at the end (overlap %d)',
    async (overlap) => {
      const uids = total(97);
      const rows = [...uids.slice(0, 40).map(match), {}, ...uids.slice(40).map(match)];
      const { found, end } = await read(({ offset, limit }) => {
        const matches = rows.slice(offset, offset + Math.min(limit, 30));
        return { matches, more: false };
      }, overlap);
      expect(found).toEqual(uids);
      expect(end).toBe('dicomweb.unreadable-matches');
    },
  );

  it('reads all of a server whose rows shift by less than the overlap', async () => {
    const uids = total(97);
    const { found } = await read(
      ({ offset }, turn) => page(uids.slice(Math.min(turn - 1, 20)).slice(offset, offset + 12)),
      3,
    );
    expect(new Set(found).size).toBe(97);
  });

  it('goes on over a page that holds nothing new because rows were put before it', async () => {
    const uids = total(30);
    const shifted = ['2.1', '2.2', '2.3', '2.4', '2.5', '2.6', ...uids];
    const { found, end } = await read(({ offset }, turn) =>
      page((turn === 1 ? uids : shifted).slice(offset, offset + 5)),
    );
    expect(end).toBe('complete');
    expect(uids.every((uid) => found.includes(uid))).toBe(true);
  });

  it('says when the server promises more and gives none', async () => {
    expect(await read(({ offset }) => (offset < 5 ? page(total(5), true) : page([])))).toMatchObject({
      found: total(5),
      end: 'dicomweb.search-cut-short',
    });
  });

  it.each([
    ['a full page', 100, false, 'dicomweb.paging-ignored'],
    ['a short page that it says is not all', 40, true, 'dicomweb.paging-ignored'],
    ['a short page', 40, false, 'repeated'],
    ['more than was asked for', 130, false, 'complete'],
  ])('tells a server that gives %s whatever the offset', async (_what, count, more, end) => {
    expect(await read(() => page(total(count), more), 5)).toMatchObject({ found: total(count), end });
  });

  it('gives a server up that never repeats itself and never gives anything new', async () => {
    const uids = total(60);
    const { end, turns } = await read((_window, turn) =>
      page([...uids.slice(turn % 7), ...uids.slice(0, turn % 7)]),
    );
    expect(end).toBe('dicomweb.search-cut-short');
    expect(turns).toBeLessThan(10);
  });

  it('ends with the matches that were wanted, also where more were promised', async () => {
    expect(await read(() => page(total(9), true), 0, 3)).toEqual({
      found: total(3),
      end: 'complete',
      turns: 1,
    });
  });
});
