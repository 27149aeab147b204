import { limits } from '@prelector/kernel';
import { stringOf, type Dataset } from '@prelector/dicom';
import type { Profile } from '@prelector/profiles';
import { dicomwebError } from './errors.js';

/** One page of matches. */
export interface Page {
  readonly matches: readonly Dataset[];
  /** The server said that there are more. */
  readonly more: boolean;
}

export interface PageWindow {
  readonly offset: number;
  readonly limit: number;
}

/**
 * How a listing ended. `repeated`: the server gives the same short page whatever the offset, which is all there
 * is unless it caps pages as well; whoever can ask for less at a time finds out.
 */
export type PagesEnd = 'complete' | 'repeated';

/** Pages in a row that bring nothing new, as rows shift between them, before a search is given up. */
const BARREN_PAGES = 5;

/**
 * Every match of a search once, page after page (PS3.18 section 8.3.4.4). The next page begins where the last
 * one really ended, since servers cap pages silently, less an overlap that is never more than half of a page, so
 * that each page goes on. The end is the empty page unless the profile knows better. Matches that shift from page
 * to page are told apart by the attributes of `keyTags`, of which the first is the UID that each must state: one that
 * does not hides no other.
 *
 * @param enough asked after each page: no further one is needed
 * @throws after what could be had: `dicomweb.too-many-matches` where the server gives no more;
 * `dicomweb.paging-ignored` where it repeats a full page; `dicomweb.search-cut-short` where it says that there are
 * more and gives none; `dicomweb.unreadable-matches` where some state no UID
 */
export async function* everyMatch(
  ask: (window: PageWindow) => Promise<Page>,
  paging: Profile['qido']['paging'],
  keyTags: readonly [string, ...string[]],
  until: Until = {},
): AsyncGenerator<Dataset, PagesEnd, void> {
  const nameless = new Set<number>();
  const end = yield* pagesOf(ask, paging, keyTags, until, nameless);
  if (end === 'enough') return 'complete';
  if (nameless.size > 0) {
    const detail = `${nameless.size} without (${keyTags[0]})`;
    throw dicomwebError('dicomweb.unreadable-matches', detail);
  }
  return end;
}

interface Until {
  readonly wanted?: number | undefined;
  readonly enough?: () => boolean;
}

/** @param nameless gathers the places of matches that state no UID */
async function* pagesOf(
  ask: (window: PageWindow) => Promise<Page>,
  paging: Profile['qido']['paging'],
  keyTags: readonly [string, ...string[]],
  { wanted = Infinity, enough = () => false }: Until,
  nameless: Set<number>,
): AsyncGenerator<Dataset, PagesEnd | 'enough', void> {
  const limit = Math.min(paging.pageSize, wanted);
  const seen = new Set<string>();
  let before: readonly (string | undefined)[] = [];
  let [offset, overlap, reach, barren] = [0, 0, 0, 0];
  let promised = false;
  for (let page = 0; page < limits.qidoPages; page += 1) {
    if (offset > (paging.offsetMax ?? Infinity)) throw tooMany(`beyond offset ${paging.offsetMax}`);
    const { matches, more } = await ask({ offset, limit });
    if (matches.length === 0 && (promised || more)) throw cutShort(seen.size);
    if (matches.length === 0) return 'complete';
    const keys = matches.map((match) => keyOf(match, keyTags));
    const known = seen.size;
    for (const [index, key] of keys.entries()) {
      if (key === undefined) nameless.add(offset + index);
      if (key === undefined || seen.has(key)) continue;
      seen.add(key);
      yield matches[index] as Dataset;
      if (seen.size >= wanted) return 'enough';
    }
    if (enough()) return 'enough';
    // What brings nothing new hides nothing, whatever the server counts.
    const places = seen.size > known ? placesOf(keys) : matches.length;
    const end = offset + places;
    reach = Math.max(reach, end);
    // Few matches that all are known may be the end, or as many as the server gives at a time.
    const isWithinOverlap = seen.size === known && matches.length <= overlap;
    if (seen.size > known) barren = 0;
    else if (!isWithinOverlap && isSame(keys, before)) return endOfRepeats(matches.length, limit, more);
    else if ((barren += 1) >= BARREN_PAGES) throw cutShort(seen.size);
    if (end >= (paging.maxTotal ?? Infinity)) throw tooMany(`the server gives ${paging.maxTotal} in all`);
    if (paging.stop === 'short-page' && matches.length < limit && !more) return 'complete';
    overlap = isWithinOverlap ? 0 : Math.min(paging.overlap, places >> 1);
    offset = isWithinOverlap ? reach : end - overlap;
    before = keys;
    promised = more;
  }
  throw tooMany(`more than ${limits.qidoPages} pages`);
}

/** The same page at another offset: the server does not page. A full page leaves the rest out of reach. */
function endOfRepeats(length: number, limit: number, more: boolean): PagesEnd {
  if (length === limit || more) throw dicomwebError('dicomweb.paging-ignored', `${length} matches`);
  return length > limit ? 'complete' : 'repeated';
}

function isSame(uids: readonly unknown[], before: readonly unknown[]): boolean {
  return uids.length === before.length && uids.every((uid, index) => uid === before[index]);
}

/**
 * How many places a page takes. Some servers count studies and list one once for each of its patients: rows of one UID
 * are one place, so that none behind them is passed over. Where each row counts, a few are read again.
 */
function placesOf(keys: readonly (string | undefined)[]): number {
  const uids = keys.flatMap((key) => key?.split('\n')[0] ?? []);
  return new Set(uids).size + keys.filter((key) => key === undefined).length;
}

function keyOf(match: Dataset, [uidTag, ...others]: readonly [string, ...string[]]): string | undefined {
  const uid = stringOf(match, uidTag)?.trim();
  if (uid === undefined) return undefined;
  return [uid, ...others.map((tag) => stringOf(match, tag)?.trim() ?? '')].join('\n');
}

const tooMany = (detail: string) => dicomwebError('dicomweb.too-many-matches', detail);
const cutShort = (found: number) => dicomwebError('dicomweb.search-cut-short', `${found} came`);
