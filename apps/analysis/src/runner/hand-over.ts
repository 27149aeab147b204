import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MadeArtifact } from '@prelector/models';
import { runError } from './errors.js';
import type { HandedArtifact, HandoverPlace } from './protocol.js';

/**
 * Leaves the artifacts of a run where its parent finds them, each in a file named by its digest; in the child. Throws
 * `run.artifact-refused` where nobody takes them over, or for more bytes than are taken.
 */
export async function handOver(
  artifacts: readonly MadeArtifact[],
  place: HandoverPlace | undefined,
): Promise<HandedArtifact[]> {
  const distinct = [...new Map(artifacts.map((artifact) => [artifact.digest, artifact])).values()];
  if (distinct.length === 0) return [];
  if (place === undefined) throw runError('run.artifact-refused', 'nobody takes any over');
  const bytes = distinct.reduce((sum, { content }) => sum + content.byteLength, 0);
  if (bytes > place.maximumBytes)
    throw runError('run.artifact-refused', `${bytes} bytes, of at most ${place.maximumBytes}`);
  for (const { digest, content } of distinct)
    await writeFile(join(place.folder, digest), content, { flag: 'wx', mode: 0o600 });
  return distinct.map(({ digest, mediaType, content }) => ({ digest, mediaType, bytes: content.byteLength }));
}
