import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUid } from '@prelector/dicom';
import { PrelectorError } from '@prelector/kernel';
import type { StudyStory } from '@prelector/ledger';
import { AnalysisModule } from '@prelector/analysis';
import type { Resources } from '@prelector/pipeline';
import { requestAnalysis, runApps } from '@prelector/pipeline';
import type { Shutdown } from '@prelector/platform';
import { ResultsModule } from '@prelector/results';
import { TriggerModule } from '@prelector/trigger';
import { followStudy } from './follow-study.js';
import { presentationOf, toldFindings } from './told-findings.js';

export interface AnalyseOptions {
  readonly push: boolean;
  readonly force?: boolean;
  readonly out?: string;
  readonly who: string;
  readonly limitSeconds: number;
  readonly tell: (line: string) => void;
  readonly shutdown: Shutdown;
}

/** Asks for the analysis of a study as a person, follows it, and writes what came of it to a folder. */
export async function analyseStudy(
  resources: Resources,
  nodeName: string,
  studyInstanceUid: string,
  options: AnalyseOptions,
): Promise<StudyStory> {
  if (!isUid(studyInstanceUid)) {
    throw new PrelectorError(
      'analyse.uid-invalid',
      'permanent',
      'That is not a Study Instance UID: digits and dots, at most 64.',
    );
  }
  const since = resources.clock.now();
  await requestAnalysis(resources.ledger, {
    nodeName,
    studyInstanceUid,
    who: options.who,
    push: options.push,
    force: options.force ?? false,
  });
  if (!(await resources.ledger.hasWorkers()))
    await runApps(resources, [TriggerModule, AnalysisModule, ResultsModule], options.shutdown);
  const story = await followStudy(resources, studyInstanceUid, options.tell, options.limitSeconds, since);
  if (options.out) {
    await writeOut(resources, story, options.out);
    options.tell(`Findings and evidence written to ${options.out}`);
  }
  return (await resources.ledger.pool.stories.ofStudy(studyInstanceUid)) ?? story;
}

/** Findings as JSON, without numbers that this site withholds, and evidence as part-10 files, one folder per run. */
async function writeOut(resources: Resources, story: StudyStory, out: string): Promise<void> {
  for (const run of story.runs) {
    const folder = join(out, `${run.packageId}-${run.id}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const findings = await resources.ledger.pool.runs.findingsOf(run.id);
    if (findings) {
      const told = toldFindings(findings.body, presentationOf(story));
      await writeFile(join(folder, 'findings.json'), `${JSON.stringify(told, undefined, 2)}\n`, {
        mode: 0o600,
      });
    }
    for (const evidence of await resources.ledger.pool.evidence.ofRun(run.id)) {
      const bytes = await resources.artifacts.get(evidence.artifactDigest);
      await writeFile(
        join(folder, `${evidence.kind}-${evidence.presentation}-${evidence.instanceNumber}.dcm`),
        bytes,
        { mode: 0o600 },
      );
    }
  }
}
