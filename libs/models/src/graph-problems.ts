import type { ManifestOutline } from './manifest-outline.js';
import type { GraphDescription, TensorDescription } from './graph.js';
import { fillingsOf } from './model-inputs.js';
import type { PackageProblem } from './package-problem.js';
import { readOutputs } from './read-outputs.js';
import { tensorText } from './tensor-text.js';

const namesOf = (tensors: readonly TensorDescription[]) =>
  tensors.length === 0 ? 'none' : tensors.map(({ name }) => name).join(', ');

/**
 * What of a graph does not fit its manifest: names, types, ranks and fixed dimensions of its inputs and
 * outputs. Empty when every run can feed it and read it; sizes that the graph leaves open show in a run.
 */
export function graphProblems(manifest: ManifestOutline, graph: GraphDescription): PackageProblem[] {
  return [...inputProblems(manifest, graph), ...outputProblems(manifest, graph)];
}

function inputProblems(manifest: ManifestOutline, { inputs }: GraphDescription): PackageProblem[] {
  return fillingsOf(manifest).flatMap(({ path, fills, feeds }) => {
    const fed = new Set(feeds.map(({ tensor }) => tensor));
    // Where the manifest names no input that can be read, that is its mistake, not the graph's.
    const others = fed.has(undefined) ? [] : inputs.filter(({ name }) => !fed.has(name));
    return [
      ...feeds.flatMap((feed) =>
        feed.tensor === undefined
          ? []
          : found(feed.path.join('.'), 'input', feed.tensor, inputs, (declared) => feed.problems(declared)),
      ),
      ...others.map((declared) => ({
        path,
        message: `the graph has an input \`${declared.name}\` (${tensorText(declared)}) that nothing fills: a package gives the graph ${fills}; export the graph without it, or with a constant`,
      })),
    ];
  });
}

function outputProblems(manifest: ManifestOutline, { inputs, outputs }: GraphDescription): PackageProblem[] {
  const images = new Set(
    fillingsOf(manifest).flatMap(({ feeds }) =>
      feeds.filter(({ isImage }) => isImage).map(({ tensor }) => tensor),
    ),
  );
  const axes = inputs.filter(({ name }) => images.has(name)).flatMap(({ shape }) => shape);
  const ofImage = new Set(axes.filter((axis) => typeof axis === 'string' && axis !== ''));
  return readOutputs(manifest).flatMap(({ path, output, as }) =>
    found(path, 'output', output, outputs, (declared) => as.problems(declared, ofImage)),
  );
}

/** A tensor of the graph by its name and what is wrong with it; also that there is none. */
function found(
  path: string,
  kind: 'input' | 'output',
  name: string,
  tensors: readonly TensorDescription[],
  problems: (declared: TensorDescription) => string[],
): PackageProblem[] {
  const declared = tensors.find((each) => each.name === name);
  const messages =
    declared === undefined
      ? [`the graph has no ${kind} \`${name}\`; its ${kind}s are: ${namesOf(tensors)}`]
      : declared.isTensor
        ? problems(declared)
        : [`the ${kind} \`${name}\` is no tensor: sequences, maps and optional values are not fed or read`];
  return messages.map((message) => ({ path, message }));
}
