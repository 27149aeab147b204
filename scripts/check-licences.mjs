import { existsSync, readFileSync } from 'node:fs';

/**
 * Every package that ships with the product has a permissive licence: what the lock file says, or, where it is
 * silent (packages that still use the old `licenses` member), what the installed package says.
 */
const root = new URL('../', import.meta.url);
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
const shipped = Object.entries(packages).filter(([path, entry]) => path !== '' && !entry.dev && !entry.link);
const refused = shipped
  .map(([path, entry]) => ({ path, licence: entry.license ?? installedLicence(path) }))
  .filter(({ licence }) => !isPermissive(licence));

for (const { path, licence } of refused) console.error(`${path}: ${licence ?? 'no licence stated'}`);
if (refused.length > 0) {
  console.error(`${refused.length} packages that ship have no permissive licence. Do without them.`);
  process.exit(1);
}
console.log(`${shipped.length} packages that ship, each with a permissive licence`);

function installedLicence(path) {
  const file = new URL(`${path}/package.json`, root);
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  return license ?? licenses?.map(({ type }) => type).join(' OR ');
}

/** SPDX expressions of one level: every part of an AND, one part of an OR. */
function isPermissive(expression) {
  if (!expression) return false;
  const plain = expression.replaceAll(/[()]/gu, '');
  return plain
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => permissive.has(licence.trim())));
}
