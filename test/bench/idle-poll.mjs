import { DicomWebClient } from '@prelector/dicomweb';
import { silentLog } from '@prelector/kernel';
import { nodeSchema } from '@prelector/pipeline';
import { loadProfile } from '@prelector/profiles';
import { pollStudies } from '../../apps/trigger/dist/poll/poll-studies.js';
import { recentWindow } from '../../apps/trigger/dist/poll/poll-window.js';
import { startQidoArchive } from './qido-archive.mjs';
import { median, ms, timed } from './statistics.mjs';

const profile = 'prelector-simulator';

/** Polls of archives of two sizes in which nothing changed, in turn. */
export async function benchIdlePoll({ resources, small, large, rounds }) {
  const polls = [
    await pollOf(resources, `archive-${small}`, small),
    await pollOf(resources, `archive-${large}`, large),
  ];
  const before = await rowsWritten(resources);
  for (let round = 0; round < rounds; round++) for (const poll of polls) await poll.once();
  const writes = (await rowsWritten(resources)) - before;
  const [few, many] = polls.map((poll) => poll.result(rounds));
  for (const poll of polls) await poll.stop();
  const same = few.requests === many.requests && few.studies === many.studies && writes === 0;
  const ratio = many.time / few.time;
  return {
    what: `idle poll, archive of ${large.toLocaleString('en')} studies`,
    measured: `${ms(many.time)}, ${many.requests} requests, ${many.studies} studies read, ${writes} rows written`,
    against: `of ${small.toLocaleString('en')}: ${ms(few.time)}, ${few.requests} requests`,
    ratio,
    budget: 'the same',
    within: same && ratio < 1.5,
  };
}

async function pollOf({ ledger }, name, studies) {
  const archive = await startQidoArchive(studies);
  const configuration = nodeSchema.parse({
    name,
    profile,
    roots: { base: archive.url },
    allowHttp: true,
    purpose: 'test',
  });
  await ledger.transaction((tx) =>
    tx.configurationChanges.apply(
      { nodes: [{ name, purpose: 'test', body: configuration }] },
      { who: 'person:bench', why: 'a benchmark' },
    ),
  );
  const row = (await ledger.pool.configuration.current()).nodes.find((each) => each.name === name);
  const node = { id: row.id, name, version: row.version, configuration, profile: loadProfile(profile) };
  const client = new DicomWebClient({
    profile: loadProfile(profile),
    roots: { base: archive.url },
    allowHttp: true,
    mayStore: false,
    log: silentLog,
  });
  const poll = (isBaseline) => {
    const now = new Date();
    return pollStudies({
      ledger,
      client,
      node,
      range: recentWindow(now, 24, 'UTC'),
      isBaseline,
      now,
    });
  };
  await poll(true);
  await poll(false);
  const before = { ...archive.counted };
  const times = [];
  return {
    once: async () => times.push(await timed(() => poll(false))),
    result: (rounds) => ({
      time: median(times),
      requests: (archive.counted.requests - before.requests) / rounds,
      studies: (archive.counted.answered - before.answered) / rounds,
    }),
    stop: async () => {
      await client.close();
      await archive.stop();
    },
  };
}

/** Rows written so far, as one committed snapshot counts them in the tables that a poll writes. */
async function rowsWritten({ ledger }) {
  const [row] = await ledger.pool.sql.manager.query(
    `SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM notice) + (SELECT count(*) FROM study)
          + (SELECT count(*) FROM study_copy) + (SELECT count(*) FROM step) AS count`,
  );
  return Number(row.count);
}
