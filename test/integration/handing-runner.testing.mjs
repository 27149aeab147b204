import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A runner that computes nothing and hands artifacts over in the way that the Study Instance UID of its job says: one
 * that keeps to the protocol, and one for each way of breaking it.
 */
const CONTENT = Buffer.from('a mask'.repeat(100_000));
const digest = createHash('sha256').update(CONTENT).digest('hex');
const mediaType = 'application/octet-stream';
const told = { digest, bytes: CONTENT.length, mediaType };

/** What is left in the folder, and what is told of it. */
const ways = {
  1.1: (path) => (writeFileSync(path, CONTENT), [told]),
  1.2: (path) => (writeFileSync(path, Buffer.from(CONTENT).fill(7, 0, 1)), [told]),
  1.3: (path) => (writeFileSync(path, CONTENT), appendFileSync(path, 'more'), [told]),
  1.4: (path, folder) => {
    writeFileSync(join(folder, 'elsewhere'), CONTENT);
    symlinkSync(join(folder, 'elsewhere'), path);
    return [told];
  },
  1.5: () => [told],
  1.6: (path) => (writeFileSync(path, CONTENT), [{ ...told, bytes: 2 ** 40 }]),
  1.7: (path) => (mkdirSync(path), [told]),
  1.8: (path) => (writeFileSync(path, CONTENT), [{ ...told, digest: '../../elsewhere' }]),
  1.9: (path) => {
    writeFileSync(path, CONTENT.subarray(0, 1000));
    return process.kill(process.pid, 'SIGKILL');
  },
  // Until it is ended.
  '1.10': (path) => {
    writeFileSync(path, CONTENT);
    process.send({ kind: 'progress', id: current, progress: { stage: 'inferring' } });
    return undefined;
  },
};
let current = 0;

process.on('message', ({ id, job, handover }) => {
  current = id;
  const artifacts = ways[job.studyInstanceUid](join(handover.folder, digest), handover.folder);
  if (artifacts === undefined) return;
  const [{ seriesInstanceUid, why, instances }] = job.series;
  process.send({
    kind: 'answer',
    id,
    answer: {
      findings: {
        version: 1,
        outcome: 'measured',
        summary: job.series.map(({ role }) => role).join(' and '),
        groups: [],
        series: [{ seriesInstanceUid, modality: 'CT', why, instances }],
        facts: [],
        notes: [],
      },
      identities: [{ identity: { stated: {} } }],
      instanceDigests: {},
      timings: { fetchMs: 0, decodeMs: 0, inferMs: 0 },
      artifacts,
    },
  });
});
process.on('disconnect', () => process.exit(0));
