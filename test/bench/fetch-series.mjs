import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { curlSeries } from './curl.mjs';
import { median, mib, ms } from './statistics.mjs';

const run = promisify(execFile);
const child = fileURLToPath(new URL('./fetch-series.child.mjs', import.meta.url));
/** As a runner is started with. */
const flags = ['--max-old-space-size=1024', '--initial-old-space-size=256', '--max-semi-space-size=2'];
const root = fileURLToPath(new URL('../..', import.meta.url));

/** WADO-RS series -> volume in memory, and the most memory it takes, against curl to /dev/null. */
export async function benchFetch({ archive, study, series, instances, rounds, runsPerChild = 3 }) {
  const settings = {
    runs: runsPerChild,
    modelFolder: join(root, 'models', 'ct-lung-densitometry'),
    url: archive.url,
    profile: archive.profile,
    study,
    series,
    instances,
  };
  const curls = [await curlSeries(archive.url, study, series)].slice(1);
  const first = [];
  const warm = [];
  const work = [];
  const peaks = [];
  let volume = 0;
  const measure = async (runs) => {
    const { stdout } = await run(process.execPath, [...flags, child, JSON.stringify({ ...settings, runs })], {
      maxBuffer: 1024 ** 2,
    });
    return JSON.parse(stdout);
  };
  for (let round = 0; round < rounds; round++) {
    curls.push(await curlSeries(archive.url, study, series));
    const { times, cpu, volumeBytes, peakBytes } = await measure(runsPerChild);
    first.push(times[0]);
    warm.push(...times.slice(1));
    work.push(...cpu.slice(1));
    volume = volumeBytes;
    curls.push(await curlSeries(archive.url, study, series));
    peaks.push((await measure(1)).peakBytes, peakBytes);
  }
  const download = median(curls);
  const memory = median(peaks.filter((_, index) => index % 2 === 0));
  const memoryWarm = median(peaks.filter((_, index) => index % 2 === 1));
  const budgetMib = volume + 150e6;
  const line = (what, times) => ({
    what,
    measured: ms(median(times)),
    against: `curl ${ms(download)}`,
    ratio: median(times) / download,
    budget: '1.3',
    within: median(times) / download <= 1.3,
  });
  const memoryLine = (what, peak) => ({
    what,
    measured: mib(peak),
    against: `volume ${mib(volume)}`,
    ratio: peak / volume,
    budget: `volume + 150 MB = ${mib(budgetMib)}`,
    within: peak <= budgetMib,
  });
  return [
    line(`WADO-RS series -> volume in memory, warm runner (CPU ${ms(median(work))})`, warm),
    line('the same, first run of a runner', first),
    memoryLine('peak RSS of that, one run', memory),
    memoryLine(`peak RSS of that, ${runsPerChild} runs`, memoryWarm),
  ];
}
