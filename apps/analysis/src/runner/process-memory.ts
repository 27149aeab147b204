import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Resident memory of a process, MiB: now, and the most since it started or was last reset. */
export interface ProcessMemory {
  readonly residentMiB: number;
  readonly peakMiB: number;
}

/** Reads the memory of another process; undefined when it is gone. */
export async function memoryOf(pid: number): Promise<ProcessMemory | undefined> {
  if (process.platform !== 'linux') return memoryByPs(pid);
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => undefined);
  const kibibytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'mu').exec(status ?? '')?.[1]);
  const residentMiB = kibibytes('VmRSS') / 1024;
  return Number.isFinite(residentMiB) ? { residentMiB, peakMiB: kibibytes('VmHWM') / 1024 } : undefined;
}

async function memoryByPs(pid: number): Promise<ProcessMemory | undefined> {
  const answer = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => undefined);
  const residentMiB = Number(answer?.stdout.trim() || Number.NaN) / 1024;
  return Number.isFinite(residentMiB) ? { residentMiB, peakMiB: residentMiB } : undefined;
}

/** Sets this process's peak to what it holds now (Linux; elsewhere nothing), so that each run has its own. */
export async function resetPeak(): Promise<void> {
  await writeFile('/proc/self/clear_refs', '5').catch(() => undefined);
}
