import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DATABASE_ROLE } from './cluster.js';

const connectionSchema = z.object({ url: z.string(), port: z.number().int(), home: z.string() });

/** What `<data>/connection.json` (0600) says of the embedded database: how to reach it, where it lies. */
export type ConnectionFile = z.infer<typeof connectionSchema>;

const pathIn = (dataFolder: string): string => join(dataFolder, 'connection.json');

/** Undefined when there is none, or none that can be read. */
export async function readConnection(dataFolder: string): Promise<ConnectionFile | undefined> {
  try {
    return connectionSchema.parse(JSON.parse(await readFile(pathIn(dataFolder), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Written under another name first, so that a reader never sees half of it. */
export async function writeConnection(dataFolder: string, connection: ConnectionFile): Promise<void> {
  const unfinished = `${pathIn(dataFolder)}.${randomUUID()}`;
  await writeFile(unfinished, `${JSON.stringify(connection, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, pathIn(dataFolder));
}

export function connectionUrl(port: number, password: string): string {
  return `postgres://${DATABASE_ROLE}:${password}@127.0.0.1:${port}/postgres`;
}
