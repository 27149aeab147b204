import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildDataset, encodePart10 } from '@prelector/dicom';
import { studyInFolder } from './dicom-folder.js';

const instance = (serial: number, over: Record<string, unknown> = {}): Uint8Array =>
  encodePart10(
    buildDataset({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: `1.2.3.${serial}`,
      StudyInstanceUID: '1.2.3',
      SeriesInstanceUID: '1.2.3.4',
      Modality: 'CT',
      PatientID: 'P1',
      PatientName: 'SECRET^NAME',
      ...over,
    }),
  );

const pixels = instance(4, { Rows: 16, Columns: 16, PixelData: new Uint8Array(512) });

describe('studyInFolder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'prelector-folder-'));
    for (const serial of [1, 2, 3]) await writeFile(join(folder, `${serial}.dcm`), instance(serial));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('takes the images, and names what is none', async () => {
    await writeFile(join(folder, 'README.txt'), 'not an image');
    await writeFile(join(folder, 'empty'), '');
    const study = await studyInFolder(folder);
    expect(study).toMatchObject({ studyInstanceUid: '1.2.3', modality: 'CT' });
    expect(study.files).toHaveLength(3);
    expect(study.leftOut).toEqual(['README.txt (no DICOM file)', 'empty (no DICOM file)']);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['cut off', instance(4).subarray(0, -7), /x\.dcm \(dicom\.truncated: /u],
    ['cut off in its pixels', pixels.subarray(0, -100), /x\.dcm \(dicom\.truncated: /u],
    [
      'of no study',
      instance(4, { StudyInstanceUID: undefined }),
      /x\.dcm \(it states no Study Instance UID\)/u,
    ],
  ])('stops at an image %s, naming file and cause, and no patient', async (_what, bytes, words) => {
    await writeFile(join(folder, 'x.dcm'), bytes);
    const failure = studyInFolder(folder);
    await expect(failure).rejects.toMatchObject({
      code: 'demo.unreadable-files',
      message: expect.stringMatching(words),
    });
    await expect(failure).rejects.toMatchObject({ message: expect.not.stringMatching(/SECRET|P1/u) });
  });

  it('says when there is no study, or more than one', async () => {
    await writeFile(join(folder, 'y.dcm'), instance(9, { StudyInstanceUID: '1.2.9' }));
    await expect(studyInFolder(folder)).rejects.toMatchObject({ code: 'demo.several-studies' });
    await rm(folder, { recursive: true });
    await expect(studyInFolder(folder)).rejects.toMatchObject({ code: 'demo.folder-unreadable' });
  });
});
