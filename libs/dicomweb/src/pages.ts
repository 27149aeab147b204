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
 * Every match of a search once, page after page (PS3.18 section 8.3.4.4). The next page begins where the last
 * one really ended, since servers cap pages silently; the end is the empty page unless the profile knows
 * better. Matches that shift from page to page are told apart by `uidTag`.
 *
 * @throws `dicomweb.too-many-matches` where the server gives no more; `dicomweb.paging-ignored` where it
 * repeats a full page
 */
export async function* everyMatch(
  ask: (window: PageWindow) => Promise<Page>,
  paging: Profile['qido']['paging'],
  uidTag: string,
  wanted = Infinity,
): AsyncGenerator<Dataset, void, void> {
  const limit = Math.min(paging.pageSize, wanted);
  const seen = new Set<string>();
  for (let page = 0, end = 0; page < limits.qidoPages; page += 1) {
    const offset = Math.max(0, end - paging.overlap);
    if (offset > (paging.offsetMax ?? Infinity)) throw tooMany(`beyond offset ${paging.offsetMax}`);
    const { matches, more } = await ask({ offset, limit });
    const before = seen.size;
    for (const match of matches) {
      if (!isNew(match, uidTag, seen)) continue;
      yield match;
      if (seen.size >= wanted) return;
    }
    if (matches.length === 0) return;
    if (seen.size === before) {
      assertNotIgnored(matches.length, limit, paging.overlap);
      return;
    }
    end = offset + matches.length;
    if (end >= (paging.maxTotal ?? Infinity)) throw tooMany(`the server gives ${paging.maxTotal} in all`);
    if (paging.stop === 'short-page' && matches.length < limit && !more) return;
  }
  throw tooMany(`more than ${limits.qidoPages} pages`);
}

/** A page without anything new is the end, unless it is a full one: then the rest is out of reach. */
function assertNotIgnored(length: number, limit: number, overlap: number): void {
  if (length === limit && length > overlap)
    throw dicomwebError('dicomweb.paging-ignored', `${length} matches`);
}

function isNew(match: Dataset, uidTag: string, seen: Set<string>): boolean {
  const uid = stringOf(match, uidTag)?.trim();
  if (uid === undefined) throw dicomwebError('dicomweb.malformed-answer', `a match without (${uidTag})`);
  if (seen.has(uid)) return false;
  seen.add(uid);
  return true;
}

const tooMany = (detail: string) => dicomwebError('dicomweb.too-many-matches', detail);
