import type { TestInstallation } from './installation.testing.js';

/**
 * Where values by which a patient is recognised stand readable: in log lines, and in every column of every
 * table, read as text. Bytes are searched as Latin-1, so what is sealed is searched as well.
 */
export async function leaksOf(installation: TestInstallation, values: readonly string[]): Promise<string[]> {
  const found = (await installation.log())
    .split('\n')
    .filter((line) => holds(line, values))
    .map((line) => `log: ${line}`);
  const columns = await installation.rows<{ table: string; column: string }>(
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public'`,
  );
  for (const { table, column } of columns) {
    const rows = await installation.rows<{ value: unknown }>(`SELECT "${column}" AS value FROM "${table}"`);
    const leaking = rows.filter(({ value }) => holds(textOf(value), values));
    if (leaking.length > 0) found.push(`${table}.${column}: ${leaking.length} rows`);
  }
  return found;
}

function holds(text: string, values: readonly string[]): boolean {
  return values.some((value) => value.length > 4 && text.includes(value));
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
