import { readFile } from 'node:fs/promises';
import { silentLog } from '@prelector/kernel';
import { inputsOf, loadPackage } from '@prelector/models';
import { loadProfile } from '@prelector/profiles';
import { FrameDecoder } from '../../apps/analysis/dist/runner/frame-decoder.js';
import { performRun } from '../../apps/analysis/dist/runner/perform-run.js';

/**
 * What the child of a runner does up to the moment at which the model is given its volume: with the code of
 * the runner itself, and a model that stops there. Tells the time of each run and the most memory it took.
 */
const { runs, modelFolder, url, profile, study, series, instances } = JSON.parse(process.argv[2]);

class Enough extends Error {}
const { manifest } = await loadPackage(modelFolder);
const job = {
  package: { folder: modelFolder, digest: '0'.repeat(64) },
  source: {
    kind: 'dicomweb',
    client: {
      profile: loadProfile(profile),
      roots: { base: url },
      allowHttp: true,
    },
  },
  studyInstanceUid: study,
  series: inputsOf(manifest).map(({ role }) => ({
    role,
    seriesInstanceUid: series,
    instances,
    slices: instances.length,
    why: 'benchmark',
  })),
};

/** The PACS of the benchmark asks nobody who they are. */
const nobody = {
  tls: async () => undefined,
  sign: async () => ({}),
  refused: async () => 'wrong-credential',
};
const decoder = new FrameDecoder();
const times = [];
const cpu = [];
let volumeBytes = 0;
for (let run = 0; run < runs; run++) {
  const start = performance.now();
  const before = process.cpuUsage();
  const model = {
    run(inputs) {
      times.push(performance.now() - start);
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1000);
      volumeBytes = inputs[manifest.input.volume.tensor].data.byteLength;
      throw new Enough();
    },
  };
  const tools = { access: nobody, decoder, log: silentLog, report: () => undefined, handover: undefined };
  await performRun(job, { manifest, model }, tools).catch((thrown) => {
    if (!(thrown instanceof Enough)) throw thrown;
  });
}
const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
const peakKib = Number(/^VmHWM:\s+(\d+) kB/mu.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
console.log(JSON.stringify({ times, cpu, volumeBytes, peakBytes: peakKib * 1024 }));
