import { describe, expect, it } from '@jest/globals';
import { runtimeWords, whyUnloadable } from './runtime-words.js';

const place =
  '/onnxruntime_src/onnxruntime/core/graph/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&, std::function<void(int)>, const onnxruntime::ModelOptions&) ';

describe('what ONNX Runtime says', () => {
  it.each([
    ['Unsupported model IR version: 99, max supported IR version: 13', /newer ONNX.*older opset/u],
    [
      'ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 99 is under development and support for this is limited.',
      /newer ONNX/u,
    ],
    ['Missing opset in the model.', /which opset/u],
    ['ModelProto does not have a graph.', /cut off/u],
  ])('is told without its place in the source, and with what to do: %s', (words, what) => {
    const said = whyUnloadable(runtimeWords(new Error(`Load model from m.onnx failed:${place}${words}\n`)));
    expect(said).toMatch(what);
    expect(said.endsWith(`ONNX Runtime: Load model from m.onnx failed:${words}`)).toBe(true);
  });

  it.each(['Error: the graph is not acyclic.', 'Error: Duplicate definition of name (vol_ml).'])(
    'of a graph that breaks a rule is not that the file is none: %s',
    (words) => {
      expect(whyUnloadable(`This is an invalid model. ${words}`)).toMatch(
        /^the graph breaks the rules of ONNX/u,
      );
    },
  );

  it('is cut at a word, and says so', () => {
    const said = runtimeWords(new Error('node '.repeat(200)));
    expect(said.length).toBeLessThanOrEqual(302);
    expect(said).toMatch(/node …$/u);
  });
});
