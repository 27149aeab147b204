import type { StoredInstance } from '../archive/stored-instance.js';
import type { JsonAttribute, JsonDataset } from '../dicom/dataset.js';
import type { QidoShape } from '../faults/fault.js';
import type { Faults } from '../faults/fault-book.js';
import type { Answer } from '../http/answer.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import type { MediaType } from '../http/media-types.js';
import type { Level, QidoBehaviour } from '../behaviour/personality.js';
import { belongsTo, standardDefaults } from './attributes.js';
import type { Candidate } from './candidates.js';
import { candidatesOf } from './candidates.js';
import { matches } from './matches.js';
import type { Query } from './query.js';
import { readQuery } from './query.js';
import { shapedAnswer } from './shaped-answer.js';

/** A search request (PS3.18 10.6) on what can be seen. */
export interface Search {
  readonly level: Level;
  readonly search: URLSearchParams;
  readonly accept: readonly MediaType[];
  /** All visible instances below the path of the request. */
  readonly instances: readonly StoredInstance[];
  /** The path named a study, so that its attributes need not be repeated. */
  readonly withinStudy: boolean;
  /** Absolute URL of WADO-RS. */
  readonly root: string;
  readonly faults: Faults;
}

/** Answers a search as this server does. */
export function searchAnswer(request: Search, qido: QidoBehaviour): Answer {
  if (!qido.accepts(request.accept)) return textAnswer(406, 'not acceptable');
  const query = readQuery(request.search, request.level, qido);
  if ('status' in query) return query;
  const keys = request.faults.of('ignore-filters') ? [] : query.keys;
  const found = candidatesOf(request.level, request.instances, request.root)
    .filter(({ dataset }) => keys.every((key) => matches(dataset, key, qido)))
    .sort((a, b) => qido.order(a, b))
    .slice(0, qido.paging.total);
  if (found.length > (qido.tooMany ?? Number.POSITIVE_INFINITY)) return tooMany(found.length);
  return pageAnswer(request, query, found, qido);
}

function pageAnswer(request: Search, query: Query, found: readonly Candidate[], qido: QidoBehaviour): Answer {
  const drift = request.faults.of('page-drift');
  const start = Math.max(0, query.offset - (drift && query.offset > 0 ? (drift.by ?? 1) : 0));
  const cap = request.faults.of('page-cap')?.by ?? Number.POSITIVE_INFINITY;
  const page = found.slice(start, start + Math.min(query.limit ?? found.length, cap));
  const { offset, limited } = query;
  const headers = qido.more({ total: found.length, offset, returned: page.length, limited });
  if (page.length === 0 && qido.empty === 'no-content') return { status: 204, headers };
  const items = page.map(({ dataset }) => qido.shape(chosen(dataset, request, query, qido), request.level));
  const shape = request.faults.of('qido-shape')?.shape as QidoShape | undefined;
  if (shape) return shapedAnswer(items, shape);
  const answer =
    page.length === 0 && qido.empty === 'nothing'
      ? textAnswer(200, '', qido.contentType)
      : jsonAnswer(200, items, qido.contentType);
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** The attributes that are answered: defaults, what was asked for, and keys (PS3.18 10.6.3.3). */
function chosen(
  dataset: JsonDataset,
  { level, withinStudy }: Search,
  { include, keys }: Query,
  qido: QidoBehaviour,
): Record<string, JsonAttribute> {
  const above = level === 'study' || withinStudy ? [] : (qido.defaults?.study ?? standardDefaults.study);
  const unasked = [...above, ...(qido.defaults?.[level] ?? standardDefaults[level]), '00081190'];
  const matched = keys.map(({ path }) => path[0]);
  const wanted = (tag: string) =>
    !qido.never.includes(tag) &&
    (unasked.includes(tag) ||
      matched.includes(tag) ||
      (include === 'all' ? belongsTo(level, tag) : include.includes(tag)));
  return Object.fromEntries(
    Object.entries(dataset)
      .filter(([tag, value]) => wanted(tag) && value.BulkDataURI === undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function tooMany(count: number): Answer {
  return jsonAnswer(413, { errorMessage: `Request entity too large: ${count} matches` }, 'application/json');
}
