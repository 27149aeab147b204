import { tagOf } from '../dicom/tags.js';
import type { Answer } from '../http/answer.js';
import { textAnswer } from '../http/answer.js';
import type { Level, QidoBehaviour } from '../behaviour/personality.js';

/** A matching key: the tags on the way to it (several within sequences), and its values. */
export interface Key {
  readonly path: readonly string[];
  readonly values: readonly string[];
}

export interface Query {
  readonly keys: readonly Key[];
  readonly include: readonly string[] | 'all';
  readonly offset: number;
  readonly limit: number | undefined;
  /** The client asked for a limit. */
  readonly limited: boolean;
}

const parameters = new Set([
  'limit',
  'offset',
  'includefield',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
]);

/** Reads the query of a search (PS3.18 8.3.4) as this server does, or says how it refuses it. */
export function readQuery(search: URLSearchParams, level: Level, qido: QidoBehaviour): Query | Answer {
  const refused = qido.refuse?.(search);
  if (refused) return refused;
  const offset = countOf(search.get('offset'), 'offset', qido);
  const asked = countOf(search.get('limit'), 'limit', qido);
  const { paging } = qido;
  if (typeof offset === 'object') return offset;
  if (typeof asked === 'object') return asked;
  if (asked === 0 && paging.zero === 'reject') return refusal('limit must be at least 1');
  if (offset !== undefined && offset > (paging.offsetMaximum ?? Number.POSITIVE_INFINITY))
    return refusal('offset too large');
  const maximum = paging.maximum ?? Number.POSITIVE_INFINITY;
  if (asked !== undefined && asked > maximum && paging.above === 'reject') return refusal('limit too large');
  const keys = readKeys(search, level, qido);
  if (!Array.isArray(keys)) return keys;
  const include = includedFields(search, qido);
  const limit = Math.min(asked ?? paging.fallback?.[level] ?? maximum, maximum);
  return {
    keys: qido.includefieldDropsKey ? keys.filter(({ path }) => !include.includes(path[0] ?? '')) : keys,
    include,
    offset: offset ?? 0,
    limit: Number.isFinite(limit) ? limit : undefined,
    limited: asked !== undefined,
  };
}

function readKeys(search: URLSearchParams, level: Level, qido: QidoBehaviour): Key[] | Answer {
  const keys: Key[] = [];
  for (const name of new Set(search.keys())) {
    if (parameters.has(name.toLowerCase()) || name === '') continue;
    const path = name.split('.').map((each) => tagOf(each));
    const known =
      path.every((tag) => tag !== undefined) && (qido.keys?.[level].includes(path[0] ?? '') ?? true);
    if (!known && qido.unknownKey === 'reject') return refusal(`unknown query parameter`);
    if (!known) continue;
    const all = search.getAll(name).filter((value) => value !== '');
    if (all.length > 1 && qido.repeatedKey === 'reject') return refusal('a query parameter is given twice');
    const values = qido.repeatedKey === 'last' ? all.slice(-1) : all;
    if (qido.dateRange === 'closed' && values.some((value) => isDate(path[0]) && /^-|-$/u.test(value)))
      return refusal('a date range needs both ends');
    if (values.length > 0) keys.push({ path, values });
  }
  return keys;
}

/** Study Date, as tag. */
const isDate = (tag: string | undefined) => tag === '00080020';

function includedFields(
  search: URLSearchParams,
  { includefield, includeAll }: QidoBehaviour,
): readonly string[] | 'all' {
  if (includefield === 'ignored') return [];
  const asked = search.getAll('includefield');
  const names = includefield === 'comma' ? asked.flatMap((each) => each.split(',')) : asked;
  if (includeAll && names.includes('all')) return 'all';
  return names.map((name) => tagOf(name)).filter((tag) => tag !== undefined);
}

function countOf(text: string | null, name: string, { paging }: QidoBehaviour): number | undefined | Answer {
  if (text === null) return undefined;
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  return paging.notANumber === 'reject' ? refusal(`${name} is no number`) : undefined;
}

const refusal = (why: string): Answer => textAnswer(400, why);
