import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { limits } from '@prelector/kernel';
import type { Archive } from '../archive/archive.js';
import { changeElements } from '../dicom/change-elements.js';
import { textOf } from '../dicom/dataset.js';
import type { FileHeader } from '../dicom/read-header.js';
import { readHeader } from '../dicom/read-header.js';
import { simulatorError } from '../errors.js';
import type { Faults } from '../faults/fault-book.js';
import type { Answer } from '../http/answer.js';
import { textAnswer } from '../http/answer.js';
import type { MediaType } from '../http/media-types.js';
import type { PartOutcome, StowBehaviour } from '../behaviour/personality.js';
import type { Part } from './multipart-parts.js';
import { multipartParts } from './multipart-parts.js';

/** A store request (PS3.18 10.5). */
export interface Store {
  readonly study: string | undefined;
  readonly contentType: MediaType;
  readonly accept: readonly MediaType[];
  readonly contentLength: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  readonly root: string;
  readonly query: URLSearchParams;
  readonly faults: Faults;
}

const SOP_CLASS_NOT_SUPPORTED = 0x0122;

/** Stores part after part as they arrive and answers as this server does. */
export async function storeAnswer(request: Store, stow: StowBehaviour, archive: Archive): Promise<Answer> {
  const refused = stow.refuse(request);
  if (refused) return refused;
  const { bytes: maximum = Number.POSITIVE_INFINITY, answer: tooLarge } = stow.maximumBytes ?? {};
  if (tooLarge && (request.contentLength ?? 0) > maximum) return tooLarge;
  const outcomes: PartOutcome[] = [];
  const waiting: Buffer[] = [];
  try {
    for await (const part of partsOf(request, maximum)) {
      const file = await received(part, archive);
      if (stow.onlyDicomParts && part.contentType !== 'application/dicom') continue;
      if (stow.maximumParts) waiting.push(file);
      else outcomes.push(await keep(file, request, stow, archive));
    }
  } catch (thrown) {
    return brokenAnswer(thrown, tooLarge);
  }
  if (stow.maximumParts && waiting.length > stow.maximumParts.parts) return stow.maximumParts.answer;
  for (const file of waiting) outcomes.push(await keep(file, request, stow, archive));
  return stow.respond(outcomes, { study: request.study, accept: request.accept, url: request.root });
}

async function* partsOf({ contentType, body }: Store, maximum: number): AsyncGenerator<Part> {
  const counted = bounded(body, maximum);
  if (contentType.type === 'application/dicom') yield { contentType: 'application/dicom', body: counted };
  else yield* multipartParts(counted, contentType.parameters['boundary']?.value ?? '');
}

async function* bounded(body: AsyncIterable<Uint8Array>, maximum: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maximum) throw simulatorError('simulator.too-large');
    yield Buffer.from(chunk);
  }
}

/** One part by way of the disk, so that a large one is in memory once. */
async function received(part: Part, archive: Archive): Promise<Buffer> {
  const path = archive.incomingPath();
  try {
    await pipeline(bounded(part.body, limits.instanceBytes), createWriteStream(path));
    return await readFile(path);
  } finally {
    await rm(path, { force: true });
  }
}

async function keep(
  part: Buffer,
  request: Store,
  stow: StowBehaviour,
  archive: Archive,
): Promise<PartOutcome> {
  const file = stow.mangle(part);
  let header: FileHeader;
  try {
    header = readHeader(file);
  } catch {
    return { ...nameless, failureReason: stow.unreadable, unreadable: true };
  }
  const { sopClassUid, sopInstanceUid, studyUid } = header;
  const outcome = { sopClassUid, sopInstanceUid, studyUid };
  const failureReason = refusalOf(header, request, stow);
  if (failureReason !== undefined) return { ...outcome, failureReason };
  const study = archive.visible({ study: studyUid });
  if (request.faults.of('stow-nothing-stored') || (stow.onlyKnownStudies && study.length === 0))
    return outcome;
  const hiddenMs = (request.faults.of('visibility-delay')?.seconds ?? stow.visibleAfterMs / 1000) * 1000;
  const known = archive.get(sopInstanceUid);
  const hidden = known ? 0 : hiddenMs;
  const decision = known ? stow.duplicate(known, sha256(file)) : 'overwrite';
  if (typeof decision === 'object') return { ...outcome, ...decision };
  if (decision !== 'overwrite') return outcome;
  const changes = { ...stow.coerce(study, request.query), ...request.faults.of('stow-misfile')?.changes };
  await archive.put(Object.keys(changes).length > 0 ? changeElements(file, changes) : file, hidden);
  return outcome;
}

function refusalOf(header: FileHeader, { study, faults }: Store, stow: StowBehaviour): number | undefined {
  const refusal = faults.of('refuse-sop-class');
  if (refusal && (refusal.sopClassUids?.includes(header.sopClassUid) ?? true))
    return refusal.failureReason ?? SOP_CLASS_NOT_SUPPORTED;
  if (study !== undefined && header.studyUid !== study) return stow.studyMismatch;
  return textOf(header.dataset, '00100020') === '' ? stow.requiresPatientId : undefined;
}

function brokenAnswer(thrown: unknown, tooLarge: Answer | undefined): Answer {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'simulator.too-large') return tooLarge ?? textAnswer(413, 'too large');
  if (code === 'simulator.multipart-broken') return textAnswer(400, 'the body is no multipart message');
  throw thrown;
}

const nameless = { sopClassUid: '', sopInstanceUid: '', studyUid: '' };
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
