import { dicomwebError } from './errors.js';

/** Below it no text of whatever kind costs much memory. */
const HARMLESS = 1024 * 1024;
/** No attribute of the DICOM JSON Model is shorter for each object and list in it. */
const CHARACTERS_PER_NODE = 8;
const OBJECT = '{'.charCodeAt(0);
const LIST = '['.charCodeAt(0);

/**
 * JSON from outside, parsed unless it is made of almost nothing but objects and lists: those take twenty times
 * the memory of their text.
 *
 * @throws `dicomweb.too-large` for those, `dicomweb.malformed-answer` when it is no JSON
 */
export function parseJson(text: string): unknown {
  if (text.length > HARMLESS && nodesOf(text) > text.length / CHARACTERS_PER_NODE) {
    throw dicomwebError('dicomweb.too-large', 'almost nothing but brackets');
  }
  try {
    return JSON.parse(text);
  } catch {
    return parseWithBareNumbers(text);
  }
}

/** Some writers put numbers that JSON has no word for between the others: they are read as text. */
function parseWithBareNumbers(text: string): unknown {
  const quoted = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gu, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  );
  try {
    return JSON.parse(quoted);
  } catch {
    throw dicomwebError('dicomweb.malformed-answer', 'it is no JSON');
  }
}

function nodesOf(text: string): number {
  let nodes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === OBJECT || code === LIST) nodes += 1;
  }
  return nodes;
}
