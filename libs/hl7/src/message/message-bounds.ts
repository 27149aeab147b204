import { limits } from '@prelector/kernel';
import type { Separators } from './separators.js';

/**
 * Why a text has too many lines to be looked at as segments; undefined when it has not. To be asked before it
 * is split.
 */
export function tooManyLines(text: string): string | undefined {
  if (text.length <= limits.hl7Lines) return undefined;
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === CR || unit === LF) count += 1;
  }
  return count > limits.hl7Lines ? `more than ${limits.hl7Lines} lines` : undefined;
}

const CR = 0x0d;
const LF = 0x0a;

/**
 * Why segments have too many parts to be parsed; undefined when they have not. Each part becomes an object of
 * the parser, some hundred bytes for one delimiter, so they are counted in the text before, each character
 * once.
 */
export function tooManyParts(lines: readonly string[], separators: Separators): string | undefined {
  if (lines.length > limits.hl7Segments) return `more than ${limits.hl7Segments} segments`;
  const isShort = lines.reduce((sum, line) => sum + line.length, 0) <= limits.hl7Parts;
  let total = 0;
  for (const line of lines) {
    // A part takes at least its delimiter, so short text needs no counting.
    if (isShort && line.length <= limits.hl7PartsPerLevel) continue;
    const { parts, most } = partsOf(line, separators);
    total += parts;
    if (most > limits.hl7PartsPerLevel) {
      return `more than ${limits.hl7PartsPerLevel} fields in a segment, repetitions in a field or components in one`;
    }
    if (total > limits.hl7Parts) return `more than ${limits.hl7Parts} fields and components`;
  }
  return undefined;
}

/** How many delimiters a line has, and the most that one level of it has between two of the level above. */
function partsOf(line: string, separators: Separators): { readonly parts: number; readonly most: number } {
  const { field, repetition, component, subcomponent } = separators;
  const levels = [field, repetition, component, subcomponent].map((separator) => separator.charCodeAt(0));
  const highest = Math.max(...levels);
  const counts = levels.map(() => 0);
  let parts = 0;
  let most = 0;
  for (let at = 0; at < line.length; at += 1) {
    const unit = line.charCodeAt(at);
    const level = unit > highest ? -1 : levels.indexOf(unit);
    if (level === -1) continue;
    parts += 1;
    const count = (counts[level] as number) + 1;
    counts[level] = count;
    counts.fill(0, level + 1);
    if (count > most) most = count;
    if (most > limits.hl7PartsPerLevel) break;
  }
  return { parts, most };
}
