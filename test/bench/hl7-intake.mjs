import { connect } from 'node:net';
import { randomUid } from '@prelector/dicom';
import { MllpListener, frameMllp, orderMessage } from '@prelector/hl7';
import { silentLog } from '@prelector/kernel';
import { feedSchema, nodeSchema } from '@prelector/pipeline';
import pg from 'pg';
import { FeedIntake } from '../../apps/trigger/dist/hl7/feed-intake.js';
import { median, perSecond, timed } from './statistics.mjs';

const senders = 8;
/** Two kinds of message, what each writes, and a query for the rows of the last ones. */
const kinds = [
  {
    name: 'orders',
    make: order,
    tables: ['identity', 'notice', 'notice_body', 'study_order', 'notice_subject', 'step', 'outbox', 'event'],
    rows: `SELECT jsonb_build_array(to_jsonb(i)) AS identity, jsonb_build_array(to_jsonb(n)) AS notice,
        jsonb_build_array(to_jsonb(b)) AS notice_body, jsonb_build_array(to_jsonb(o)) AS study_order,
        jsonb_build_array(to_jsonb(u)) AS notice_subject, jsonb_build_array(to_jsonb(s)) AS step,
        jsonb_build_array(to_jsonb(x)) AS outbox,
        (SELECT jsonb_agg(to_jsonb(e)) FROM event e WHERE e.subject_id = o.id) AS event
      FROM study_order o JOIN identity i ON i.id = o.identity_id
      JOIN notice_subject u ON u.subject_id = o.id JOIN notice n ON n.id = u.notice_id
      JOIN notice_body b ON b.notice_id = n.id JOIN step s ON s.row_id = o.id
      JOIN outbox x ON x.step_id = s.id
      ORDER BY o.created_at DESC LIMIT $1`,
  },
  {
    name: 'messages of no use',
    make: admission,
    tables: ['notice', 'notice_body'],
    rows: `SELECT jsonb_build_array(to_jsonb(n)) AS notice, jsonb_build_array(to_jsonb(b)) AS notice_body
      FROM notice n JOIN notice_body b ON b.notice_id = n.id
      ORDER BY n.received_at DESC LIMIT $1`,
  },
];

/** HL7 messages acknowledged after commit, against the commits of the same rows by PostgreSQL alone. */
export async function benchIntake({ resources, rounds, messages }) {
  const { ledger } = resources;
  const listener = await listen(resources);
  const { port } = await listener.listen();
  const pool = new pg.Pool({ connectionString: ledger.dataSource.options.url, max: senders });
  await ledger.pool.sql.manager.query('CREATE SCHEMA bare');
  for (const table of kinds[0].tables)
    await ledger.pool.sql.manager.query(`CREATE TABLE bare.${table} (LIKE public.${table} INCLUDING ALL)`);
  const lines = [];
  for (const kind of kinds) lines.push(await benchKind({ ledger, port, pool, kind, rounds, messages }));
  await pool.end();
  await listener.close();
  return lines;
}

async function benchKind({ ledger, port, pool, kind, rounds, messages }) {
  const perSecondOf = (time) => (messages * 1000) / time;
  const acknowledged = [];
  const committed = [];
  // The first round warms both up.
  for (let round = 0; round <= rounds; round++) {
    const made = Array.from({ length: messages }, (_, index) => kind.make(`${round}-${index}`));
    acknowledged.push(perSecondOf(await timed(() => acknowledge(port, made))));
    const rows = await ledger.pool.sql.manager.query(kind.rows, [messages]);
    await ledger.pool.sql.manager.query(`TRUNCATE ${kind.tables.map((table) => `bare.${table}`).join(', ')}`);
    committed.push(perSecondOf(await timed(() => commit(pool, kind, rows))));
  }
  const ours = median(acknowledged.slice(1));
  const bare = median(committed.slice(1));
  return {
    what: `HL7 ${kind.name} acknowledged after commit, ${senders} senders`,
    measured: perSecond(ours),
    against: `commits of the same rows ${perSecond(bare)}`,
    ratio: ours / bare,
    budget: 'at least 0.5',
    within: ours / bare >= 0.5,
  };
}

