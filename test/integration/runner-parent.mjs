// A parent of a runner that a test kills: runs the job it is sent and tells the child's process id.
import { silentLog } from '@prelector/kernel';
import { Runner } from '../../apps/analysis/dist/runner/runner.js';

const runner = new Runner({ log: silentLog, threads: 1 });
process.on('message', (job) => {
  const onProgress = ({ stage }) => stage === 'inferring' && process.send(runner.pid);
  void runner.run(job, { timeoutSeconds: 60, memoryMiB: 4096, onProgress });
});
