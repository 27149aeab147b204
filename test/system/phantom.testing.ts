import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { randomUid, readPart10, stringOf, tags } from '@prelector/dicom';
import type { InstanceToStore } from '@prelector/dicomweb';
import type { StudyIdentity } from '@prelector/findings';
import { identityOfDataset } from '@prelector/findings';

/** A phantom on this side of the wire: its identity and its files, the highest slice in front. */
export interface PhantomStudy {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly identity: StudyIdentity;
  readonly instances: readonly InstanceToStore[];
}

/** What a test says of its phantom; the rest is made up anew each time. */
export interface PhantomOptions {
  readonly studyUid?: string;
  readonly seriesUid?: string;
  readonly patientId?: string;
  readonly patientName?: string;
  readonly birthDate?: string;
  readonly sex?: string;
  readonly accession?: string;
  readonly contrast?: boolean;
  readonly cutApex?: boolean;
  readonly slices?: number;
  readonly pixels?: number;
}

const run = promisify(execFile);
const entry = fileURLToPath(new URL('../phantoms/dist/main.js', import.meta.url));

/** Coarse, so that a test takes seconds: slices lie far apart, so no measurement holds; 250 have no gaps. */
const coarse = ['--slices', '40', '--pixels', '64', '--thickness', '1.25', '--seed', '7'];

/** Makes a chest CT by the phantom maker. The same UIDs give the same images, whatever the patient. */
export async function makePhantom(options: PhantomOptions = {}): Promise<PhantomStudy> {
  const folder = await mkdtemp(join(tmpdir(), 'prelector-phantom-'));
  try {
    const out = join(folder, 'study');
    const given = { ...options, studyUid: options.studyUid ?? randomUid() };
    await run(process.execPath, [entry, 'chest-ct', '--out', out, ...coarse, ...argumentsOf(given)]);
    const names = (await readdir(out)).filter((name) => name.endsWith('.dcm')).sort();
    const files = await Promise.all(names.map((name) => readFile(join(out, name))));
    return studyOf(files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function argumentsOf(options: PhantomOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const option = `--${name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === false || value === undefined) return [];
    return value === true ? [option] : [option, String(value)];
  });
}

function studyOf(files: readonly Uint8Array[]): PhantomStudy {
  const instances = files.map((bytes) => {
    const { dataset } = readPart10(bytes, { stopBeforePixelData: true });
    return {
      dataset,
      sopClassUid: stringOf(dataset, tags.SOPClassUID) ?? '',
      sopInstanceUid: stringOf(dataset, tags.SOPInstanceUID) ?? '',
      bytes,
    };
  });
  const first = instances[0]?.dataset;
  if (!first) throw new Error('the phantom maker wrote no file');
  return {
    studyInstanceUid: stringOf(first, tags.StudyInstanceUID) ?? '',
    seriesInstanceUid: stringOf(first, tags.SeriesInstanceUID) ?? '',
    identity: identityOfDataset(first),
    instances: instances.map(({ sopClassUid, sopInstanceUid, bytes }) => ({
      sopClassUid,
      sopInstanceUid,
      bytes,
    })),
  };
}
