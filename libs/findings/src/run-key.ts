import { digestOf } from '@prelector/kernel';

/** Everything that a run depends on; two triggers with the same parts are one run. */
export interface RunKeyParts {
  readonly studyInstanceUid: string;
  readonly packageDigest: string;
  readonly settings: unknown;
  readonly contractVersion: number;
  readonly sopInstanceUids: readonly string[];
  readonly revision: number;
}

/** SHA-256 over the parts of a run; the order in which instances are named does not matter. */
export function runKey(parts: RunKeyParts): string {
  return digestOf({
    ...parts,
    settings: digestOf(parts.settings ?? {}),
    sopInstanceUids: inputDigest(parts.sopInstanceUids),
  });
}

/** SHA-256 of the set of selected SOP Instance UIDs. */
export function inputDigest(sopInstanceUids: readonly string[]): string {
  return digestOf([...sopInstanceUids].sort());
}
