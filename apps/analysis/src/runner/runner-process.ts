import { Worker } from 'node:worker_threads';
import { asPrelectorError, type Log } from '@prelector/kernel';
import {
  OnnxModel,
  digestOfPackage,
  inspectPackage,
  lastWrites,
  loadInspectable,
  loadPackage,
  modelError,
  type ModelPackage,
  type PackageProblem,
} from '@prelector/models';
import { ParentAccess } from './access.js';
import { childEntry } from './child-entry.js';
import { runError } from './errors.js';
import { FrameDecoder } from './frame-decoder.js';
import { performRun, type WarmModel } from './perform-run.js';
import { resetPeak } from './process-memory.js';
import { readRequest, type RunnerReply, type RunnerRequest } from './protocol.js';

/**
 * The entry point of a runner's child process. It knows one package, keeps its session warm, does one run
 * after the other as its parent asks, and ends with its parent. It writes nothing but replies.
 */
const decoder = new FrameDecoder();
const parent = new ParentAccess((ask) => process.send?.(ask));
let warm: (WarmModel & { readonly digest: string; readonly writes: string }) | undefined;

function send(reply: RunnerReply): void {
  process.send?.(reply);
}

/** Warnings travel to the parent's log; fields that are no plain values are left behind. */
function forwardingLog(bound: Readonly<Record<string, unknown>> = {}): Log {
  const forward = (level: 'info' | 'warn' | 'error') => (message: string, fields?: Record<string, unknown>) =>
    send({
      kind: 'log',
      level,
      message: message.slice(0, 500),
      fields: plainFields({ ...bound, ...fields }),
    });
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: forward('warn'),
    error: forward('error'),
    child: (fields) => forwardingLog({ ...bound, ...fields }),
  };
}

function plainFields(fields: Readonly<Record<string, unknown>>) {
  const plain: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') plain[name] = value.slice(0, 200);
    else if (typeof value === 'number' || typeof value === 'boolean') plain[name] = value;
  }
  return plain;
}

type PackageOfJob = RunnerRequest['job']['package'];

async function packageOf({ folder, digest }: PackageOfJob): Promise<ModelPackage> {
  const loaded = await loadPackage(folder);
  if (loaded.digest !== digest) throw modelError('model.package-changed', loaded.manifest.id);
  return loaded;
}

async function modelFor(wanted: PackageOfJob, threads: number): Promise<WarmModel> {
  const writes = await lastWrites(wanted.folder);
  if (warm?.digest === wanted.digest && warm.writes === writes) return warm;
  await forget();
  const loaded = await packageOf(wanted);
  const model = await OnnxModel.open(loaded.graphPath, { threads });
  warm = { manifest: loaded.manifest, model, digest: loaded.digest, writes };
  return warm;
}

async function forget(): Promise<void> {
  const { model } = warm ?? {};
  warm = undefined;
  await model?.close();
}

/**
 * ONNX Runtime maps external data from the disk, so that what is written there while a run fetches is what it computes
 * with: a number counts only where nothing was written since the digest was compared. Throws `run.package-changed`.
 */
async function assertUnchanged({ folder, digest }: PackageOfJob): Promise<void> {
  try {
    if ((await digestOfPackage(folder)) === digest && (await lastWrites(folder)) === warm?.writes) return;
  } catch {
    // A package that can no longer be read is not the one that was.
  }
  await forget();
  throw runError('run.package-changed', 'while it ran');
}

async function answer(request: RunnerRequest): Promise<void> {
  const { id } = request;
  try {
    await resetPeak();
    send({ kind: 'progress', id, progress: { stage: 'loading' } });
    send(await (request.kind === 'run' ? run(request) : inspect(request)));
  } catch (thrown) {
    const { code, recovery, scope, message } = asPrelectorError(thrown);
    if (code === 'internal')
      forwardingLog().error('the runner met a fault of its own', { at: placeOf(thrown) });
    send({ kind: 'failure', id, failure: { code, recovery, scope, message: message.slice(0, 4000) } });
  }
}

async function run({
  id,
  job,
  threads,
  handover,
}: Extract<RunnerRequest, { kind: 'run' }>): Promise<RunnerReply> {
  const model = await modelFor(job.package, threads);
  const report = (progress: Extract<RunnerReply, { kind: 'progress' }>['progress']) =>
    send({ kind: 'progress', id, progress });
  const tools = { access: parent.of(id), decoder, report, handover, log: forwardingLog() };
  const result = await performRun(job, model, tools);
  await assertUnchanged(job.package);
  return { kind: 'answer', id, answer: result };
}

async function inspect(request: Extract<RunnerRequest, { kind: 'inspect' }>): Promise<RunnerReply> {
  const { id, job, threads } = request;
  const inspectable = await loadInspectable(job.package.folder);
  if (inspectable?.digest !== job.package.digest) throw modelError('model.package-changed');
  const { problems, warnings, vectors } = await inspectPackage(inspectable, {
    threads,
    vectors: job.vectors,
  });
  return {
    kind: 'inspection',
    id,
    inspection: {
      problems: bounded(problems),
      warnings: bounded(warnings),
      vectors: vectors.slice(0, MOST).map(({ name, failures }) => ({
        name: name.slice(0, LONGEST),
        failures: failures.slice(0, MOST).map((failure) => failure.slice(0, LONGEST)),
      })),
    },
  };
}

/** As many as a message takes: whoever corrects these sees the others then. */
const MOST = 1000;
const LONGEST = 4000;

function bounded(problems: readonly PackageProblem[]): PackageProblem[] {
  return problems.slice(0, MOST).map(({ path, message }) => ({
    path: path.slice(0, LONGEST),
    message: message.slice(0, LONGEST),
  }));
}

/** Where an unexpected error arose, without its message, which may quote values. */
function placeOf(thrown: unknown): string {
  const frames = (thrown instanceof Error ? thrown.stack : undefined)?.match(/^\s+at .*$/gmu) ?? [];
  return frames
    .slice(0, 2)
    .map((frame) => frame.trim())
    .join(' ');
}

let turn: Promise<void> = Promise.resolve();
process.on('message', (message) => {
  if (parent.hear(message)) return;
  const request = readRequest(message);
  if (request !== undefined) {
    turn = turn.then(() => answer(request));
    return;
  }
  const { code, recovery, message: text } = runError('run.message-invalid', 'to the runner');
  const id = Number((message as { id?: unknown } | null)?.id);
  send({ kind: 'failure', id: Number.isInteger(id) ? id : 0, failure: { code, recovery, message: text } });
});
process.on('disconnect', () => process.exit(0));
// The parent decides when a run ends: a Ctrl-C at the terminal reaches the whole group of processes.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
new Worker(childEntry('orphan-watch'), { workerData: Number(process.argv[2]) }).unref();
// A parent that died while this file was read is told of by nobody.
if (!process.connected) process.exit(0);
