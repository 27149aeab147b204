import { workerData } from 'node:worker_threads';

/**
 * A thread of the runner's process that ends the process when its parent is gone. The main thread hears of it
 * only between operations, and inference may block it for minutes. Who the parent is was said by the parent:
 * asked here, after a parent that died early, the answer would be whoever adopted this process.
 */
const parent: unknown = workerData;
const WATCH_MS = 500;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, WATCH_MS);
