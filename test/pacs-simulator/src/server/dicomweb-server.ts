import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@prelector/kernel';
import type { Archive } from '../archive/archive.js';
import type { Personality } from '../behaviour/personality.js';
import type { FaultBook, Faults } from '../faults/fault-book.js';
import type { Answer } from '../http/answer.js';
import { textAnswer } from '../http/answer.js';
import { acceptedTypes, mediaTypeOf } from '../http/media-types.js';
import { searchAnswer } from '../qido/search.js';
import { storeAnswer } from '../stow/store.js';
import { bulkdataAnswer, instancesAnswer, metadataAnswer } from '../wado/retrieve.js';
import type { RequestLog } from './request-log.js';
import type { Route } from './route.js';
import { routeOf } from './route.js';
import { send } from './send.js';

/** What the DICOMweb side of a simulator works on. */
export interface DicomWebParts {
  readonly personality: Personality;
  readonly archive: Archive;
  readonly faults: FaultBook;
  readonly log: RequestLog;
  readonly clock: Clock;
  /** The Authorization header that is asked for. */
  readonly authorization: string | undefined;
}

/** Handles DICOMweb requests. */
export function dicomWebHandler(parts: DicomWebParts) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void handle(parts, request, response).catch(() => response.destroy());
  };
}

async function handle(
  parts: DicomWebParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const { pathname, search } = new URL(`http://pacs.invalid${url.startsWith('/') ? url : '/'}`);
  const searchParams = parametersOf(search, parts.personality.qido.undecodedKeys ?? false);
  const route = routeOf(method, pathname.replace(/\/$/u, ''), parts.personality);
  const service = !route || route.service === 'bulkdata' ? 'wado' : route.service;
  const faults = parts.faults.meet({ method, service, path: route?.path ?? pathname });
  const logged = {
    at: parts.clock.now().toISOString(),
    method,
    service: route?.service ?? 'none',
    path: route?.path ?? pathname,
    query: [...new Set(searchParams.keys())],
    faults: faults.all.map(({ kind }) => kind),
    bytes: 0,
    complete: false,
    status: 0,
  };
  parts.log.add(logged);
  const answer = await answerTo(parts, request, route, searchParams, faults).catch(() => internal);
  if (!request.complete && headers['content-length'] !== '0') request.resume();
  if (!answer) return void response.destroy();
  logged.status = answer.status;
  Object.assign(logged, await send(response, answer));
  const change = faults.of('change-patient');
  if (change?.changes && route?.filter.study)
    await parts.archive.changeStudy(route.filter.study, change.changes);
}

function parametersOf(search: string, undecoded: boolean): URLSearchParams {
  if (!undecoded) return new URLSearchParams(search);
  const pairs = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '');
  return new URLSearchParams(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

async function answerTo(
  parts: DicomWebParts,
  request: IncomingMessage,
  route: Route | undefined,
  search: URLSearchParams,
  faults: Faults,
): Promise<Answer | undefined> {
  const { personality, authorization } = parts;
  const early = await earlyAnswer(faults);
  if (early !== 'none') return early;
  if (authorization !== undefined && request.headers.authorization !== authorization)
    return personality.unauthorised;
  if (!route) return textAnswer(404, 'not found');
  const answer = await serviceAnswer(parts, request, route, search, faults);
  if (route.service === 'stow' && faults.of('stow-lost-answer')) return undefined;
  const empty = route.service === 'stow' ? faults.of('stow-empty-body') : undefined;
  return empty ? { status: empty.status ?? 202, body: '' } : answer;
}

async function serviceAnswer(
  { personality, archive }: DicomWebParts,
  request: IncomingMessage,
  route: Route,
  search: URLSearchParams,
  faults: Faults,
): Promise<Answer> {
  const { level, filter } = route;
  const accept = acceptedTypes(request.headers.accept);
  const host = `http://${request.headers.host ?? 'localhost'}`;
  const wadoRoot = host + personality.roots.wado;
  if (route.service === 'stow') {
    if (!personality.stow) return textAnswer(405, 'this server takes no instances');
    const length = request.headers['content-length'];
    const store = {
      study: filter.study,
      contentType: mediaTypeOf(request.headers['content-type'] ?? ''),
      accept,
      contentLength: length === undefined ? undefined : Number(length),
      body: request,
      root: wadoRoot,
      query: search,
      faults,
    };
    return storeAnswer(store, personality.stow, archive);
  }
  const instances = archive.visible(filter);
  const common = { level, instances, accept, root: wadoRoot, faults };
  if (route.service === 'metadata') return metadataAnswer(common, personality.wado);
  if (route.service === 'bulkdata') return bulkdataAnswer(instances[0], route.bulkdataTag ?? '');
  if (route.service === 'wado') return instancesAnswer(common, personality.wado);
  const everything = faults.of('ignore-filters') ? archive.visible() : instances;
  const withinStudy = filter.study !== undefined;
  return searchAnswer({ ...common, instances: everything, search, withinStudy }, personality.qido);
}

/** Of the simulator itself: a full disk, a file that was taken away. */
const internal: Answer = textAnswer(500, 'internal error');

/** What a fault answers before the request is looked at; undefined closes the connection without an answer. */
async function earlyAnswer(faults: Faults): Promise<Answer | undefined | 'none'> {
  const hang = faults.of('hang');
  if (hang && hang.afterBytes === undefined && hang.afterParts === undefined) {
    await sleep((hang.seconds ?? 3600) * 1000, undefined, { ref: false });
    if (hang.seconds === undefined) return undefined;
  }
  const status = faults.of('status');
  if (status) {
    const retryAfter = status.retryAfter === undefined ? {} : { 'retry-after': String(status.retryAfter) };
    const answer = textAnswer(status.status ?? 503, status.body ?? '', status.contentType);
    return { ...answer, headers: { ...answer.headers, ...retryAfter } };
  }
  if (faults.of('login-page')) return textAnswer(200, '<html><title>Sign in</title></html>', 'text/html');
  const redirect = faults.of('redirect');
  if (redirect) return { status: redirect.status ?? 302, headers: { location: redirect.location ?? '/' } };
  return 'none';
}
