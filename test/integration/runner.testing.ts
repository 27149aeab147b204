import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDataset, encodePart10, type Dataset } from '@prelector/dicom';
import { inputsOf, loadPackage, selectSeries } from '@prelector/models';
import { loadProfile } from '@prelector/profiles';
import type { RunnerJob } from '../../apps/analysis/src/runner/protocol.js';
import { scanFolder } from '../../apps/analysis/src/runner/scan-folder.js';

const ROWS = 8;
const COLUMNS = 8;
const HU_AIR = -1000;
const HU_WATER = 0;

/** Whom a node lets in. */
export interface Door {
  readonly admits?: (request: IncomingMessage) => boolean;
  readonly tls?: TlsOptions;
}

/** A study of a cube of water with 2 x 2 pixels of air in its inner slices. */
export function ctStudy(
  slices: number,
  changes: (z: number) => Record<string, unknown> = () => ({}),
): Dataset[] {
  return Array.from({ length: slices }, (_, z) => {
    const inner = z > 0 && z < slices - 1;
    const pixels = Int16Array.from({ length: ROWS * COLUMNS }, (_pixel, index) => {
      const [row, column] = [Math.floor(index / COLUMNS), index % COLUMNS];
      return inner && row < 2 && column < 2 ? HU_AIR : HU_WATER;
    });
    const attributes = buildDataset({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: `1.2.3.4.${z + 1}`,
      StudyInstanceUID: '1.2.3',
      SeriesInstanceUID: '1.2.3.4',
      PatientID: 'RUNNER-1',
      PatientName: 'RUNNER^TEST',
      AccessionNumber: 'A1',
      Modality: 'CT',
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      SeriesDescription: 'Cube',
      SeriesNumber: 3,
      SliceThickness: 1,
      ConvolutionKernel: 'B31f',
      ImagePositionPatient: [0, 0, z],
      ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
      PixelSpacing: [5, 5],
      Rows: ROWS,
      Columns: COLUMNS,
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 1,
      RescaleSlope: 1,
      RescaleIntercept: 0,
      ...changes(z),
    });
    return { ...attributes, '7FE00010': { vr: 'OW', bytes: new Uint8Array(pixels.buffer) } };
  });
}

/** The same study as one enhanced image of many frames, in an order that is not that of the slices. */
export function enhancedStudy(slices: number): Dataset {
  const singles = ctStudy(slices).map((single, index) => ({ single, key: (index * 7) % slices }));
  const frames = singles.sort((a, b) => a.key - b.key).map(({ single }) => single);
  const pixels = Buffer.concat(frames.map((frame) => frame['7FE00010']?.bytes as Uint8Array));
  const [first = {}] = frames;
  const without = ['00200032', '00200037', '00280030', '00281052', '00281053', '00180050', '7FE00010'];
  const common = Object.fromEntries(Object.entries(first).filter(([tag]) => !without.includes(tag)));
  const groups = buildDataset({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1',
    SOPInstanceUID: '1.2.3.4.1',
    NumberOfFrames: slices,
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
        PixelMeasuresSequence: [{ PixelSpacing: [5, 5], SliceThickness: 1 }],
        PixelValueTransformationSequence: [{ RescaleIntercept: 0, RescaleSlope: 1, RescaleType: 'HU' }],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map((frame) => ({
      PlanePositionSequence: [{ ImagePositionPatient: frame['00200032']?.Value }],
    })),
  });
  return { ...common, ...groups, '7FE00010': { vr: 'OW', bytes: new Uint8Array(pixels) } };
}

/** A part-10 file of a single image with its pixels in RLE Lossless (PS3.5 annex G), literal runs only. */
export function rleFile(instance: Dataset): Buffer {
  const { '7FE00010': pixelData, ...head } = instance;
  const pixels = pixelData?.bytes as Uint8Array;
  const [high, low] = [1, 0].map((byte) => literalRuns(pixels.filter((_, index) => index % 2 === byte))) as [
    Buffer,
    Buffer,
  ];
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + high.length, 8);
  const stream = Buffer.concat([header, high, low]);
  const file = Buffer.from(encodePart10(head));
  const explicit = file.indexOf('1.2.840.10008.1.2.1\0', 0, 'latin1');
  file.write('1.2.840.10008.1.2.5', explicit, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(stream.length);
  const element = Buffer.from('e07f10004f420000ffffffff', 'hex');
  const emptyTable = Buffer.from('feff00e000000000', 'hex');
  const item = Buffer.from('feff00e0', 'hex');
  const end = Buffer.from('feffdde000000000', 'hex');
  return Buffer.concat([file, element, emptyTable, item, length, stream, end]);
}

function literalRuns(bytes: Uint8Array): Buffer {
  const runs: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += 128) {
    const run = bytes.subarray(start, start + 128);
    runs.push(Buffer.from([run.length - 1, ...run]));
  }
  const all = Buffer.concat(runs);
  return all.length % 2 === 0 ? all : Buffer.concat([all, Buffer.from([0x80])]);
}

