import type { IncomingMessage, ServerResponse } from 'node:http';
import { asPrelectorError, limits } from '@prelector/kernel';
import type { Archive } from '../archive/archive.js';
import type { FaultBook } from '../faults/fault-book.js';
import { readChanges, readFaults } from '../faults/read-faults.js';
import { simulatorError } from '../errors.js';
import type { Answer } from '../http/answer.js';
import { jsonAnswer } from '../http/answer.js';
import type { RequestLog } from './request-log.js';
import { send } from './send.js';

export interface ControlParts {
  readonly archive: Archive;
  readonly faults: FaultBook;
  readonly log: RequestLog;
  /** Runs something later, unless the simulator stops before. */
  readonly later: (seconds: number, run: () => Promise<unknown>) => void;
}

type Handler = (parts: ControlParts, body: unknown, uid: string) => Answer | Promise<Answer>;

const done = (value: unknown = {}) => jsonAnswer(200, value, 'application/json');

const handlers: readonly (readonly [string, RegExp, Handler])[] = [
  ['GET', /^\/faults$/u, ({ faults }) => done(faults.list())],
  ['PUT', /^\/faults$/u, ({ faults }, body) => (faults.replace(readFaults(body)), done(faults.list()))],
  ['DELETE', /^\/faults$/u, ({ faults }) => (faults.replace([]), done([]))],
  ['GET', /^\/requests$/u, ({ log }) => done(log.view())],
  ['DELETE', /^\/requests$/u, ({ log }) => (log.clear(), done())],
  ['GET', /^\/instances$/u, ({ archive }) => done(instancesOf(archive))],
  ['POST', /^\/patient$/u, (parts, body) => changePatient(parts, body)],
  [
    'DELETE',
    /^\/studies\/([0-9.]+)$/u,
    async ({ archive }, _, study) => done({ removed: await archive.remove({ study }) }),
  ],
  [
    'DELETE',
    /^\/series\/([0-9.]+)$/u,
    async ({ archive }, _, series) => done({ removed: await archive.remove({ series }) }),
  ],
  [
    'DELETE',
    /^\/instances\/([0-9.]+)$/u,
    async ({ archive }, _, instance) => done({ removed: await archive.remove({ instance }) }),
  ],
];

/** Handles the control API: faults, requests, patient changes. On loopback, without authentication. */
export function controlHandler(parts: ControlParts) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void answerTo(parts, request)
      .catch((thrown: unknown) => refusal(thrown))
      .then((answer) => send(response, answer))
      .catch(() => response.destroy());
  };
}

async function answerTo(parts: ControlParts, request: IncomingMessage): Promise<Answer> {
  const path = (request.url ?? '/').replace(/\?.*$/u, '');
  for (const [method, pattern, handler] of handlers) {
    const found = pattern.exec(path);
    if (found && method === request.method) return handler(parts, await bodyOf(request), found[1] ?? '');
  }
  return jsonAnswer(404, { error: 'not found' }, 'application/json');
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > limits.manifestBytes) throw simulatorError('simulator.fault-invalid', 'too long');
  }
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw simulatorError('simulator.fault-invalid', 'no JSON', { cause });
  }
}

async function changePatient({ archive, later }: ControlParts, body: unknown): Promise<Answer> {
  const { study, changes, afterSeconds } = (body ?? {}) as Record<string, unknown>;
  if (typeof study !== 'string') throw simulatorError('simulator.fault-invalid', 'study: its UID');
  const read = readChanges(changes, 'changes');
  if (typeof afterSeconds === 'number' && afterSeconds > 0) {
    later(afterSeconds, () => archive.changeStudy(study, read));
    return jsonAnswer(202, { afterSeconds }, 'application/json');
  }
  return done({ changed: await archive.changeStudy(study, read) });
}

function instancesOf(archive: Archive): unknown {
  return archive.visible().map((each) => ({
    studyInstanceUid: each.studyUid,
    seriesInstanceUid: each.seriesUid,
    sopClassUid: each.sopClassUid,
    sopInstanceUid: each.sopInstanceUid,
    transferSyntaxUid: each.transferSyntaxUid,
    bytes: each.bytes,
    sha256: each.digest,
  }));
}

function refusal(thrown: unknown): Answer {
  const { code, message } = asPrelectorError(thrown);
  return jsonAnswer(code === 'internal' ? 500 : 400, { error: code, message }, 'application/json');
}
