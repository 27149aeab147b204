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
 * to page are told apart by the attributes of `keyTags`, of which the first is the UID that each must state.
 *
 * @param enough asked after each page: no further one is needed
 * @throws after what could be had: `dicomweb.too-many-matches` where the server gives no more;
 * `dicomweb.paging-ignored` where it repeats a full page; `dicomweb.search-cut-short` where it says that there are
 * more and gives none
 */
export async function* everyMatch(
  ask: (window: PageWindow) => Promise<Page>,
  paging: Profile['qido']['paging'],
  keyTags: readonly [string, ...string[]],
  { wanted = Infinity, enough = () => false }: { wanted?: number | undefined; enough?: () => boolean } = {},
): AsyncGenerator<Dataset, PagesEnd, void> {
  const limit = Math.min(paging.pageSize, wanted);
  const seen = new Set<string>();
  let offset = 0;
  let before: readonly string[] = [];
  let [overlap, barren] = [0, 0];
  let promised = false;
  for (let page = 0; page < limits.qidoPages; page += 1) {
    if (offset > (paging.offsetMax ?? Infinity)) throw tooMany(`beyond offset ${paging.offsetMax}`);
    const { matches, more } = await ask({ offset, limit });
    if (matches.length === 0) return ended(promised || more, seen.size);
    const uids = matches.map((match) => keyOf(match, keyTags));
    const known = seen.size;
    for (const [index, uid] of uids.entries()) {
      if (seen.has(uid)) continue;
      seen.add(uid);
      yield matches[index] as Dataset;
      if (seen.size >= wanted) return 'complete';
    }
    if (enough()) return 'complete';
    if (seen.size > known) barren = 0;
    else if (matches.length <= overlap && !more) return 'complete';
    else if (isSame(uids, before)) return endOfRepeats(matches.length, limit, more);
    else if ((barren += 1) >= BARREN_PAGES) throw cutShort(seen.size);
    const end = offset + matches.length;
    if (end >= (paging.maxTotal ?? Infinity)) throw tooMany(`the server gives ${paging.maxTotal} in all`);
    if (paging.stop === 'short-page' && matches.length < limit && !more) return 'complete';
    overlap = Math.min(paging.overlap, matches.length >> 1);
    offset = end - overlap;
    before = uids;
    promised = more;
  }
  throw tooMany(`more than ${limits.qidoPages} pages`);
}

function ended(promised: boolean, found: number): PagesEnd {
  if (promised) throw cutShort(found);
  return 'complete';
}

/** The same page at another offset: the server does not page. A full page leaves the rest out of reach. */
function endOfRepeats(length: number, limit: number, more: boolean): PagesEnd {
  if (length === limit || more) throw dicomwebError('dicomweb.paging-ignored', `${length} matches`);
  return length > limit ? 'complete' : 'repeated';
}

function isSame(uids: readonly string[], before: readonly string[]): boolean {
  return uids.length === before.length && uids.every((uid, index) => uid === before[index]);
}

function keyOf(match: Dataset, [uidTag, ...others]: readonly [string, ...string[]]): string {
  const uid = stringOf(match, uidTag)?.trim();
  if (uid === undefined) throw dicomwebError('dicomweb.malformed-answer', `a match without (${uidTag})`);
  return [uid, ...others.map((tag) => stringOf(match, tag)?.trim() ?? '')].join('\n');
}

const tooMany = (detail: string) => dicomwebError('dicomweb.too-many-matches', detail);
const cutShort = (found: number) => dicomwebError('dicomweb.search-cut-short', `${found} came`);
