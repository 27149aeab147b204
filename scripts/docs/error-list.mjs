import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';

/**
 * Every error that has a code of its own: the tables of the libs, and what the joints and apps throw by
 * `new PrelectorError(code, recovery, message)`.
 *
 * @param {string} root folder of the checkout
 * @returns {Promise<{part: string, code: string, recovery: string, meaning: string}[]>} sorted by code
 */
export async function errorList(root) {
  const errors = [...(await fromTables(root)), ...fromSources(root)];
  const unique = new Map(errors.map((error) => [error.code, error]));
  return [...unique.values()].sort((a, b) => a.code.localeCompare(b.code, 'en'));
}

async function fromTables(root) {
  const errors = [];
  for (const file of globSync(`${root}/{libs,apps}/*/dist/**/errors.js`).sort()) {
    const module = await import(file);
    const part = relative(root, file).split('/').slice(0, 2).join('/');
    for (const [name, table] of Object.entries(module)) {
      if (!name.endsWith('Errors') || typeof table !== 'object') continue;
      for (const [code, { recovery, meaning }] of Object.entries(table))
        errors.push({ part, code, recovery, meaning: meaning.replace(/\.?$/u, '.') });
    }
  }
  return errors;
}

function fromSources(root) {
  const errors = [];
  for (const file of globSync(`${root}/{libs,apps}/*/src/**/*.ts`).sort()) {
    if (/\.(spec|testing)\.ts$/u.test(file)) continue;
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const part = relative(root, file).split('/').slice(0, 2).join('/');
    const makers = makersIn(source);
    visit(source, (node) => {
      const found = ts.isNewExpression(node)
        ? node.expression.getText(source) === 'PrelectorError' && (node.arguments ?? []).map(words)
        : ts.isCallExpression(node) &&
          makers.get(node.expression.getText(source))?.(node.arguments.map(words));
      const [code, recovery, message] = found || [];
      if (code && recovery && message && !code.includes('…'))
        errors.push({ part, code, recovery, meaning: message });
    });
  }
  return errors;
}

/** Functions of a file that make an error of the code and message they are given, such as `refusal(code, words)`. */
function makersIn(source) {
  const makers = new Map();
  visit(source, (node) => {
    const isArrow =
      ts.isVariableDeclaration(node) && node.initializer && ts.isArrowFunction(node.initializer);
    const maker = isArrow ? node.initializer : ts.isFunctionDeclaration(node) ? node : undefined;
    if (!maker?.body) return;
    const parameters = maker.parameters.map((each) => each.name.getText(source));
    visit(maker.body, (inner) => {
      if (!ts.isNewExpression(inner) || inner.expression.getText(source) !== 'PrelectorError') return;
      const [code, recovery, message] = inner.arguments ?? [];
      const at = parameters.indexOf(code?.getText(source));
      const says = parameters.indexOf(message?.getText(source));
      if (at >= 0 && says >= 0)
        makers.set(node.name.getText(source), (given) => [given[at], words(recovery), given[says]]);
    });
  });
  return makers;
}

function visit(node, look) {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** Text of a literal; what is filled in at run time is shown as `…`. */
function words(node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('');
}
