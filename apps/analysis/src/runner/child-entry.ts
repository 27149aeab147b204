import { fileURLToPath } from 'node:url';

/** The entry points that run in a process or thread of their own. */
export type ChildEntry = 'runner-process' | 'decode-worker' | 'orphan-watch';

/**
 * The built file of a child's entry point. Source and built output lie equally deep below the workspace, so
 * one path serves both: children always run what was built, also under a test runner that compiles in memory.
 */
export function childEntry(name: ChildEntry): string {
  return fileURLToPath(new URL(`../../dist/runner/${name}.js`, import.meta.url));
}
