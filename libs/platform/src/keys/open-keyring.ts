import type { Configuration } from '../configuration/load-configuration.js';
import { KeyFile } from './key-file.js';
import { configuredKeyring, type Keyring } from './keyring.js';

/** The keys of this installation: those of its configuration, else those of the key file in its data folder. */
export async function openKeyring({
  security,
  dataFolder,
}: Pick<Configuration, 'security' | 'dataFolder'>): Promise<Keyring> {
  return configuredKeyring(security) ?? (await KeyFile.open(dataFolder));
}
