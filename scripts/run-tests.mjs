import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/**
 * Runs Jest, names the slowest files, and closes with the one plain line that any reader of a log understands.
 * Exit codes: 0 all passed, 1 some failed, none ran, or Jest could not end.
 */
const graceMs = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'prelector-test-report-'));
const report = join(folder, 'report.json');
const jest = join(dirname(createRequire(import.meta.url).resolve('jest/package.json')), 'bin/jest.js');
const child = spawn(process.execPath, [jest, '--json', `--outputFile=${report}`, ...process.argv.slice(2)], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));

// A test that leaves a socket or a process open keeps Jest from ending, and would hang whoever waits for it.
let hung = false;
const watch = setInterval(() => {
  if (!existsSync(report)) return;
  clearInterval(watch);
  setTimeout(() => {
    hung = child.kill('SIGKILL');
  }, graceMs).unref();
}, 1000);

const { code, signal } = await new Promise((resolve, reject) => {
  child.once('error', reject);
  child.once('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
});
clearInterval(watch);

const totals = readReport();
rmSync(folder, { recursive: true, force: true });
if (!totals) {
  console.error(`Jest ended without a report (${signal ?? `exit code ${code}`}).`);
  process.exit(1);
}
if (hung)
  console.error(`Jest was ended ${graceMs / 1000} s after the last test: a test left something open.`);
tellSlowest(totals.testResults);
const failed = totals.numFailedTests + totals.numRuntimeErrorTestSuites;
console.log(`${totals.numPassedTests} passed, ${failed} failed`);
process.exit(code === 0 && failed === 0 && totals.numPassedTests > 0 ? 0 : 1);

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}

function tellSlowest(files) {
  const slowest = files
    .map(({ name, startTime, endTime }) => ({
      name: relative(process.cwd(), name),
      seconds: (endTime - startTime) / 1000,
    }))
    .filter(({ seconds }) => seconds >= 10)
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, 15);
  for (const { name, seconds } of slowest) console.error(`${seconds.toFixed(0).padStart(5)} s  ${name}`);
}