async function listen({ ledger, clock }) {
  const node = nodeSchema.parse({
    name: 'nowhere',
    profile: 'generic-strict',
    roots: { base: 'https://127.0.0.1:1/' },
    purpose: 'test',
  });
  const configuration = feedSchema.parse({ name: 'ris', port: 0, nodes: ['nowhere'] });
  await ledger.transaction((tx) =>
    tx.configurationChanges.apply(
      {
        nodes: [{ name: 'nowhere', purpose: 'test', body: node }],
        feeds: [{ name: 'ris', body: configuration }],
      },
      { who: 'person:bench', why: 'a benchmark' },
    ),
  );
  const { feeds } = await ledger.pool.configuration.current();
  const { id, version } = feeds.find((each) => each.name === 'ris');
  const feed = { id, version, name: 'ris', configuration, nodeIds: [] };
  const intake = new FeedIntake(feed, ledger, clock, silentLog);
  return new MllpListener({
    host: '127.0.0.1',
    port: 0,
    allowedPeers: [],
    maxMessageBytes: 1024 ** 2,
    maxConnections: 100,
    idleSeconds: 60,
    onMessage: (bytes) => intake.take(bytes),
    clock,
    log: silentLog,
  });
}

/** Sends messages over a few connections that stay open, each waiting for its acknowledgement. */
async function acknowledge(port, messages) {
  const sender = async () => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const chunks = socket[Symbol.asyncIterator]();
    for (let message = messages.pop(); message; message = messages.pop()) {
      socket.write(frameMllp(message));
      let answer = '';
      while (!answer.endsWith('\x1c\r')) {
        const { done, value } = await chunks.next();
        if (done) throw new Error('the listener hung up');
        answer += value.toString('latin1');
      }
      if (!answer.includes('MSA|AA|')) throw new Error('a message was not accepted');
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: senders }, sender));
}

function order(name) {
  return orderMessage({
    form: 'ORM^O01',
    controlId: `B${name}`,
    now: new Date(),
    identity: {
      patientId: `BENCH-${name}`,
      name: { family: 'Bench', given: name },
      birthDate: '19700101',
      sex: 'O',
      accessionNumber: `A${name}`,
      studyInstanceUid: randomUid(),
    },
    fillerOrderNumber: `F${name}`,
    modality: 'CT',
    sendingApplication: 'RIS',
    sendingFacility: 'BENCH',
    processingId: 'T',
  });
}

/** A message of the kind that makes up most of the traffic, and means nothing to us. */
function admission(name) {
  return Buffer.from(
    [
      `MSH|^~\\&|HIS|BENCH|||20260101120000||ADT^A08^ADT_A01|N${name}|P|2.5.1`,
      'EVN|A08|20260101120000',
      `PID|1||BENCH-${name}^^^HIS||Bench^${name}||19700101|O`,
      'PV1|1|O',
      '',
    ].join('\r'),
  );
}

/**
 * Each message's rows in one statement, so one round trip and one commit, into tables with the same indexes: the
 * least that keeps them.
 */
async function commit(pool, { name, tables }, rows) {
  const inserts = tables.map(
    (table, index) =>
      `t${index} AS (INSERT INTO bare.${table} OVERRIDING SYSTEM VALUE
       SELECT * FROM jsonb_populate_recordset(NULL::bare.${table}, $${index + 1}::jsonb))`,
  );
  const text = `WITH ${inserts.join(', ')} SELECT pg_notify('prelector_outbox', '')`;
  const waiting = rows.map((row) => tables.map((table) => JSON.stringify(row[table])));
  const worker = async () => {
    const client = await pool.connect();
    for (let values = waiting.pop(); values; values = waiting.pop()) {
      await client.query({ name, text, values });
    }
    client.release();
  };
  await Promise.all(Array.from({ length: senders }, worker));
}
