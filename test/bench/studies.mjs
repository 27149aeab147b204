import { readFile } from 'node:fs/promises';
import { numbersOf, readPart10, stringOf } from '@prelector/dicom';
import { curlStore } from './curl.mjs';

const batch = 25;
/** Where the attributes before the pixels surely end. */
const HEADER_BYTES = 16 * 1024;

/**
 * Stores a phantom as another study of its own: the last digits of its UIDs and of its accession number are
 * replaced by a number, without changing a length. Returns what a notice says of it.
 */
export async function storeCopy(archive, made, serial, body) {
  const { identity, files } = made;
  const studyInstanceUid = numbered(identity.studyInstanceUid, serial);
  const seriesInstanceUid = numbered(identity.seriesInstanceUid, serial);
  const accessionNumber = numbered(identity.accessionNumber, serial);
  const instances = [];
  for (let start = 0; start < files.length; start += batch) {
    const read = await Promise.all(files.slice(start, start + batch).map((path) => readFile(path)));
    const copies = read.map((bytes) => restamped(bytes, identity.accessionNumber, serial));
    for (const bytes of copies) {
      const { dataset } = readPart10(bytes, { stopBeforePixelData: true });
      instances.push({
        sopClassUid: stringOf(dataset, '00080016'),
        sopInstanceUid: stringOf(dataset, '00080018'),
        height: numbersOf(dataset, '00200032')[2],
      });
    }
    await curlStore(archive.url, studyInstanceUid, copies, body);
  }
  return {
    studyInstanceUid,
    seriesInstanceUid,
    // As a selection gives them, feet to head.
    instances: instances
      .sort((a, b) => a.height - b.height)
      .map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid })),
    identity: { ...identity, studyInstanceUid, accessionNumber },
  };
}

/** The same file under UIDs (below 2.25) and an accession number of their own. */
export function restamped(bytes, accessionNumber, serial) {
  const size = Math.min(bytes.length, HEADER_BYTES);
  const text = bytes.toString('latin1', 0, size);
  const changed = text
    .replaceAll(/2\.25\.\d{20,}/gu, (uid) => numbered(uid, serial))
    .replaceAll(accessionNumber || '\0\0never\0\0', (found) => numbered(found, serial));
  const copy = Buffer.from(bytes);
  copy.write(changed, 0, size, 'latin1');
  return copy;
}

const numbered = (text, serial) => {
  const digits = String(serial).padStart(5, '0');
  return text.slice(0, -digits.length) + digits;
};
