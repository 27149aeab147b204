import { fileURLToPath } from 'node:url';

/** The folder that holds `models`: the root of the checkout or of the installed product. */
export function installationFolder(): string {
  return fileURLToPath(new URL('../../../../', import.meta.url));
}
