import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { platformError } from './errors.js';

/**
 * The built file of a worker or child process, for code that itself runs from the build or, in tests, from
 * the sources: `fork(childEntry(import.meta.url, './runner-child.js'))`.
 * @throws build.missing
 */
export function childEntry(importMetaUrl: string, relative: string): string {
  const path = fileURLToPath(new URL(relative, importMetaUrl));
  const built = path.replace(/([/\\])src([/\\])(?!.*[/\\]src[/\\])/u, '$1dist$2').replace(/\.ts$/u, '.js');
  if (!existsSync(built)) throw platformError('build.missing', built);
  return built;
}
