import type { Level, Personality } from '../behaviour/personality.js';
import type { InstanceFilter } from '../archive/archive.js';

/** What a request asks for. */
export interface Route {
  readonly service: 'qido' | 'wado' | 'metadata' | 'bulkdata' | 'stow';
  readonly level: Level;
  readonly filter: InstanceFilter;
  readonly bulkdataTag?: string;
  /** Below the root. */
  readonly path: string;
}

const uid = String.raw`([0-9.]{1,64})`;
const study = `/studies/${uid}`;
const series = `${study}/series/${uid}`;
const instance = `${series}/instances/${uid}`;

const qido: readonly (readonly [RegExp, Level])[] = [
  [/^\/studies$/u, 'study'],
  [new RegExp(`^(?:${study})?/series$`, 'u'), 'series'],
  [new RegExp(`^(?:${study})?/instances$`, 'u'), 'instance'],
  [new RegExp(`^${series}/instances$`, 'u'), 'instance'],
];
const wado: readonly (readonly [RegExp, Level])[] = [
  [new RegExp(`^${study}(/metadata)?$`, 'u'), 'study'],
  [new RegExp(`^${series}(/metadata)?$`, 'u'), 'series'],
  [new RegExp(`^${instance}(/metadata)?$`, 'u'), 'instance'],
];
const bulkdata = new RegExp(`^${instance}/bulkdata/([0-9A-F]{8})$`, 'u');
const stow = new RegExp(`^/studies(?:/${uid})?$`, 'u');

/** Where a request leads on this server; undefined where nothing is. */
export function routeOf(method: string, pathname: string, { roots }: Personality): Route | undefined {
  const below = (root: string) => (pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : undefined);
  if (method === 'POST') {
    const path = below(roots.stow);
    const [found, in_] = (path && stow.exec(path)) || [];
    return found === undefined
      ? undefined
      : { service: 'stow', level: 'study', filter: { study: in_ }, path: found };
  }
  if (method !== 'GET') return undefined;
  return searchRoute(below(roots.qido)) ?? retrieveRoute(below(roots.wado));
}

function searchRoute(path: string | undefined): Route | undefined {
  for (const [pattern, level] of path === undefined ? [] : qido) {
    const found = pattern.exec(path as string);
    if (found)
      return { service: 'qido', level, filter: { study: found[1], series: found[2] }, path: found[0] };
  }
  return undefined;
}

function retrieveRoute(path: string | undefined): Route | undefined {
  if (path === undefined) return undefined;
  for (const [pattern, level] of wado) {
    const found = pattern.exec(path);
    if (!found) continue;
    const metadata = path.endsWith('/metadata');
    const [, a, b, c] = metadata ? found.slice(0, -1) : found;
    const filter = {
      study: a,
      series: level === 'study' ? undefined : b,
      instance: level === 'instance' ? c : undefined,
    };
    return { service: metadata ? 'metadata' : 'wado', level, filter, path };
  }
  const [, a, b, c, bulkdataTag] = bulkdata.exec(path) ?? [];
  if (bulkdataTag === undefined) return undefined;
  return {
    service: 'bulkdata',
    level: 'instance',
    filter: { study: a, series: b, instance: c },
    bulkdataTag,
    path,
  };
}
