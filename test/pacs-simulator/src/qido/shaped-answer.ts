import type { JsonAttribute } from '../dicom/dataset.js';
import type { QidoShape } from '../faults/fault.js';
import type { Answer } from '../http/answer.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { nativeXml } from '../stow/response.js';

type Item = Readonly<Record<string, JsonAttribute>>;

/** The same matches in a form that some server is known for; an empty form drops them. */
export function shapedAnswer(items: readonly Item[], shape: QidoShape): Answer {
  switch (shape) {
    case 'empty-body':
      return textAnswer(200, '', 'application/dicom+json');
    case 'no-content':
      return { status: 204 };
    case 'not-found':
      return textAnswer(404, 'no matches');
    case 'text-json':
      return jsonAnswer(200, items, 'text/json');
    case 'single-object':
      return jsonAnswer(200, items.length === 1 ? items[0] : items);
    case 'xml':
      return xmlAnswer(items);
    case 'lower-case-tags':
    case 'joined-modalities':
    case 'null-values':
    case 'numbers-as-strings':
    case 'names-as-strings':
    case 'without-vr':
      return jsonAnswer(
        200,
        items.map((item) => shapedItem(item, shape)),
      );
  }
}

function shapedItem(item: Item, shape: QidoShape): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).map(([tag, each]) => {
      const name = shape === 'lower-case-tags' ? tag.toLowerCase() : tag;
      return [name, shapedAttribute(tag, each, shape)];
    }),
  );
}

function shapedAttribute(tag: string, each: JsonAttribute, shape: QidoShape): unknown {
  const { vr, Value } = each;
  if (shape === 'without-vr') return { Value };
  if (shape === 'null-values' && !Value) return { vr, Value: [null] };
  if (!Value) return each;
  if (shape === 'joined-modalities' && tag === '00080061') return { vr, Value: [Value.join('\\')] };
  if (shape === 'numbers-as-strings' && typeof Value[0] === 'number') return { vr, Value: Value.map(String) };
  if (shape === 'names-as-strings' && vr === 'PN')
    return { vr, Value: Value.map((name) => (name as { Alphabetic?: string } | null)?.Alphabetic ?? '') };
  return each;
}

/** PS3.18 8.7.3.2: one part per match. */
function xmlAnswer(items: readonly Item[]): Answer {
  const parts = items.map(
    (item) => `--XX\r\nContent-Type: application/dicom+xml\r\n\r\n${nativeXml(item)}\r\n`,
  );
  return textAnswer(
    200,
    `${parts.join('')}--XX--\r\n`,
    'multipart/related; type="application/dicom+xml"; boundary=XX',
  );
}
