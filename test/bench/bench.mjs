import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { orthancProgram, phantom, startOrthanc, startSimulator } from './archive.mjs';
import { benchFetch } from './fetch-series.mjs';
import { benchIntake } from './hl7-intake.mjs';
import { benchIdlePoll } from './idle-poll.mjs';
import { openBench, startApps } from './installation.mjs';
import { benchNotice, benchOrchestration } from './notice-to-report.mjs';
import { benchQueue } from './queue-jobs.mjs';
import { printTable } from './statistics.mjs';
import { storeCopy } from './studies.mjs';
import { benchWaitingOrders, startEmptyArchive } from './waiting-orders.mjs';

/** Prints the table of budgets: npm run bench, or npm run bench -- --only fetch,hl7 */
const parts = ['fetch', 'notice', 'poll', 'hl7', 'queue', 'orders'];
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: parts.join(',') },
    rounds: { type: 'string', default: '5' },
    orders: { type: 'string', default: '500' },
    cache: {
      type: 'string',
      default: fileURLToPath(new URL('../../.cache/bench', import.meta.url)),
    },
  },
});
const wanted = values.only.split(',');
const rounds = Number(values.rounds);
if (!wanted.every((part) => parts.includes(part)) || !(rounds >= 1)) {
  console.error(`--only takes ${parts.join(', ')}; --rounds a number from 1`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'prelector-bench-'));
const lines = [];
try {
  say(`${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`);
  if (wanted.includes('fetch') || wanted.includes('notice')) await onArchive();
  if (wanted.some((part) => ['poll', 'hl7', 'queue'].includes(part))) await onDatabase();
  if (wanted.includes('orders')) await onEmptyArchive();
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log('');
printTable(lines);
process.exit(0);

function say(text) {
  console.error(text);
}

function keep(...found) {
  lines.push(...found);
  for (const { what, measured, against } of found) say(`  ${what}: ${measured}; ${against}`);
}

async function onArchive() {
  if (!orthancProgram) say('Orthanc is not installed: measured against the project’s own simulator instead');
  const archive = await (orthancProgram ? startOrthanc : startSimulator)(join(folder, 'archive'));
  try {
    await mkdir(values.cache, { recursive: true });
    say('Making phantoms');
    const large = await phantom(join(values.cache, 'ct-300'), ['--slices', '300', '--pixels', '512']);
    const small = await phantom(join(values.cache, 'ct-40'), ['--slices', '40', '--pixels', '256']);
    if (wanted.includes('fetch')) {
      say('Fetching a series of 300 x 512 x 512');
      const study = await storeCopy(archive, large, 90_000, join(folder, 'body'));
      keep(
        ...(await benchFetch({
          archive,
          study: study.studyInstanceUid,
          series: study.seriesInstanceUid,
          instances: study.instances,
          rounds,
        })),
      );
    }
    if (wanted.includes('notice')) await fromNotice(archive, large, small);
  } finally {
    await archive.stop();
  }
}

async function fromNotice(archive, large, small) {
  say('From notice to report');
  const bench = await openBench(join(folder, 'installation'));
  try {
    const { hl7Port } = await startApps(bench, archive);
    const common = { resources: bench.resources, archive, hl7Port, folder };
    keep(await benchNotice({ ...common, made: small, rounds }));
    keep(await benchNotice({ ...common, made: large, rounds: Math.min(rounds, 3) }));
    keep(await benchOrchestration({ ...common, made: small, studies: 20 }));
  } finally {
    await bench.shutdown.run('done');
  }
}

async function onDatabase() {
  const bench = await openBench(join(folder, 'database'));
  const { resources } = bench;
  try {
    if (wanted.includes('poll'))
      keep(await benchIdlePoll({ resources, small: 1_000, large: 1_000_000, rounds: rounds * 4 }));
    if (wanted.includes('hl7')) keep(...(await benchIntake({ resources, rounds, messages: 400 })));
    if (wanted.includes('queue')) keep(await benchQueue({ resources, jobs: 1_000 }));
  } finally {
    await bench.shutdown.run('done');
  }
}

async function onEmptyArchive() {
  const archive = await startEmptyArchive();
  const bench = await openBench(join(folder, 'orders'));
  try {
    const { hl7Port } = await startApps(bench, archive);
    keep(await benchWaitingOrders({ archive, hl7Port, orders: Number(values.orders) }));
  } finally {
    await bench.shutdown.run('done');
    await archive.stop();
  }
}
