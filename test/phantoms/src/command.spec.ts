import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decodePixels,
  isUid,
  orderSlices,
  planeOf,
  readPart10,
  stringOf,
  stringsOf,
  tags,
} from '@prelector/dicom';
import { phantomsCommand } from './command.js';
import type { PhantomTruth } from './write-study.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phantom-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function made(...options: string[]): Promise<PhantomTruth> {
  const printed: string[] = [];
  const command = phantomsCommand(
    { now: () => new Date(2026, 0, 2, 3, 4, 5) },
    { result: (text) => printed.push(text), progress: () => undefined },
  );
  const small = ['--out', folder, '--pixels', '32', '--slices', '24', '--json'];
  await command.parseAsync(['chest-ct', ...small, ...options], { from: 'user' });
  return JSON.parse(printed.join('')) as PhantomTruth;
}

async function images() {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.dcm')).sort();
  return Promise.all(names.map(async (name) => readPart10(await readFile(join(folder, name)))));
}

describe('prelector-phantoms chest-ct', () => {
  it('writes one series of CT images that stand in order, and its truth', async () => {
    const truth = await made('--seed', '7');
    const study = await images();
    expect(study).toHaveLength(24);
    const slices = study.map((item) => ({ plane: planeOf(item.dataset) as never, item }));
    const order = orderSlices(slices);
    expect(order.problems).toEqual([]);
    expect(order.spacing).toBeCloseTo(truth.acquisition.spacingMm, 3);
    expect(order.items.map(({ dataset }) => stringOf(dataset, tags.SOPInstanceUID))).toEqual(
      truth.sopInstanceUids,
    );
    expect(JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8'))).toEqual(truth);
  });

  it('numbers the highest slice 1, as scanners do, with the trachea in its middle', async () => {
    await made('--pixels', '64');
    const highest = (await images()).slice(0, 1);
    expect(highest.map(({ dataset }) => stringOf(dataset, tags.InstanceNumber))).toEqual(['1']);
    const [frame] = await Promise.all(highest.map((image) => decodePixels(image)));
    if (!frame) throw new Error('the highest slice has no frame');
    const { pixels, rows, columns } = frame;
    expect([rows, columns]).toEqual([64, 64]);
    const middle = [27, 28, 29, 30].flatMap((row) => [...pixels.subarray(row * 64 + 30, row * 64 + 34)]);
    expect(Math.min(...middle)).toBeLessThan(100);
  });

  it('makes a new study of a new patient each time, dated today', async () => {
    const first = await made();
    await rm(folder, { recursive: true });
    const second = await made();
    for (const key of ['studyInstanceUid', 'seriesInstanceUid', 'patientId', 'accessionNumber'] as const) {
      expect(second.identity[key]).not.toBe(first.identity[key]);
    }
    expect(first.identity).toMatchObject({ date: '20260102', time: '030405' });
    expect(isUid(first.identity.studyInstanceUid)).toBe(true);
  });

  it('takes identity and acquisition from its options', async () => {
    const identity = [
      '--patient-id',
      'X1',
      '--issuer',
      'TEST',
      '--patient-name',
      'Doe^Jane',
      '--accession',
      'A1',
    ];
    const uids = ['--study-uid', '1.2.3', '--series-uid', '1.2.4', '--date', '20250101', '--sex', 'F'];
    await made(...identity, ...uids, '--kernel', 'B60f', '--thickness', '5');
    const dataset = (await images())[0]?.dataset ?? {};
    const said = (tag: string) => stringsOf(dataset, tag).join('\\');
    expect([said(tags.PatientID), said(tags.IssuerOfPatientID), said(tags.PatientName)]).toEqual([
      'X1',
      'TEST',
      'Doe^Jane',
    ]);
    expect([said(tags.StudyInstanceUID), said(tags.SeriesInstanceUID)]).toEqual(['1.2.3', '1.2.4']);
    expect([said(tags.AccessionNumber), said(tags.StudyDate), said(tags.PatientSex)]).toEqual([
      'A1',
      '20250101',
      'F',
    ]);
    expect([said(tags.ConvolutionKernel), said(tags.SliceThickness)]).toEqual(['B60f', '5']);
  });

  it('states a contrast agent only when there is one', async () => {
    await made();
    expect((await images())[0]?.dataset[tags.ContrastBolusAgent]).toBeUndefined();
    await rm(folder, { recursive: true });
    const truth = await made('--contrast');
    expect(stringOf((await images())[0]?.dataset ?? {}, tags.ContrastBolusAgent)).toBe(
      truth.acquisition.contrastAgent,
    );
  });

  it('says when the lungs are not whole', async () => {
    expect((await made('--cut-apex')).wholeLung).toBe(false);
  });

  it('leaves a folder alone that holds files', async () => {
    await made();
    await expect(made()).rejects.toMatchObject({ code: 'phantom.folder-not-empty' });
  });

  it.each([
    ['--slices', '0'],
    ['--slices', '2.5'],
    ['--thickness', ''],
    ['--pixels', '9999'],
    ['--study-uid', '1.2/3'],
  ])('refuses %s %j', async (option, value) => {
    await expect(made(option, value)).rejects.toMatchObject({ code: 'phantom.option-invalid' });
  });
});
