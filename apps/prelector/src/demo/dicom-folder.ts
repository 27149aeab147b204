import { readFile } from 'node:fs/promises';
import { stringOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { StudyIdentity } from '@prelector/findings';
import { identityOfDataset } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import { folderFiles } from './folder-files.js';

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
  /** Files that are no images, with what they are. */
  readonly leftOut: readonly string[];
}

const batch = 4;

/**
 * The one study of a folder. What is no DICOM instance is left out and listed; a DICOM file that cannot be read is
 * not, because a series without it would pass for whole. Throws `demo.unreadable-files`, `demo.no-study`,
 * `demo.several-studies`.
 */
export async function studyInFolder(folder: string): Promise<FolderStudy> {
  const studies = new Map<
    string,
    { identity: StudyIdentity; modality: string | undefined; files: FolderStudy['files'][number][] }
  >();
  const leftOut: string[] = [];
  const unreadable: string[] = [];
  for await (const file of folderFiles(folder)) {
    if (file.kind !== 'instance') {
      (file.kind === 'other' ? leftOut : unreadable).push(`${file.name} (${file.why})`);
      continue;
    }
    const { path, header } = file;
    const uid = (tag: string) => stringOf(header, tag) ?? '';
    const study = studies.get(uid('0020000D')) ?? {
      identity: identityOfDataset(header),
      modality: stringOf(header, '00080060'),
      files: [],
    };
    study.files.push({ path, sopClassUid: uid('00080016'), sopInstanceUid: uid('00080018') });
    studies.set(uid('0020000D'), study);
  }
  if (unreadable.length > 0) throw unreadableFiles(folder, unreadable);
  const [only, ...others] = studies;
  if (!only) throw new PrelectorError('demo.no-study', 'permanent', `There is no DICOM file in ${folder}.`);
  if (others.length > 0) {
    throw new PrelectorError(
      'demo.several-studies',
      'permanent',
      `${folder} holds ${studies.size} studies; give a folder with one.`,
    );
  }
  return { studyInstanceUid: only[0], ...only[1], leftOut };
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

/** As many are named one by one. */
const NAMED = 10;

function unreadableFiles(folder: string, files: readonly string[]): PrelectorError {
  const rest = files.length - NAMED;
  const named = [...files.slice(0, NAMED), ...(rest > 0 ? [`and ${rest} more`] : [])];
  return new PrelectorError(
    'demo.unreadable-files',
    'permanent',
    `${folder} holds DICOM files that Prelector cannot read, so its series would not be whole; take them out, or send them to the makers of Prelector:\n${named.map((each) => `  - ${each}`).join('\n')}`,
  );
}
