import type { AnalysedSeries, Findings } from '@prelector/findings';
import type { Manifest } from './manifest.js';
import type { TensorValue } from './onnx-model.js';
import type { NumberOutputs } from './output-numbers.js';
import { readFindings, type FindingsContext } from './read-findings.js';

/** What a graph that gives numbers alone says of one series. */
export function findingsOf(
  manifest: Manifest,
  numbers: NumberOutputs,
  { series, ...context }: Omit<FindingsContext, 'series'> & { readonly series: AnalysedSeries },
): Findings {
  return readFindings(manifest, tensorsOf(numbers), { ...context, series: [series] }).findings;
}

/** Numbers as a graph gives them. */
export function tensorsOf(numbers: NumberOutputs): Record<string, TensorValue> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      { type: 'float64', dims: [], data: Float64Array.of(value) },
    ]),
  );
}
