import { readFileSync, readdirSync } from 'node:fs';

/** A process as /proc shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** CPU time used so far, in clock ticks (100 a second on Linux). */
  readonly ticks: number;
}

/** All processes of this machine; those that end meanwhile, and zombies, are left out. */
export function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => processOf(Number(name)) ?? []);
}

/** One process; undefined when it is gone. */
export function processOf(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    // utime and stime are fields 14 and 15 of the line, 10 and 11 after the parent.
    return { pid, parent: Number(parent), command, ticks: Number(rest[9]) + Number(rest[10]) };
  } catch {
    return undefined;
  }
}

/** Runners among the children of a process. */
export const runnersOf = (pid: number): ProcessEntry[] =>
  processes().filter((each) => each.parent === pid && each.command.includes('runner-process'));

export const isRunning = (pid: number): boolean => processes().some((each) => each.pid === pid);
