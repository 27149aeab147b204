const usualReasons = [
  {
    told: /not a registered function|No Op registered|unavailable|domain_version/iu,
    what: 'it uses operators that ONNX does not define: export it with standard operators alone',
  },
  {
    told: /external data|External initializer/iu,
    what: 'its external data is not there, or lies outside the folder of the package: put it beside the graph',
  },
  {
    told: /Unsupported model IR version|under development and support for this is limited/iu,
    what: 'it is written for a newer ONNX than this ONNX Runtime reads: export it with an older opset',
  },
  {
    told: /Missing opset/iu,
    what: 'it does not say which opset its operators are of: export it anew',
  },
  {
    told: /Protobuf parsing failed|INVALID_PROTOBUF|ModelProto does not have a graph/iu,
    what: 'the file is no ONNX graph, or is cut off',
  },
  {
    told: /This is an invalid model/iu,
    what: 'the graph breaks the rules of ONNX: check it with onnx.checker, and export it anew',
  },
];

/** Why a graph does not load: what to do about the usual reasons, before ONNX Runtime's own words. */
export function whyUnloadable(words: string): string {
  const reason = usualReasons.find(({ told }) => told.test(words));
  return reason === undefined ? words : `${reason.what}; ONNX Runtime: ${words}`;
}

const mostCharacters = 300;

/**
 * What ONNX Runtime says, as far as a person can use it: names of nodes and shapes, without the place in its own
 * source that comes before them, and bounded at a word.
 */
export function runtimeWords(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [line = ''] = withoutSource(text).split('\n');
  if (line.length <= mostCharacters) return line;
  const cut = line.slice(0, mostCharacters);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), mostCharacters / 2))} …`;
}

/** Leaves out `…/model.cc:180 onnxruntime::Model::Model(onnx::ModelProto&&, …) `: a file, a line and a signature. */
function withoutSource(text: string): string {
  const place = /\/[^\s:]*\.(?:cc|cpp|h|hpp):\d+ /u.exec(text);
  const open = place ? text.indexOf('(', place.index + place[0].length) : -1;
  if (!place || open < 0) return text;
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    depth += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0;
    if (depth > 0) continue;
    return (
      text.slice(0, place.index) +
      text
        .slice(at + 1)
        .replace(/^ const\b/u, '')
        .trimStart()
    );
  }
  return text;
}
