import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';
import { readPart10, stringOf, tags, type Dataset } from '@prelector/dicom';
import { checkEvidence, compareStored, encodeEvidence, reportMeasurements } from '@prelector/evidence';
import { identityOfDataset } from '@prelector/findings';

import { evidenceInputOf, findingsOf } from '../../libs/evidence/src/evidence-input.testing.js';

const data = new URL('../../../shared/data', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'evidence-sources-'));
const judged = existsSync('/usr/bin/dciodvfy') && existsSync('/usr/bin/dcentvfy');
if (!judged) console.warn('dicom3tools are not installed: their judgement did not run.');

function header(path: string): Dataset {
  return readPart10(readFileSync(path), { stopBeforePixelData: true }).dataset;
}

/** Findings on the images of a folder, as a run that chose all of it would record them. */
function findingsOn(paths: readonly string[]): ReturnType<typeof findingsOf> {
  const headers = paths.map(header);
  const of = (dataset: Dataset, tag: string): string => stringOf(dataset, tag) ?? '';
  const instances = headers.map((dataset) => ({
    sopClassUid: of(dataset, tags.SOPClassUID),
    sopInstanceUid: of(dataset, tags.SOPInstanceUID),
  }));
  const seriesInstanceUid = of(headers[0] ?? {}, tags.SeriesInstanceUID);
  return findingsOf({
    valid: false,
    series: [{ seriesInstanceUid, modality: 'CT', why: 'the only series', instances }],
  });
}

function filesIn(...path: string[]): string[] {
  const where = join(data, ...path);
  return readdirSync(where)
    .filter((file) => file.endsWith('.dcm'))
    .sort()
    .map((file) => join(where, file));
}

/** Attributes of patient and study that this CT has and evidence does not repeat. */
const leftWithTheSource = [
  'AdditionalPatientHistory',
  'Allergies',
  'EthnicGroup',
  'MedicalAlerts',
  'PatientComments',
  'PatientState',
  'PatientWeight',
  'PregnancyStatus',
];

/** Attributes of which dcentvfy says anything, save that it counts Accession Number to the series of a CT. */
function differing(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/Different information entities.*AccessionNumber/u.test(line))
    .map((line) => /present in one instance but not.*Element=<(\w+)>/u.exec(line)?.[1] ?? line)
    .sort();
}

describe('evidence of real studies', () => {
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes a chest CT as the archive has it, and judges find the same patient and study', () => {
    const images = filesIn('ct-chest-lungpetctdx-a0001');
    const source = header(images[0] ?? '');
    const findings = findingsOn(images);
    for (const presentation of ['qualified', 'withheld'] as const) {
      for (const evidence of encodeEvidence(evidenceInputOf({ source, findings, presentation }))) {
        const { dataset } = readPart10(evidence.bytes);
        expect(compareStored(evidence.dataset, dataset).verdict).toBe('equal');
        expect(checkEvidence(dataset)).toEqual([]);
        if (!judged) continue;
        const path = join(folder, `${presentation}.${evidence.kind}.dcm`);
        writeFileSync(path, evidence.bytes);
        const iod = spawnSync('dciodvfy', ['-new', path], { encoding: 'utf8' });
        expect(`${iod.stdout}${iod.stderr}`).not.toMatch(/^Error/mu);
        const entities = spawnSync('dcentvfy', [images[0] ?? '', path], { encoding: 'utf8' });
        expect(differing(`${entities.stdout}${entities.stderr}`)).toEqual(leftWithTheSource);
      }
    }
    const [report] = encodeEvidence(evidenceInputOf({ source, findings }));
    expect(reportMeasurements(report?.dataset ?? {}).map(({ valid }) => valid)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it.each(filesIn('charsets').map((path) => [path.split('/').at(-1), path]))(
    'carries the identity of %s into UTF-8 unchanged',
    (_name, path) => {
      const source = header(path ?? '');
      const usable = stringOf(source, tags.PatientID) && stringOf(source, tags.StudyInstanceUID);
      const input = evidenceInputOf({ source });
      if (!usable) {
        expect(() => encodeEvidence(input)).toThrow(
          expect.objectContaining({ code: 'evidence.identity-unwritable' }),
        );
        return;
      }
      for (const evidence of encodeEvidence(input)) {
        const { dataset } = readPart10(evidence.bytes);
        expect(identityOfDataset(dataset)).toEqual(identityOfDataset(source));
        expect(dataset[tags.PatientName]?.Value).toEqual(source[tags.PatientName]?.Value);
      }
    },
  );
});
