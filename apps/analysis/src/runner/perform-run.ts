import type { Log } from '@prelector/kernel';
import { inputsOf, outputNames, readFindings, type Manifest, type OnnxModel } from '@prelector/models';
import type { ChildAccess } from './access.js';
import { runError } from './errors.js';
import type { FrameDecoder } from './frame-decoder.js';
import { handOver } from './hand-over.js';
import { SeenIdentities } from './instance-check.js';
import { sourceOf } from './instance-source.js';
import type { ChildAnswer, HandoverPlace, RunnerJob, RunnerProgress, RunSeries } from './protocol.js';
import { takeInSeries, type SeriesIntake } from './series-intake.js';

/** What the child keeps between runs. */
export interface WarmModel {
  readonly manifest: Manifest;
  readonly model: OnnxModel;
}

/** What a run in the child works with. */
export interface RunTools {
  /** How the run gets at its node. */
  readonly access: ChildAccess;
  readonly decoder: FrameDecoder;
  readonly log: Log;
  /** Where artifacts are left; none where nobody takes them over. */
  readonly handover: HandoverPlace | undefined;
  readonly report: (progress: RunnerProgress) => void;
}

/** Progress is told at most this often while instances arrive. */
const PROGRESS_STEPS = 20;

/**
 * One run, in the child: fetches the series of each role, checks each instance, decodes it into what the steps of the
 * package make of it, runs the graph and has its outputs read as findings.
 */
export async function performRun(
  job: RunnerJob,
  { manifest, model }: WarmModel,
  tools: RunTools,
): Promise<ChildAnswer> {
  const identities = new SeenIdentities();
  const intakes = await takeIn(job, manifest, identities, tools);
  const all = [...intakes.values()];
  tools.report({ stage: 'inferring' });
  const started = performance.now();
  const feeds = Object.assign({}, ...all.map(({ made }) => made.feeds)) as SeriesIntake['made']['feeds'];
  const outputs = await model.run(feeds, outputNames(manifest));
  const inferMs = performance.now() - started;
  const { findings, artifacts } = readFindings(manifest, outputs, {
    series: all.map(({ analysed }) => analysed),
    sample: all.flatMap(({ sample }) => sample),
    compressions: all.flatMap(({ compressions }) => compressions),
    inputs: new Map([...intakes].map(([role, { made }]) => [role, made])),
    notes: [...new Set(all.flatMap(({ notes }) => notes))],
    facts: all.flatMap(({ made }) => made.assembled.facts),
  });
  return {
    findings,
    identities: identities.all,
    instanceDigests: Object.assign({}, ...all.map(({ instanceDigests }) => instanceDigests)) as Record<
      string,
      string
    >,
    timings: {
      fetchMs: sum(all.map(({ fetchMs }) => fetchMs)),
      decodeMs: sum(all.map(({ decodeMs }) => decodeMs)),
      inferMs,
    },
    artifacts: await handOver(artifacts, tools.handover),
  };
}

/** The series of every role that the package reads, one after the other. */
async function takeIn(
  job: RunnerJob,
  manifest: Manifest,
  identities: SeenIdentities,
  { access, decoder, log, report }: RunTools,
): Promise<Map<string, SeriesIntake>> {
  const { studyInstanceUid } = job;
  const total = sum(job.series.map(({ instances }) => instances.length));
  const source = await sourceOf(job, access, log);
  const intakes = new Map<string, SeriesIntake>();
  let before = 0;
  try {
    for (const input of inputsOf(manifest)) {
      const series = seriesOf(job, input.role);
      const came = (done: number) => {
        if ((before + done) % Math.ceil(total / PROGRESS_STEPS) === 0)
          report({ stage: 'fetching', done: before + done, total });
      };
      const intake = { studyInstanceUid, manifest, source, decoder, identities, came };
      intakes.set(input.role, await takeInSeries(series, input, intake));
      before += series.instances.length;
    }
  } finally {
    await source.close();
  }
  return intakes;
}

function seriesOf({ series }: RunnerJob, role: string): RunSeries {
  const found = series.find((each) => each.role === role);
  if (found === undefined) throw runError('run.message-invalid', `no series of the role ${role}`);
  return found;
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
