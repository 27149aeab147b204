import type { Ledger } from '@prelector/ledger';

/** Tables of a site's configuration, and those with a few rows for each of its nodes: they do not grow with the studies. */
const small = [
  'installation',
  'pacs_node',
  'feed',
  'rule',
  'credential',
  'configuration_version',
  'package_activation',
  'poll_window',
  'node_refusal',
  'acceptance',
  'turned_away',
  'prelector_migration',
];

/** Columns whose values tell rows apart by their few values: a copy of a row keeps them. */
const kept =
  /(?:^|_)(?:state|reason|kind|step|stage|how|what|who|why|disposition|result|code|outcome)$|^(?:template|transfer_syntax|sop_class_uid|presentation|media_type|model_id|package_id|package_version|authority|namespace|holder|key_id|modality|message_type|ack|study_date|identity_source|decision|message|requested_by|resolution|resolved_by|reading_reason|withheld_by|retired_namespace|survivor_namespace|patient_namespace_hmac)$/u;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isReference: boolean;
  readonly isSmall: boolean;
}

/** Tables of the ledger that grow with the studies. */
export async function growingTables(ledger: Ledger): Promise<string[]> {
  const rows = await ledger.dataSource.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> ALL($1) ORDER BY 1`,
    [small],
  );
  return rows.map(({ name }) => name);
}

/**
 * Fills every table that grows to at least so many rows by copies of its own rows under other ids and numbers, in the
 * states and kinds that they are in, over a month; references lead nowhere, as plans do not follow them.
 */
export async function fillLedger(ledger: Ledger, rowsOfEach: number): Promise<void> {
  const runner = ledger.dataSource.createQueryRunner();
  try {
    await runner.query(`SET session_replication_role = replica`);
    for (const table of await growingTables(ledger)) {
      const [{ count } = { count: 0 }] = await ledger.dataSource.query<{ count: number }[]>(
        `SELECT count(*)::int AS count FROM ${table}`,
      );
      if (count === 0) throw new Error(`the table ${table} has no row to be copied`);
      const columns = await columnsOf(ledger, table);
      const names = columns.map(({ name }) => `"${name}"`).join(', ');
      await runner.query(
        `INSERT INTO ${table} (${names}) SELECT ${columns.map(copied).join(', ')}
         FROM ${table}, generate_series(1, $1) ON CONFLICT DO NOTHING`,
        [Math.ceil(rowsOfEach / count)],
      );
    }
    await runner.query('ANALYZE');
  } finally {
    await runner.query(`RESET session_replication_role`);
    await runner.release();
  }
}

function copied({ name, type, isReference, isSmall }: Column): string {
  const own = `"${name}"`;
  const random = `md5(random()::text)`;
  if (type === 'uuid')
    return isReference && isSmall ? own : `CASE WHEN ${own} IS NOT NULL THEN gen_random_uuid() END`;
  if (type === 'timestamp with time zone') return `${own} - random() * interval '30 days'`;
  if (name === 'digest' || name === 'artifact_digest') return `${random} || ${random}`;
  if (kept.test(name)) return own;
  if (type === 'text') return `CASE WHEN ${own} IS NOT NULL THEN ${random} END`;
  if (type === 'ARRAY' && name === 'study_instance_uids')
    return `CASE WHEN ${own} <> '{}' THEN ARRAY[${random}] ELSE ${own} END`;
  return own;
}

function columnsOf(ledger: Ledger, table: string): Promise<Column[]> {
  return ledger.dataSource.query<Column[]>(
    `SELECT c.column_name AS name, c.data_type AS type, f.oid IS NOT NULL AS "isReference",
       coalesce(f.confrelid::regclass::text = ANY($2), false) AS "isSmall"
     FROM information_schema.columns c
       LEFT JOIN pg_constraint f ON f.contype = 'f' AND f.conrelid = c.table_name::regclass AND f.conkey = ARRAY[
         (SELECT attnum FROM pg_attribute WHERE attrelid = c.table_name::regclass AND attname = c.column_name)]
     WHERE c.table_schema = 'public' AND c.table_name = $1 AND c.is_identity = 'NO'
     ORDER BY c.ordinal_position`,
    [table, small],
  );
}
