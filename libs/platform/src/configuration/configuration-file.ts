import { readFileSync, statSync } from 'node:fs';
import { limits, PrelectorError } from '@prelector/kernel';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { platformError } from '../errors.js';

/** A configuration file as read, with the line of each member for messages. */
export interface ConfigurationFile {
  readonly name: string;
  readonly value: unknown;
  readonly problems: readonly string[];
  lineOf(path: readonly PropertyKey[]): number | undefined;
}

/** Reads a YAML file of at most 1 MiB. @throws config.unreadable */
export function readConfigurationFile(path: string): ConfigurationFile {
  let text: string;
  try {
    if (statSync(path).size > limits.manifestBytes)
      throw platformError('config.unreadable', `${path} is too large`);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof PrelectorError) throw cause;
    throw platformError('config.unreadable', path, { cause });
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  return {
    name: path,
    value: document.errors.length > 0 ? {} : ((document.toJS({ maxAliasCount: 100 }) as unknown) ?? {}),
    problems: document.errors.map(
      ({ code, pos }) => `${path} line ${lineCounter.linePos(pos[0]).line}: not YAML (${code})`,
    ),
    lineOf: (member) => {
      for (let depth = member.length; depth > 0; depth--) {
        const node: unknown = document.getIn(member.slice(0, depth), true);
        if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
      }
      return undefined;
    },
  };
}
