import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildDataset, readPart10 } from '@prelector/dicom';
import { checkEvidence, encodeEvidence, type EncodedEvidence, type EvidenceInput } from '@prelector/evidence';
import { outcomes, type Findings } from '@prelector/findings';

import { evidenceInputOf, findingsOf, replacing } from '../../libs/evidence/src/evidence-input.testing.js';

const pixelmed = '/usr/share/java/pixelmed.jar';
const judges = ['/usr/bin/dciodvfy', '/usr/bin/dsrdump', '/usr/bin/java', pixelmed];
const absent = judges.filter((path) => !existsSync(path));
if (absent.length > 0) {
  console.warn(`${absent.join(', ')} not installed: only our own gate judged the evidence here.`);
}

interface Judgement {
  readonly code: number;
  readonly lines: string[];
}

/** Runs a judge; -1 when it could not be run. */
function judge(command: string, args: string[]): Promise<Judgement> {
  const options = { timeout: 120_000, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({ code, lines: `${stdout}\n${stderr}`.split('\n') });
    });
  });
}

/** PixelMed's template validator; Java 17 refuses its style sheets without the three limits raised. */
function judgeTemplates(path: string): Promise<Judgement> {
  const limits = ['xpathTotalOpLimit', 'xpathExprOpLimit', 'xpathExprGrpLimit'];
  return judge('/usr/bin/java', [
    '-Xss16m',
    '-Xmx2g',
    ...limits.map((limit) => `-Djdk.xml.${limit}=0`),
    '-cp',
    pixelmed,
    'com.pixelmed.validate.DicomSRValidator',
    path,
  ]);
}

const names = {
  latin: 'Doe^Jané',
  german: 'Äneas^Rüdiger',
  japanese: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
};

const nothing = (outcome: Findings['outcome'], series: Findings['series']): Findings =>
  findingsOf({ outcome, summary: 'What the run came to, in one sentence.', groups: [], series });

function allInvalid(): Findings {
  const findings = findingsOf({ valid: false });
  const groups = findings.groups.map((group) => ({ ...group, measurements: group.measurements.slice(1) }));
  return { ...findings, groups };
}

/** One input for each shape that the tree of a report can take. */
function shapes(): Record<string, EvidenceInput> {
  const qualified = evidenceInputOf({ findings: findingsOf({ valid: false }) });
  const { series } = findingsOf();
  return {
    valid: evidenceInputOf(),
    qualified,
    withheld: { ...qualified, presentation: 'withheld' },
    'all-withheld': evidenceInputOf({ findings: allInvalid(), presentation: 'withheld' }),
    positive: evidenceInputOf({ findings: findingsOf({ outcome: 'positive' }) }),
    negative: evidenceInputOf({ findings: nothing('negative', series) }),
    'not-applicable': evidenceInputOf({ findings: nothing('not-applicable', []) }),
    failed: evidenceInputOf({ findings: nothing('failed', series) }),
    predecessor: replacing(qualified),
  };
}

/** Every combination of what changes headers and values but not the shape of a tree. */
function variations(): Record<string, EvidenceInput> {
  const inputs: Record<string, EvidenceInput> = {};
  for (const [script, name] of Object.entries(names)) {
    for (const forcedByMaximumWait of [false, true]) {
      for (const presentation of ['qualified', 'withheld'] as const) {
        for (const valid of [false, true]) {
          const key = [script, forcedByMaximumWait ? 'forced' : 'complete', presentation, valid].join('-');
          const source = { ...evidenceInputOf().source, ...buildDataset({ PatientName: name }) };
          const findings = findingsOf({ valid });
          const input = evidenceInputOf({ source, forcedByMaximumWait, presentation, findings });
          inputs[key] = replacing(input);
        }
      }
    }
  }
  for (const outcome of outcomes) {
    inputs[`${outcome}-series`] = evidenceInputOf({ findings: nothing(outcome, findingsOf().series) });
    inputs[`${outcome}-no-series`] = evidenceInputOf({ findings: nothing(outcome, []) });
  }
  return inputs;
}

interface Written {
  readonly name: string;
  readonly path: string;
  readonly evidence: EncodedEvidence;
}

describe('evidence before its judges', () => {
  let folder = '';
  let oneOfEachShape: Written[] = [];
  let all: Written[] = [];

  async function write(inputs: Record<string, EvidenceInput>): Promise<Written[]> {
    const written = Object.entries(inputs).flatMap(([name, input]) =>
      encodeEvidence(input).map((evidence) => ({
        name: `${name} ${evidence.kind}`,
        path: join(folder, `${name}.${evidence.kind}.dcm`),
        evidence,
      })),
    );
    await Promise.all(written.map(({ path, evidence }) => writeFile(path, evidence.bytes)));
    return written;
  }

  /** Lines of a judge that count against a document, each with the document's name. */
  async function faults(
    documents: readonly Written[],
    find: (document: Written) => Promise<string[]>,
  ): Promise<string[]> {
    const found: string[] = [];
    for (const document of documents) {
      found.push(...(await find(document)).map((line) => `${document.name}: ${line}`));
    }
    return found;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evidence-judges-'));
    oneOfEachShape = await write(shapes());
    all = [...oneOfEachShape, ...(await write(variations()))];
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('passes our own gate as read from its bytes', () => {
    expect(all.length).toBeGreaterThan(80);
    for (const { evidence } of all) {
      expect(checkEvidence(readPart10(evidence.bytes).dataset)).toEqual([]);
    }
  });

  if (absent.length === 0) {
    it('dciodvfy finds no error in any of them', async () => {
      const errors = await faults(all, async ({ path }) => {
        const { lines } = await judge('/usr/bin/dciodvfy', ['-new', path]);
        expect(lines.some((line) => /^(?:BasicTextSR|Comprehensive3DSR)$/u.test(line))).toBe(true);
        return lines.filter((line) => line.startsWith('Error'));
      });
      expect(errors).toEqual([]);
    }, 300_000);

    it('dsrdump prints every one of them without complaint, save that it cannot check UTF-8', async () => {
      const complaints = await faults(all, async ({ path }) => {
        const { code, lines } = await judge('/usr/bin/dsrdump', [path]);
        expect(lines.some((line) => /^\s*<CONTAINER:/u.test(line))).toBe(true);
        return [
          ...(code === 0 ? [] : [`exit code ${code}`]),
          ...lines.filter((line) => /^[EWF]:/u.test(line) && !line.includes('ISO_IR 192')),
        ];
      });
      expect(complaints).toEqual([]);
    }, 300_000);

    it('PixelMed finds the shapes of tree true to their templates', async () => {
      // A start of its style sheets takes seconds: the text report has one shape, other reports repeat these.
      const looked = ['qualified', 'all-withheld', 'not-applicable'].map(
        (name) => `${name} measurement-report`,
      );
      const documents = oneOfEachShape.filter(({ name }) =>
        [...looked, 'qualified text-report'].includes(name),
      );
      expect(documents).toHaveLength(4);
      const violations = await faults(documents, async ({ path }) => {
        const { code, lines } = await judgeTemplates(path);
        expect(lines.some((line) => line.includes('Root Template Validation Complete'))).toBe(true);
        return [
          ...(code === 0 ? [] : [`exit code ${code}`]),
          ...lines.filter((line) => /^(?:Error|Warning)/u.test(line)),
        ];
      });
      expect(violations).toEqual([]);
    }, 600_000);
  }
});