/** A folder that is gone after the test, with packages made of the fixtures and studies of CT files. */
export class Workbench {
  readonly root = mkdtempSync(join(tmpdir(), 'prelector-runner-'));
  readonly #servers: Server[] = [];

  /** Writes part-10 files in an order that is not that of the slices. */
  study(
    name: string,
    instances: readonly Dataset[],
    encode: (instance: Dataset) => Uint8Array = encodePart10,
  ): string {
    const folder = join(this.root, name);
    mkdirSync(folder, { recursive: true });
    instances.forEach((instance, index) => {
      writeFileSync(join(folder, `${(index * 7) % 10}-${index}.dcm`), encode(instance));
    });
    return folder;
  }

  /** A package around one of the fixtures' graphs. */
  package(graph: 'threshold' | 'endless' | 'hungry' | 'external'): string {
    const folder = join(this.root, `package-${graph}`);
    mkdirSync(folder, { recursive: true });
    cpSync(new URL(`../../libs/models/fixtures/${graph}.onnx`, import.meta.url), join(folder, 'model.onnx'));
    writeFileSync(join(folder, 'model.yaml'), JSON.stringify(manifest(graph)));
    if (graph === 'external') writeFileSync(join(folder, 'weights.bin'), new Float32Array(1024).fill(5));
    return folder;
  }

  /** The job of running a package on the study in a folder, as selection makes it. */
  async job(packageFolder: string, studyFolder: string): Promise<RunnerJob> {
    const model = await loadPackage(packageFolder);
    const [study] = await scanFolder(studyFolder);
    if (study === undefined) throw new Error('no study in the folder');
    const { chosen, reason } = selectSeries(model.manifest, study.series);
    if (chosen === undefined) throw new Error(reason);
    return {
      package: { folder: model.folder, digest: model.digest },
      source: { kind: 'folder', path: studyFolder },
      studyInstanceUid: study.studyInstanceUid,
      series: inputsOf(model.manifest).map(({ role }) => ({
        role,
        seriesInstanceUid: chosen.seriesInstanceUid,
        why: chosen.why,
        instances: chosen.instances,
        slices: chosen.slices,
        geometry: chosen.geometry,
        notes: chosen.notes,
      })),
    };
  }

  /** A PACS node that answers every request with these instances as one multipart body; it waits ahead of the last. */
  async node(
    instances: readonly Dataset[],
    aheadOfLast?: () => void,
    { admits = () => true, tls }: Door = {},
  ): Promise<RunnerJob['source']> {
    const boundary = 'part-of-a-series';
    const answer: RequestListener = (request, response) => {
      if (!admits(request)) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="pacs"' }).end();
        return;
      }
      response.setHeader('content-type', `multipart/related; type="application/dicom"; boundary=${boundary}`);
      for (const [index, instance] of instances.entries()) {
        if (index === instances.length - 1) aheadOfLast?.();
        response.write(`--${boundary}\r\ncontent-type: application/dicom\r\n\r\n`);
        response.write(encodePart10(instance));
        response.write('\r\n');
      }
      response.end(`--${boundary}--\r\n`);
    };
    const server = tls ? createTlsServer(tls, answer) : createServer(answer);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/dicom-web`;
    const profile = loadProfile('generic-strict');
    return {
      kind: 'dicomweb',
      client: { profile, roots: { base }, allowHttp: true },
    };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
    rmSync(this.root, { recursive: true });
  }
}

/** True while a process lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const volume = {
  key: 'air-volume',
  output: 'volume_ml',
  concept: { value: '118565006', scheme: 'SCT', meaning: 'Volume' },
  unit: { value: 'mL', scheme: 'UCUM', meaning: 'milliliter' },
  decimals: 1,
};
const density = {
  key: 'mean-density',
  output: 'mean_hu',
  concept: { value: '112031', scheme: 'DCM', meaning: 'Attenuation Coefficient' },
  unit: { value: "[hnsf'U]", scheme: 'UCUM', meaning: 'Hounsfield unit' },
  decimals: 0,
};

const manifest = (graph: string) => ({
  schema: 1,
  id: `air-${graph}`,
  name: 'Air volume',
  version: '1.0.0',
  manufacturer: 'Prelector',
  license: 'Apache-2.0',
  regulatory: { status: 'not a medical device; not cleared for diagnosis' },
  family: { value: '123105', scheme: 'DCM', meaning: 'Histogram Analysis' },
  graph: 'model.onnx',
  memoryMiB: 4096,
  timeoutSeconds: 60,
  input: {
    selection: {
      modality: ['CT'],
      sopClasses: ['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.2.1'],
      minimumInstances: 4,
    },
    volume: {
      layout: 'ZYX',
      order: 'feet-to-head',
      values: 'HU',
      type: 'int16',
      tensor: 'volume',
      spacing: 'spacing',
    },
  },
  groups: [{ key: 'air', label: 'Air', measurements: graph === 'threshold' ? [volume, density] : [volume] }],
});
