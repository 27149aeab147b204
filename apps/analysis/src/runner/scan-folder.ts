import { open, readFile } from 'node:fs/promises';
import { isUid, readPart10, stringOf, tags, type Dataset } from '@prelector/dicom';
import type { SeriesCandidate } from '@prelector/models';
import { filesBelow } from './instance-source.js';

/** A study as it lies in a folder: the headers of its instances by series. */
export interface FolderStudy {
  readonly studyInstanceUid: string;
  readonly series: readonly SeriesCandidate[];
}

/** Enough for the header of most images; the whole file is read where it is not. */
const HEAD_BYTES = 256 * 1024;

/**
 * The studies in a folder of DICOM files, for dry runs. Files that are no DICOM instance are passed over;
 * throws `run.folder-unreadable`.
 */
export async function scanFolder(folder: string): Promise<FolderStudy[]> {
  const studies = new Map<string, Map<string, Dataset[]>>();
  for await (const path of filesBelow(folder)) {
    const header = await headerOf(path);
    if (header === undefined) continue;
    const study = stringOf(header, tags.StudyInstanceUID);
    const series = stringOf(header, tags.SeriesInstanceUID);
    if (!isUid(study) || !isUid(series) || !isUid(stringOf(header, tags.SOPInstanceUID))) continue;
    const known = studies.get(study) ?? new Map<string, Dataset[]>();
    studies.set(study, known.set(series, [...(known.get(series) ?? []), header]));
  }
  return [...studies].map(([studyInstanceUid, series]) => ({
    studyInstanceUid,
    series: [...series].map(([seriesInstanceUid, instances]) => ({ seriesInstanceUid, instances })),
  }));
}

async function headerOf(path: string): Promise<Dataset | undefined> {
  return read(await headBytes(path)) ?? read(await readFile(path));
}

function read(bytes: Uint8Array): Dataset | undefined {
  try {
    return readPart10(bytes, { stopBeforePixelData: true }).dataset;
  } catch {
    return undefined;
  }
}

async function headBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
