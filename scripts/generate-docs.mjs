import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationSchema, environmentVariables } from '@prelector/platform';
import { feedSchema, nodeSchema, ruleSchema } from '@prelector/pipeline';
import { manifestSchema } from '../libs/models/dist/manifest.js';
import { knownCodes } from '@prelector/evidence';
import { profileNames, profileSchema } from '@prelector/profiles';
import prettier from 'prettier';
import { program } from '../apps/prelector/dist/program.js';
import { commandReference } from './docs/command-reference.mjs';
import { errorList } from './docs/error-list.mjs';
import { commentsOf, commentsOfRegistry } from './docs/schema-docs.mjs';
import { schemaTable } from './docs/schema-table.mjs';

// Writes the parts of docs/ that follow the code; with --check, says which of them are no longer current.
// It reads the built output: run `tsc -b` before.
const root = fileURLToPath(new URL('../', import.meta.url));
const isCheck = process.argv.includes('--check');
const stale = [];

const table = (schema, file, name) => schemaTable(schema, commentsOf(`${root}${file}`, name));
const site = 'libs/pipeline/src/site/site.ts';

const parts = {
  'docs/configuration.md': {
    infrastructure: table(
      configurationSchema,
      'libs/platform/src/configuration/configuration-schema.ts',
      'configurationSchema',
    ),
    environment: environment(),
    nodes: table(nodeSchema, site, 'nodeSchema'),
    feeds: table(feedSchema, site, 'feedSchema'),
    rules: table(ruleSchema, site, 'ruleSchema'),
    'profile-names': profileNames()
      .map((name) => `\`${name}\``)
      .join(', '),
    profile: table(profileSchema, 'libs/profiles/src/profile.ts', 'profileSchema'),
  },
  'docs/model-authors.md': {
    manifest: schemaTable(manifestSchema, manifestComments()),
    'known-codes': knownCodeTable(),
  },
  'docs/command-line.md': {
    commands: commandReference(program({ env: {}, print: () => undefined, exit: () => undefined }), root),
  },
  'docs/errors.md': { errors: await errorTables() },
};

for (const [file, sections] of Object.entries(parts)) await write(file, sections);
if (stale.length > 0) {
  console.error(`Not current: ${stale.join(', ')}. Run: npm run docs`);
  process.exit(1);
}

/** Of the manifest itself, and of what its steps and readers take. */
function manifestComments() {
  const folder = `${root}libs/models/src`;
  const steps = commentsOfRegistry(`${folder}/steps/registry.ts`, 'steps', 'spec');
  return new Map([
    ...commentsOf(`${folder}/manifest.ts`, 'manifestSchema'),
    ...commentsOfRegistry(`${folder}/readers/registry.ts`, 'readers', 'entry'),
    ...[...steps].map(([path, words]) => [`input.${path}`, words]),
  ]);
}

/** Each scheme on a line of its own, with its codes and what they mean. */
function knownCodeTable() {
  const schemes = [...new Set(knownCodes.map(({ scheme }) => scheme))].sort();
  const of = (wanted) =>
    knownCodes
      .filter(({ scheme }) => scheme === wanted)
      .map(({ value, meaning }) => `\`${value}\` ${meaning}`)
      .sort();
  return [
    '| scheme | codes |',
    '| --- | --- |',
    ...schemes.map((each) => `| ${each} | ${[...new Set(of(each))].join('; ')} |`),
  ].join('\n');
}

/** Fills each `<!-- generated: name -->` ... `<!-- end -->` of a page, and leaves its other words alone. */
async function write(file, sections) {
  const path = `${root}${file}`;
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  let page = before;
  for (const [name, text] of Object.entries(sections)) {
    const place = new RegExp(`(<!-- generated: ${name} -->)[\\s\\S]*?(<!-- end -->)`, 'u');
    if (!place.test(page)) throw new Error(`${file} has no place for the generated part "${name}"`);
    page = page.replace(place, (_all, start, end) => `${start}\n\n${text}\n\n${end}`);
  }
  page = await prettier.format(page, { ...(await prettier.resolveConfig(path)), parser: 'markdown' });
  if (page === before) return;
  if (isCheck) stale.push(file);
  else writeFileSync(path, page);
}

function environment() {
  const rows = Object.entries(environmentVariables).map(
    ([variable, member]) => `| \`${variable}\` | \`${member}\` |`,
  );
  return ['| variable | sets |', '| --- | --- |', ...rows].join('\n');
}

async function errorTables() {
  const areas = Object.groupBy(await errorList(root), ({ code }) => code.split('.')[0]);
  return Object.entries(areas)
    .map(([area, errors]) => {
      const rows = errors.map(
        ({ code, recovery, meaning }) =>
          `| \`${code}\` | ${recovery} | ${meaning.replaceAll(/\s+/gu, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`,
      );
      const from = [...new Set(errors.map(({ part }) => `\`${part}\``))].join(', ');
      return `### ${area}\n\nFrom ${from}.\n\n| code | recovery | what it means |\n| --- | --- | --- |\n${rows.join('\n')}`;
    })
    .join('\n\n');
}
