import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/**
 * The comments beside the members of a zod schema, by path. The schema knows types and defaults at run time,
 * the source knows the words; both meet in the tables of docs/configuration.md.
 *
 * @param {string} file source of the schema
 * @param {string} name constant that holds it
 * @returns {Map<string, string>} words by path, such as `poll.sweep.days`
 */
export function commentsOf(file, name) {
  const words = new Map();
  const start = declarationOf(parse(file), name);
  if (start) collect(start.expression, start.source, '', words);
  return words;
}

/**
 * The same of schemas that stand in the members of a registry: `{ groups: numbersReader }`, where `numbersReader` holds
 * its schema in the member `schema`. Words by path from the member of the registry on.
 */
export function commentsOfRegistry(file, name, schema) {
  const words = new Map();
  const registry = declarationOf(parse(file), name);
  for (const member of registry?.expression.properties ?? []) {
    const key = member.name.getText(registry.source);
    const comment = commentBefore(member, registry.source);
    if (comment) words.set(key, comment);
    const entry = declarationOf(registry.source, member.initializer.text);
    const own = entry?.expression.properties?.find((each) => each.name?.getText(entry.source) === schema);
    if (own) collect(own.initializer, entry.source, key, words);
  }
  return words;
}

const parsed = new Map();
function parse(file) {
  const known = parsed.get(file);
  if (known) return known;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  parsed.set(file, source);
  return source;
}

/** The initialiser of a constant, in this file or in the one that it is imported from. */
function declarationOf(source, name) {
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name: own, initializer } of statement.declarationList.declarations)
        if (own.getText(source) === name && initializer) return { expression: initializer, source };
    }
    if (ts.isImportDeclaration(statement) && statement.moduleSpecifier.text.startsWith('.')) {
      const elements = statement.importClause?.namedBindings?.elements ?? [];
      if (!elements.some((element) => element.name.text === name)) continue;
      const file = join(dirname(source.fileName), statement.moduleSpecifier.text.replace(/\.js$/u, '.ts'));
      if (existsSync(file)) return declarationOf(parse(file), name);
    }
  }
  return undefined;
}

function collect(expression, source, path, words) {
  if (ts.isIdentifier(expression)) {
    const found = declarationOf(source, expression.text);
    if (found) collect(found.expression, found.source, path, words);
    return;
  }
  const members = membersOf(expression);
  if (members) {
    for (const member of members.properties) {
      if (!ts.isPropertyAssignment(member) && !ts.isShorthandPropertyAssignment(member)) continue;
      const inner = path ? `${path}.${member.name.getText(source)}` : member.name.getText(source);
      const comment = commentBefore(member, source);
      if (comment) words.set(inner, comment);
      if (ts.isPropertyAssignment(member)) collect(member.initializer, source, inner, words);
      else collect(member.name, source, inner, words);
    }
    return;
  }
  if (ts.isCallExpression(expression)) {
    for (const argument of expression.arguments) collect(argument, source, path, words);
    if (ts.isPropertyAccessExpression(expression.expression))
      collect(expression.expression.expression, source, path, words);
    return;
  }
  if (ts.isArrayLiteralExpression(expression))
    for (const element of expression.elements) collect(element, source, path, words);
}

/** The members of `z.object({...})`, `z.strictObject({...})`; undefined for anything else. */
function membersOf(expression) {
  if (!ts.isCallExpression(expression)) return undefined;
  const [first] = expression.arguments;
  const callee = expression.expression.getText().replace(/\s+/gu, '');
  return first && ts.isObjectLiteralExpression(first) && /^z\.(strictO|looseO|o)bject$/u.test(callee)
    ? first
    : undefined;
}

function commentBefore(node, source) {
  const text = source.getFullText();
  const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  const last = ranges.map(({ pos, end }) => text.slice(pos, end)).findLast((each) => each.startsWith('/**'));
  return last
    ?.replace(/^\/\*\*|\*\/$/gu, '')
    .replace(/^\s*\*/gmu, '')
    .replace(/\s+/gu, ' ')
    .replace(/\{@link (\w+)\}/gu, '`$1`')
    .trim();
}
