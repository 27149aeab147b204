import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { StoredInstance } from '../archive/stored-instance.js';
import { changeElements, locateElement } from '../dicom/change-elements.js';
import type { JsonAttribute, JsonDataset } from '../dicom/dataset.js';
import type { Fault, MultipartShape } from '../faults/fault.js';
import type { Faults } from '../faults/fault-book.js';
import type { Answer } from '../http/answer.js';
import { textAnswer } from '../http/answer.js';
import type { MediaType } from '../http/media-types.js';
import type { Level, WadoBehaviour } from '../behaviour/personality.js';
import type { Piece, Sent } from './body.js';
import { multipartBody, singleBody } from './body.js';
import { faultyBody } from './body-faults.js';
import { shapedWado } from './shaped-multipart.js';

/** A retrieve request (PS3.18 10.4). */
export interface Retrieve {
  readonly level: Level;
  readonly instances: readonly StoredInstance[];
  readonly accept: readonly MediaType[];
  readonly root: string;
  readonly faults: Faults;
}

const otherStudy = '2.25.999999999999999999999999999999999999';

/** Sends instances as this server does, each file as it is stored: the simulator does not transcode. */
export async function instancesAnswer(request: Retrieve, wado: WadoBehaviour): Promise<Answer> {
  const { level, accept, faults } = request;
  if (!wado.levels.includes(level)) return textAnswer(404, 'not found');
  const form = wado.choose(accept, level);
  if (typeof form === 'number') return textAnswer(form, 'not acceptable');
  if (request.instances.length === 0) return wado.missing;
  if (wado.transferSyntaxRefused !== 'ignored' && !acceptable(accept, request.instances))
    return textAnswer(wado.transferSyntaxRefused, 'transfer syntax not available');
  const sent = await sentInstances(request.instances, faults);
  const [first] = sent;
  if (form === 'single' && first) {
    const contentType = `application/dicom; transfer-syntax=${first.instance.transferSyntaxUid}`;
    return {
      status: 200,
      headers: { 'content-type': contentType },
      body: faultyBody(singleBody(first), faults),
    };
  }
  return multipartAnswer(sent, faults, wado);
}

function multipartAnswer(sent: readonly Sent[], faults: Faults, usual: WadoBehaviour): Answer {
  const shape = faults.of('multipart-shape')?.shape as MultipartShape | undefined;
  const wado = shape ? shapedWado(usual, shape) : usual;
  const boundary = wado.boundary();
  const pieces = multipartBody(sent, boundary, wado);
  const open = faults.of('missing-closing-boundary') !== undefined;
  const body = faultyBody(open ? withoutEnd(pieces, sent.length) : pieces, faults);
  return {
    status: shape === 'partial-content' ? 206 : 200,
    headers: {
      'content-type': wado.contentType(boundary),
      ...(shape === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
      ...(shape === 'partial-content' ? { warning: '299 pacs: some instances are not accessible' } : {}),
    },
    body: shape === 'gzip' ? Readable.from(body).pipe(createGzip()) : body,
  };
}

/** Answers `/metadata` in the DICOM JSON model, bulk data as references. */
export function metadataAnswer({ instances, root, faults }: Retrieve, wado: WadoBehaviour): Answer {
  if (!wado.metadata) return textAnswer(404, 'not found');
  if (instances.length === 0) return wado.missing;
  const body = faultyBody(metadataPieces(instances, root, wado), faults);
  return { status: 200, headers: { 'content-type': 'application/dicom+json' }, body };
}

/** Answers one bulk data element of a data set's top level, as stored. */
export async function bulkdataAnswer(instance: StoredInstance | undefined, tag: string): Promise<Answer> {
  const file = instance && (await readFile(instance.path));
  const place = file && locateElement(file, tag);
  if (!file || !place) return textAnswer(404, 'not found');
  const bytes = file.subarray(place.start, place.end);
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: oneChunk(bytes) };
}

async function sentInstances(instances: readonly StoredInstance[], faults: Faults): Promise<Sent[]> {
  if (faults.of('zero-parts')) return [];
  const sent: Sent[] = instances.map((instance) => ({ instance }));
  const missing = faults.of('missing-instances') ?? partial(faults);
  if (missing) sent.splice(Math.max(0, sent.length - (missing.by ?? 1)));
  const [first] = sent;
  if (first && faults.of('duplicate-instance')) sent.push(first);
  const changes = {
    ...(faults.of('wrong-study-instance') ? { '0020000D': otherStudy } : {}),
    ...faults.of('changed-instance')?.changes,
  };
  if (Object.keys(changes).length > 0 && sent.length > 0) {
    const last = sent.length - 1;
    const { instance } = sent[last] as Sent;
    sent[last] = { instance, bytes: changeElements(await readFile(instance.path), changes) };
  }
  return sent;
}

/** A 206 leaves one instance out. */
function partial(faults: Faults): Fault | undefined {
  const shaped = faults.of('multipart-shape');
  return shaped?.shape === 'partial-content' ? shaped : undefined;
}

async function* withoutEnd(pieces: AsyncIterable<Piece>, parts: number): AsyncGenerator<Piece> {
  for await (const piece of pieces) if (piece.part <= parts) yield piece;
}

async function* metadataPieces(
  instances: readonly StoredInstance[],
  root: string,
  wado: WadoBehaviour,
): AsyncGenerator<Piece> {
  let part = 0;
  for (const instance of instances) {
    part += 1;
    const url = `${root}/studies/${instance.studyUid}/series/${instance.seriesUid}/instances/${instance.sopInstanceUid}`;
    const text = JSON.stringify(metadataOf(instance.dataset, url, wado));
    yield { bytes: Buffer.from(`${part === 1 ? '[' : ','}${text}`), part, ends: true };
  }
  yield { bytes: Buffer.from(']'), part: part + 1 };
}

function metadataOf(dataset: JsonDataset, url: string, wado: WadoBehaviour): JsonDataset {
  const kept = Object.entries(dataset).filter(([tag, value]) => !wado.omitted(value, tag));
  const named = kept.map(([tag, value]): [string, JsonAttribute] =>
    value.BulkDataURI === undefined
      ? [tag, value]
      : [tag, { vr: value.vr, BulkDataURI: `${url}/bulkdata/${value.BulkDataURI}` }],
  );
  return { ...Object.fromEntries(named), '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } };
}

/** Absent and `*` take what is stored; so does Explicit VR LE, to which real servers would decompress. */
function acceptable(accept: readonly MediaType[], instances: readonly StoredInstance[]): boolean {
  const asked = accept.map(({ parameters }) => parameters['transfer-syntax']?.value);
  if (asked.length === 0) return true;
  return asked.some(
    (each) =>
      each === undefined ||
      each === '*' ||
      each === '1.2.840.10008.1.2.1' ||
      instances.every(({ transferSyntaxUid }) => transferSyntaxUid === each),
  );
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
