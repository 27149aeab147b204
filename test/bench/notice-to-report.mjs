import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { numberOf, readPart10 } from '@prelector/dicom';
import { DicomWebClient } from '@prelector/dicomweb';
import { orderMessage, readAck, sendMessage } from '@prelector/hl7';
import { silentLog } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import { OnnxModel } from '@prelector/models';
import { curlSeries, curlStore } from './curl.mjs';
import { benchModel } from './installation.mjs';
import { median, ms, timed } from './statistics.mjs';
import { restamped, storeCopy } from './studies.mjs';

const limitMs = 180_000;
let serial = 0;

/** One order over MLLP, as a RIS sends it. Returns when it was sent. */
export async function announce(port, study) {
  const message = orderMessage({
    form: 'ORM^O01',
    controlId: `BENCH${Date.now()}${(serial += 1)}`,
    now: new Date(),
    identity: study.identity,
    fillerOrderNumber: study.identity.accessionNumber,
    modality: 'CT',
    sendingApplication: 'RIS',
    sendingFacility: 'BENCH',
    processingId: 'T',
  });
  const at = Date.now();
  const answer = readAck(await sendMessage({ host: '127.0.0.1', port, timeoutSeconds: 30 }, message));
  if (!answer.ok || answer.value.code !== 'AA') throw new Error('the order was not accepted');
  return at;
}

/** Waits until every report of a study is verified; its story. */
export async function verified({ ledger }, studyInstanceUid, lookEveryMs = 25) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const [row] = await ledger.pool.sql.manager.query(
      `SELECT count(*)::int AS all, count(verified_at)::int AS done FROM delivery
       JOIN evidence ON evidence.id = delivery.evidence_id JOIN study ON study.id = evidence.study_id
       WHERE study.study_instance_uid = $1`,
      [studyInstanceUid],
    );
    if (row.all > 0 && row.all === row.done) break;
    if (Date.now() > deadline) throw new Error(`study ${studyInstanceUid} was not reported on`);
    await new Promise((wait) => setTimeout(wait, lookEveryMs));
  }
  return ledger.pool.stories.ofStudy(studyInstanceUid);
}

/** HL7 notice -> verified report, against what curl needs for the same bytes. */
export async function benchNotice({ resources, archive, hl7Port, made, rounds, folder }) {
  const body = join(folder, 'curl-body');
  const spent = [];
  const plain = [];
  const warmUp = await storeCopy(archive, made, (serial += 1), body);
  await announce(hl7Port, warmUp);
  const { runs } = await verified(resources, warmUp.studyInstanceUid);
  const reports = await reportsOf(resources, archive, warmUp, runs[0].id);
  const inference = await bareInference(resources, made);
  for (let round = 0; round < rounds; round++) {
    const study = await storeCopy(archive, made, (serial += 1), body);
    const download = await curlSeries(archive.url, study.studyInstanceUid, study.seriesInstanceUid);
    const copies = reports.map((bytes) => restamped(bytes, '', (serial += 1)));
    const store = await curlStore(archive.url, undefined, copies, body);
    plain.push(download + store);
    const sentAt = await announce(hl7Port, study);
    const story = await verified(resources, study.studyInstanceUid);
    const end = Math.max(...story.deliveries.map((each) => each.verifiedAt.getTime()));
    spent.push(end - sentAt - inference);
  }
  const allowed = 1.5 * median(plain) + 300;
  const size = `${made.files.length} images`;
  return {
    what: `HL7 notice -> verified reports, ${size}, less inference (${ms(inference)})`,
    measured: ms(median(spent)),
    against: `curl download + store ${ms(median(plain))}`,
    ratio: median(spent) / median(plain),
    budget: `1.5 x + 300 ms = ${ms(allowed)}`,
    within: median(spent) <= allowed,
  };
}

/** The reports of a run as the archive gives them back. */
async function reportsOf({ ledger }, archive, study, runId) {
  const client = new DicomWebClient({
    profile: loadProfile(archive.profile),
    roots: { base: archive.url },
    allowHttp: true,
    mayStore: false,
    log: silentLog,
  });
  try {
    const rows = await ledger.pool.evidence.ofRun(runId);
    return await Promise.all(
      rows.map(async ({ seriesInstanceUid, sopInstanceUid }) =>
        Buffer.from(await client.retrieveInstance(study.studyInstanceUid, seriesInstanceUid, sopInstanceUid)),
      ),
    );
  } finally {
    await client.close();
  }
}

/** What the graph alone takes for a volume of this size, its session warm. */
async function bareInference({ configuration }, made) {
  const { dataset } = readPart10(await readFile(made.files[0]), { stopBeforePixelData: true });
  const dims = [made.files.length, numberOf(dataset, '00280010'), numberOf(dataset, '00280011')];
  const data = new Int16Array(dims[0] * dims[1] * dims[2]);
  const model = await OnnxModel.open(join(configuration.models.folder, benchModel, 'model.onnx'), {
    threads: availableParallelism(),
  });
  const inputs = {
    volume: { type: 'int16', dims, data },
    spacing: { type: 'float32', dims: [3], data: Float32Array.of(1, 1, 1) },
  };
  const times = [];
  for (let run = 0; run < 4; run++) times.push(await timed(() => model.run(inputs, ['volume_ml'])));
  await model.close?.();
  return median(times.slice(1));
}

/** CPU of this process, without the runner, per small study, many at once. */
export async function benchOrchestration({ resources, archive, hl7Port, made, studies, folder }) {
  const stored = [];
  for (let index = 0; index < studies; index++) {
    stored.push(await storeCopy(archive, made, (serial += 1), join(folder, 'curl-body')));
  }
  const before = process.cpuUsage();
  for (const study of stored) await announce(hl7Port, study);
  // Seldom, for looking is work of this process, too.
  for (const study of stored) await verified(resources, study.studyInstanceUid, 500);
  const { user, system } = process.cpuUsage(before);
  const each = (user + system) / 1000 / studies;
  return {
    what: `CPU of orchestration per study (${studies} studies of ${made.files.length} images at once)`,
    measured: ms(each),
    against: '',
    ratio: undefined,
    budget: '50 ms',
    within: each <= 50,
  };
}
