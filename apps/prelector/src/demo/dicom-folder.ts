import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readPart10, stringOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { StudyIdentity } from '@prelector/findings';
import { identityOfDataset } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';

/** One study found in a folder of DICOM files. */
export interface FolderStudy {
  readonly studyInstanceUid: string;
  readonly identity: StudyIdentity;
  readonly modality: string | undefined;
  readonly files: readonly {
    readonly path: string;
    readonly sopClassUid: string;
    readonly sopInstanceUid: string;
  }[];
}

const batch = 4;

/** The one study of a folder; files that are not DICOM are passed over. Throws `demo.no-study`, `demo.several-studies`. */
export async function studyInFolder(folder: string): Promise<FolderStudy> {
  const studies = new Map<
    string,
    { identity: StudyIdentity; modality: string | undefined; files: FolderStudy['files'][number][] }
  >();
  for (const path of await filesIn(folder)) {
    const header = await headerOf(path);
    const studyInstanceUid = header && stringOf(header, '0020000D');
    const sopClassUid = header && stringOf(header, '00080016');
    const sopInstanceUid = header && stringOf(header, '00080018');
    if (!header || !studyInstanceUid || !sopClassUid || !sopInstanceUid) continue;
    const study = studies.get(studyInstanceUid) ?? {
      identity: identityOfDataset(header),
      modality: stringOf(header, '00080060'),
      files: [],
    };
    study.files.push({ path, sopClassUid, sopInstanceUid });
    studies.set(studyInstanceUid, study);
  }
  const [only, ...others] = studies;
  if (!only) throw new PrelectorError('demo.no-study', 'permanent', `There is no DICOM file in ${folder}.`);
  if (others.length > 0) {
    throw new PrelectorError(
      'demo.several-studies',
      'permanent',
      `${folder} holds ${studies.size} studies; give a folder with one.`,
    );
  }
  return { studyInstanceUid: only[0], ...only[1] };
}

/** Stores the files of a study, a few at a time. */
export async function pushStudy(client: DicomWebClient, study: FolderStudy): Promise<void> {
  for (let start = 0; start < study.files.length; start += batch) {
    const files = study.files.slice(start, start + batch);
    const instances = await Promise.all(
      files.map(async ({ path, sopClassUid, sopInstanceUid }) => ({
        sopClassUid,
        sopInstanceUid,
        bytes: await readFile(path),
      })),
    );
    const answer = await client.storeInstances(study.studyInstanceUid, instances);
    for (const { sopInstanceUid } of instances) {
      const outcome = answer.instances.get(sopInstanceUid);
      const stored =
        outcome?.state === 'stored' || (outcome?.state === 'failed' && outcome.meaning === 'duplicate');
      if (!stored) {
        throw new PrelectorError(
          'demo.not-stored',
          'permanent',
          `The PACS did not take an image of the study (HTTP ${answer.status}).`,
        );
      }
    }
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((cause: unknown) => {
    throw new PrelectorError('demo.folder-unreadable', 'permanent', `The folder ${folder} cannot be read.`, {
      cause,
    });
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function headerOf(path: string) {
  try {
    return readPart10(await readFile(path), { stopBeforePixelData: true }).dataset;
  } catch {
    return undefined;
  }
}
