/** Ends a command that a signal cut off, after an orderly stop: 130, never the code of one that is done. */
export function exitInterrupted(code: number): never {
  process.exit(code === 0 ? 130 : code);
}
