import { z } from 'zod';

/**
 * A table of every member of a zod schema: path, what is expected, default, words.
 *
 * @param {import('zod').ZodType} schema
 * @param {Map<string, string>} comments words by path, where the schema itself has none
 */
export function schemaTable(schema, comments) {
  const rows = [];
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' });
  walk(json, '', true, rows, comments);
  return [
    '| member | expected | default | |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n');
}

function walk(json, path, isRequired, rows, comments) {
  const inner = membersOf(json);
  const list = json.type === 'array' ? json.items : undefined;
  const choices = (json.oneOf ?? json.anyOf)?.filter((choice) => choice.properties);
  if (path !== '' && !inner) rows.push(rowOf(json, path, isRequired, comments));
  else if (path !== '' && wordsOf(json, path, comments))
    rows.push([`**\`${path}\`**`, '', '', wordsOf(json, path, comments)]);
  if (inner) walkMembers(inner, path, rows, comments);
  if (list && hasMembers(list)) walk({ ...list, description: undefined }, `${path}[]`, true, rows, comments);
  for (const choice of choices ?? []) {
    const kind = choice.properties.kind?.const;
    walkMembers(choice, kind ? `${path} (${kind})` : path, rows, comments);
  }
}

function walkMembers(json, path, rows, comments) {
  for (const [name, member] of Object.entries(json.properties)) {
    if (name === 'kind' && member.const !== undefined && path.includes('(')) continue;
    const isRequired = (json.required ?? []).includes(name) && member.default === undefined;
    walk(member, path ? `${path}.${name}` : name, isRequired, rows, comments);
  }
}

const membersOf = (json) => (json.properties ? json : undefined);
const hasMembers = (json) => Boolean(json.properties ?? (json.oneOf ?? json.anyOf)?.some(hasMembers));

function wordsOf(json, path, comments) {
  const plain = path.replace(/\[\]| \(\w+\)/gu, '');
  return json.description ?? comments.get(plain) ?? '';
}

function rowOf(json, path, isRequired, comments) {
  const standard =
    json.default === undefined ? (isRequired ? '**required**' : 'none') : code(JSON.stringify(json.default));
  return [code(path), expected(json), standard, wordsOf(json, path, comments)];
}

/** What may stand there, in words. */
function expected(json) {
  if (json.const !== undefined) return code(String(json.const));
  if (json.enum) return json.enum.map((each) => code(String(each))).join(', ');
  const choices = json.oneOf ?? json.anyOf;
  if (choices) return [...new Set(choices.map(choiceWords))].join(' or ');
  if (json.type === 'array')
    return hasMembers(json.items ?? {}) ? 'list of groups' : `list: ${expected(json.items ?? {})}`;
  if (json.type === 'object') return json.additionalProperties ? 'a group of members of your own' : 'a group';
  if (json.type === 'integer' || json.type === 'number') return numberWords(json);
  if (json.type === 'boolean') return '`true`, `false`';
  if (json.type === 'null') return '`null`';
  if (json.pattern?.startsWith('^(env:')) return '`env:NAME` or `file:/path`';
  if (json.format === 'uri') return 'URL';
  if (json.format === 'date') return 'date';
  if (json.format?.startsWith('ip') || json.format?.startsWith('cidr')) return 'address or CIDR range';
  return json.maxLength ? `text, at most ${json.maxLength}` : 'text';
}

function choiceWords(json) {
  const kind = json.properties?.kind?.const;
  return kind ? `\`kind: ${kind}\`` : expected(json);
}

function numberWords({ type, minimum, maximum, exclusiveMinimum }) {
  const noun = type === 'integer' ? 'whole number' : 'number';
  const least = exclusiveMinimum === undefined ? minimum : undefined;
  const bounded = (value) => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined) return `${noun} above ${exclusiveMinimum}`;
  if (bounded(least) && bounded(maximum)) return `${noun}, ${least} to ${maximum}`;
  if (bounded(least)) return `${noun}, at least ${least}`;
  return bounded(maximum) ? `${noun}, at most ${maximum}` : noun;
}

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
