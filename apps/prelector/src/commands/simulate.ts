import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs the DICOMweb simulator as a process of its own, with its options; resolves with its exit code. */
export function simulate(options: readonly string[]): Promise<number> {
  const entry = fileURLToPath(import.meta.resolve('@prelector/pacs-simulator/main'));
  const child = spawn(process.execPath, [entry, ...options], { stdio: 'inherit' });
  // Ctrl-C reaches the whole process group: the simulator ends itself, and we with it.
  const ignore = () => undefined;
  process.on('SIGINT', ignore).on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 0)));
}
