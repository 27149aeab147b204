/**
 * A thread of the runner's process that ends the process when its parent is gone. The main thread hears of it
 * only between operations, and inference may block it for minutes.
 */
const parent = process.ppid;
const WATCH_MS = 500;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, WATCH_MS);
