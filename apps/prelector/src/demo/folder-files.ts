import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Dataset } from '@prelector/dicom';
import { readPart10, stringOf } from '@prelector/dicom';
import { asPrelectorError, PrelectorError } from '@prelector/kernel';

/** What a file of a folder is. */
export type FolderFile =
  | { readonly kind: 'instance'; readonly path: string; readonly header: Dataset }
  /** No image of a study, and said so: a text, a DICOMDIR. */
  | { readonly kind: 'other'; readonly name: string; readonly why: string }
  /** A DICOM file that cannot be read: what it holds would be missing. */
  | { readonly kind: 'unreadable'; readonly name: string; readonly why: string };

/** Media Storage Directory Storage: a DICOMDIR. */
const DIRECTORY = '1.2.840.10008.1.3.10';

/** Every file below a folder, in the order of their names. Throws `demo.folder-unreadable`. */
export async function* folderFiles(folder: string): AsyncGenerator<FolderFile, void, void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((cause: unknown) => {
    throw new PrelectorError('demo.folder-unreadable', 'permanent', `The folder ${folder} cannot be read.`, {
      cause,
    });
  });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) yield await readFolderFile(path, relative(folder, path));
}

async function readFolderFile(path: string, name: string): Promise<FolderFile> {
  try {
    const { dataset } = readPart10(await readFile(path));
    if (stringOf(dataset, '00080016') === DIRECTORY || stringOf(dataset, '00041130') !== undefined)
      return { kind: 'other', name, why: 'a DICOMDIR' };
    const lacking = [
      ['Study Instance UID', '0020000D'],
      ['SOP Class UID', '00080016'],
      ['SOP Instance UID', '00080018'],
    ].filter(([, tag]) => !stringOf(dataset, tag as string));
    if (lacking.length === 0) return { kind: 'instance', path, header: dataset };
    return { kind: 'unreadable', name, why: `it states no ${lacking.map(([word]) => word).join(', no ')}` };
  } catch (thrown) {
    const { code, message } = asPrelectorError(thrown);
    return code === 'dicom.not-dicom'
      ? { kind: 'other', name, why: 'no DICOM file' }
      : { kind: 'unreadable', name, why: `${code}: ${message}` };
  }
}
