import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs Jest and closes with the one plain line that any reader of a log understands. */
const folder = mkdtempSync(join(tmpdir(), 'prelector-test-'));
const report = join(folder, 'report.json');
const jest = createRequire(import.meta.url).resolve('jest/bin/jest.js');
const run = spawnSync(
  process.execPath,
  [jest, '--json', `--outputFile=${report}`, ...process.argv.slice(2)],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);

let totals;
try {
  totals = JSON.parse(readFileSync(report, 'utf8'));
} catch {
  console.error('Jest ended without a report.');
  process.exit(1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const failed = totals.numFailedTests + totals.numRuntimeErrorTestSuites;
console.log(`${totals.numPassedTests} passed, ${failed} failed`);
process.exit(run.status === 0 && failed === 0 && totals.numPassedTests > 0 ? 0 : 1);
