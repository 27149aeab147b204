import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, PersonNameValue } from '@prelector/dicom';
import { readPart10, tags } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { ReportedMeasurement } from '@prelector/evidence';
import { reportMeasurements, reportTree } from '@prelector/evidence';
import type { StoryDelivery, StudyStory } from '@prelector/ledger';
import type { Resources } from '@prelector/pipeline';
import { notRunLines } from '../commands/not-run.js';

/** What `demo --json` prints. */
export interface DemoReport {
  readonly study: string;
  readonly notices: number;
  readonly runs: readonly {
    readonly model: string;
    readonly version: string;
    readonly outcome: string | null;
    readonly reason: string | null;
    readonly findings: readonly ReportedMeasurement[];
  }[];
  readonly evidence: readonly {
    readonly sopClassUid: string;
    readonly sopInstanceUid: string;
    readonly kind: string;
    readonly verified: boolean;
    readonly state: string;
    readonly reason: string | null;
    readonly file: string | null;
    /** Patient's Name in the report as it was read back: of a phantom only, which is nobody. */
    readonly patientName?: string;
  }[];
  readonly timings: Readonly<Record<string, number>>;
  readonly pacs: string;
  /** Where ledger, PACS storage and reports are kept. */
  readonly data: string;
  readonly state: string;
  readonly reason: string | null;
  /** Each rule that made no run, and why. */
  readonly notRun: readonly string[];
  readonly truth?: Readonly<Record<string, unknown>> | undefined;
  /** The reports as people read them. */
  readonly trees?: readonly string[];
}

export interface ReportInput {
  readonly resources: Resources;
  readonly client: DicomWebClient;
  readonly pacs: string;
  readonly story: StudyStory;
  readonly truth: Record<string, unknown> | undefined;
  readonly folder: string;
  readonly startedAt: number;
}

/** Reads the reports back from the PACS and says what they say. */
export async function reportOn(input: ReportInput): Promise<DemoReport> {
  const { resources, story } = input;
  const { study } = story;
  const read = await Promise.all(story.deliveries.map((delivery) => readDelivery(input, delivery)));
  const runs = await Promise.all(
    story.runs.map(async (run) => ({
      model: run.packageId,
      version: run.packageVersion,
      outcome: run.outcome,
      reason: run.stateReason,
      findings:
        read.find((each) => each.delivery.runId === run.id && each.measurements.length > 0)?.measurements ??
        [],
      findingsAt: (await resources.ledger.pool.runs.findingsOf(run.id))?.createdAt,
    })),
  );
  return {
    study: study.studyInstanceUid,
    notices: story.entries.filter((entry) => entry.kind === 'notice').length,
    runs: runs.map(({ findingsAt: _at, ...run }) => run),
    evidence: read.map(({ delivery, file, patientName }) => ({
      sopClassUid: delivery.sopClassUid,
      sopInstanceUid: delivery.sopInstanceUid,
      kind: delivery.kind,
      verified: delivery.verifiedAt !== null,
      state: delivery.state,
      reason: delivery.stateReason,
      file,
      ...(input.truth && patientName !== undefined ? { patientName } : {}),
    })),
    // Of a study that was done before there is nothing to time.
    timings:
      story.study.firstHeardAt.getTime() < input.startedAt - 60_000 ? {} : timingsOf(story, input.startedAt),
    pacs: input.pacs,
    data: input.folder,
    state: study.state,
    reason: study.stateReason,
    notRun: notRunLines(story),
    ...(input.truth ? { truth: input.truth } : {}),
    trees: read.flatMap(({ tree }) => tree ?? []),
  };
}

interface ReadDelivery {
  readonly delivery: StoryDelivery;
  readonly file: string | null;
  readonly measurements: readonly ReportedMeasurement[];
  readonly tree: string | undefined;
  readonly patientName: string | undefined;
}

async function readDelivery(
  { resources, client, story, folder }: ReportInput,
  delivery: StoryDelivery,
): Promise<ReadDelivery> {
  const nothing = { delivery, file: null, measurements: [], tree: undefined, patientName: undefined };
  if (!delivery.verifiedAt) return nothing;
  const row = (await resources.ledger.pool.evidence.ofRun(delivery.runId)).find(
    (each) => each.sopInstanceUid === delivery.sopInstanceUid,
  );
  if (!row) return nothing;
  const bytes = await client.retrieveInstance(
    story.study.studyInstanceUid,
    row.seriesInstanceUid,
    row.sopInstanceUid,
  );
  const reports = join(folder, 'reports', story.study.studyInstanceUid);
  await mkdir(reports, { recursive: true, mode: 0o700 });
  const file = join(reports, `${delivery.kind}.dcm`);
  await writeFile(file, bytes, { mode: 0o600 });
  const { dataset } = readPart10(bytes);
  return {
    delivery,
    file,
    measurements: reportMeasurements(dataset),
    tree: reportTree(dataset),
    patientName: nameIn(dataset),
  };
}

/** Patient's Name as it stands in the file, component groups and all. */
function nameIn(dataset: Dataset): string | undefined {
  const name = dataset[tags.PatientName]?.Value?.[0] as PersonNameValue | undefined;
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = name ?? {};
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/u, '') || undefined;
}

function timingsOf(story: StudyStory, startedAt: number): Record<string, number> {
  const since = (at: Date | null | undefined) => (at ? at.getTime() - startedAt : undefined);
  const verified = story.deliveries.map((each) => each.verifiedAt?.getTime() ?? 0);
  const run = story.runs[0];
  const timings = {
    complete: since(story.study.completedAt),
    inferenceStarted: since(run?.startedAt),
    findings: since(run?.endedAt),
    verified: verified.length > 0 ? Math.max(...verified) - startedAt : undefined,
  };
  return Object.fromEntries(
    Object.entries(timings).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

const shown: readonly (readonly [truth: string, label: string, code: string])[] = [
  ['lungVolumeMl', 'Lung volume (mL)', '118565006'],
  ['meanHu', 'Mean lung density (HU)', '112031'],
  ['perc15Hu', '15th percentile (HU)', 'PERC15'],
  ['laa950Percent', 'LAA-950 (%)', 'LAA950'],
];

/** Prints a report for a person: the trees as read back, the truth beside them, where the files lie. */
export function printReport(report: DemoReport, tell: (line: string) => void): void {
  for (const tree of report.trees ?? []) tell(`\n${tree}`);
  const findings = report.runs.flatMap((run) => run.findings);
  if (report.truth && findings.length > 0) {
    tell('\n                          measured     phantom');
    for (const [key, label, code] of shown) {
      const found = findings.find((each) => each.concept.value === code);
      const value = found ? String(found.value) : 'withheld';
      tell(`${label.padEnd(24)}${value.padStart(10)}${Number(report.truth[key]).toFixed(1).padStart(12)}`);
    }
  }
  tell('');
  for (const each of report.evidence) {
    tell(`${each.kind}: ${each.state}${each.reason ? ` (${each.reason})` : ''}`);
    if (each.patientName !== undefined) tell(`  Patient's Name, read back: ${each.patientName}`);
    if (each.file) tell(`  ${each.file}`);
  }
  if (report.evidence.length === 0) {
    tell(`No report: study ${report.state}${report.reason ? `, ${report.reason}` : ''}`);
    report.notRun.forEach((line) => tell(`  ${line}`));
  }
  tell(`\nThe whole story: npm run -s prelector -- study ${report.study} --data ${report.data}`);
}
