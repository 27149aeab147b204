import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { readPart10, tags, type Dataset } from '@prelector/dicom';
import { checkEvidence, reportMeasurements, reportTree } from '@prelector/evidence';

const folder = new URL('../../../shared/data/sr-reference', import.meta.url).pathname;

/** The rule that the gate must name for each of the broken reports. */
const broken: Record<string, string> = {
  b01_noDeviceUid: 'observer-uid-missing',
  b02_findingSiteContains: 'relationship-wrong',
  b03_noEvidence: 'evidence-missing',
  b04_evidenceMissingImage: 'evidence-missing',
  b05_noUnits: 'units-missing',
  b06_wrongMeaning: 'meaning-wrong',
  b07_wrongCode: 'code-wrong',
  b08_scoord3dInCompSR: 'value-type-not-allowed',
  b09_noImageSelectedFrom: 'image-missing',
  b10_openPolyline: 'region-open',
  b11_oddGraphicData: 'graphic-data-uneven',
  b12_noObserver: 'observer-missing',
  b14_emptyMeasurements: 'report-empty',
  b16_deprecatedSRT: 'scheme-retired',
  b17_noManufacturer: 'attribute-missing',
  b18_numInQualEval: 'number-in-evaluations',
  b19_badTemplateId: 'template-identifier',
  b20_unusedVerified: 'flag-wrong',
  b21_longMeaning: 'meaning-too-long',
  b22_noSourceSeries: 'source-missing',
  b23_newTextLoc: 'relationship-wrong',
  b24_noTracking: 'tracking-missing',
  b25_noStudyAttrs: 'attribute-missing',
  b26_noCompletion: 'flag-wrong',
  b27_noPPS: 'attribute-absent',
  b28_noContTemplate: 'template-identifier',
};

function read(kind: string, name: string): Dataset {
  return readPart10(readFileSync(join(folder, kind, name))).dataset;
}

function namesIn(kind: string): string[] {
  return globSync('*.dcm', { cwd: join(folder, kind) }).sort();
}

describe('checkEvidence on reference reports', () => {
  it('finds the nine valid ones and the twenty-six broken ones', () => {
    expect(namesIn('valid')).toHaveLength(9);
    expect(namesIn('broken')).toEqual(Object.keys(broken).map((name) => `${name}.dcm`));
  });

  it.each(namesIn('valid'))('accepts %s', (file) => {
    expect(checkEvidence(read('valid', file))).toEqual([]);
  });

  it.each(Object.entries(broken))('refuses %s for %s', (name, rule) => {
    expect(checkEvidence(read('broken', `${name}.dcm`)).map((problem) => problem.rule)).toContain(rule);
  });
});

describe('objects that others wrote', () => {
  const others = new URL('../../../shared/data/sr-tid1500', import.meta.url).pathname;
  const objects = globSync('**/*.dcm', { cwd: others }).sort();

  it.each(objects)('%s is refused as none of ours, and read as a tree where it is a report', (file) => {
    const { dataset } = readPart10(readFileSync(join(others, file)));
    const isReport = dataset[tags.ContentSequence] !== undefined;
    expect(reportTree(dataset).split('\n').length > 1).toBe(isReport);
    for (const { value, unit, concept } of reportMeasurements(dataset)) {
      expect(Number.isFinite(value)).toBe(true);
      expect([unit, concept.meaning].every((text) => text.length > 0)).toBe(true);
    }
    // None says that it is preliminary and unverified work of a machine, as ours must.
    expect(checkEvidence(dataset).length).toBeGreaterThan(0);
  });
});
