import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * Checks docs/safety/hazards.md: every hazard (`## H1 ...`) has a cause, a control and at least one test, and
 * every test (a list item: the spec file in backquotes, then its full name, parts joined by ` › `) and every
 * file of a control exists.
 */
const root = new URL('../', import.meta.url);
const page = 'docs/safety/hazards.md';
const problems = [];

/** Full names of the tests of a spec file; those of `each` as they are written, placeholders and all. */
function testsOf(file) {
  const source = ts.createSourceFile(
    file,
    readFileSync(new URL(file, root), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const names = new Set();
  visit(source, []);
  return names;

  function visit(node, above) {
    const [kind, title] = ts.isCallExpression(node) ? titled(node) : [];
    if (kind === 'it') names.add([...above, title].join(' › '));
    ts.forEachChild(node, (child) => visit(child, kind === 'describe' ? [...above, title] : above));
  }
}

/** `describe` or `it` with its title, for `it(...)`, `it.each(...)(...)` and the like. */
function titled(call) {
  const [first] = call.arguments;
  if (!first || !ts.isStringLiteralLike(first)) return [];
  let callee = call.expression;
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
  const kind = ts.isIdentifier(callee)
    ? { describe: 'describe', it: 'it', test: 'it' }[callee.text]
    : undefined;
  return kind ? [kind, first.text] : [];
}

const known = new Map();
const [, ...sections] = readFileSync(new URL(page, root), 'utf8').split(/^## (?=H\d+ )/mu);
if (sections.length === 0) problems.push('no hazard is listed');

for (const section of sections) {
  const hazard = section.slice(0, section.indexOf('\n'));
  for (const part of ['**Cause.**', '**Control.**', '**Shown by**'])
    if (!section.includes(part)) problems.push(`${hazard}: has no ${part}`);
  for (const [, path] of section.matchAll(/`((?:apps|libs|models)\/[^`\s]+)`/gu))
    if (!existsSync(new URL(path, root))) problems.push(`${hazard}: ${path} does not exist`);
  // Formatting breaks long lines: what is indented goes on.
  const items = section
    .replaceAll(/\n {2,}/gu, ' ')
    .matchAll(/^- `(?<file>[^`]+\.spec\.ts)` (?<name>.+)$/gmu);
  let count = 0;
  for (const { groups } of items) {
    count += 1;
    const { file, name } = groups;
    if (!existsSync(new URL(file, root))) {
      problems.push(`${hazard}: ${file} does not exist`);
      continue;
    }
    if (!known.has(file)) known.set(file, testsOf(file));
    if (!known.get(file).has(name)) problems.push(`${hazard}: ${file} has no test "${name}"`);
  }
  if (count === 0) problems.push(`${hazard}: names no test`);
}

for (const problem of problems) process.stderr.write(`${page}: ${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
else
  process.stdout.write(
    `${fileURLToPath(new URL(page, root))}: ${sections.length} hazards, every test named exists\n`,
  );
