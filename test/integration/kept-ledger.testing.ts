import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Ledger } from '@prelector/ledger';

/** The rows of every table, as JSON, by its name. */
export type KeptTables = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Everything that a ledger holds, but which migrations it has run. */
export async function tablesOf(ledger: Ledger): Promise<KeptTables> {
  const tables = await ledger.dataSource.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'prelector_migration' ORDER BY 1`,
  );
  const kept: Record<string, Record<string, unknown>[]> = {};
  for (const { name } of tables) {
    const rows = await ledger.dataSource.query<{ row: Record<string, unknown> }[]>(
      `SELECT to_jsonb(t) AS row FROM ${name} t ORDER BY to_jsonb(t)::text`,
    );
    kept[name] = rows.map(({ row }) => row);
  }
  return kept;
}

/** A ledger of an earlier version, with the keys by which its identities open, in base64. */
export interface KeptLedger {
  readonly keys: { readonly id: string; readonly key: string; readonly siteKey: string };
  readonly tables: KeptTables;
}

/** One of the folder `ledgers`. */
export async function readKept(name: string): Promise<KeptLedger> {
  const bytes = await readFile(new URL(`ledgers/${name}.json.gz`, import.meta.url));
  return JSON.parse(gunzipSync(bytes).toString('utf8')) as KeptLedger;
}

/** Brings empty tables to these rows. */
export async function restoreTables(ledger: Ledger, kept: KeptTables): Promise<void> {
  const runner = ledger.dataSource.createQueryRunner();
  try {
    await runner.query(`SET session_replication_role = replica`);
    for (const [table, rows] of Object.entries(kept)) {
      await runner.query(
        `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`,
        [JSON.stringify(rows)],
      );
    }
  } finally {
    await runner.query(`RESET session_replication_role`);
    await runner.release();
  }
}
