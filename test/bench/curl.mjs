import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Seconds that curl itself took, in ms; throws unless the answer was one of success. */
async function curl(args) {
  const { stdout } = await run('curl', [
    '-sS',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code} %{time_total}',
    ...args,
  ]);
  const [status, seconds] = stdout.split(' ');
  if (!status.startsWith('2')) throw new Error(`curl: HTTP ${status} ${args.at(-1)}`);
  return Number(seconds) * 1000;
}

/** Downloads a series to /dev/null. */
export const curlSeries = (root, study, series) =>
  curl([
    '-H',
    'Accept: multipart/related; type="application/dicom"; transfer-syntax=*',
    `${root}/studies/${study}/series/${series}`,
  ]);

/** Stores part-10 files in one STOW-RS request, of one study or (without) of several. `body`: where to keep the request's body. */
export async function curlStore(root, study, instances, body) {
  const boundary = 'prelector-bench-boundary';
  const head = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  const gap = Buffer.from('\r\n');
  const pieces = instances.flatMap((bytes) => [head, bytes, gap]);
  await writeFile(body, Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]));
  return curl([
    '-H',
    `Content-Type: multipart/related; type="application/dicom"; boundary=${boundary}`,
    '-H',
    'Accept: application/dicom+json',
    '--data-binary',
    `@${body}`,
    study === undefined ? `${root}/studies` : `${root}/studies/${study}`,
  ]);
}
