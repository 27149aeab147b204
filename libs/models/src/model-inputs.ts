import type { Dataset } from '@prelector/dicom';
import type { AskedValues } from './image-values.js';
import type { ManifestOutline } from './manifest-outline.js';
import type { SelectionSpec } from './manifest-parts.js';
import type { TensorValue } from './onnx-model.js';
import { asPackageProblem, type PackageProblem } from './package-problem.js';
import type { FittingSeries, Refusal, SeriesCandidate } from './series.js';
import type {
  CandidateFrame,
  ExpectedSeries,
  FedInput,
  ImageSize,
  MadeInput,
  PlacedImage,
  SourceFrame,
} from './steps/input-step.js';
import type { StepSpecs } from './steps/registry.js';
import { stepsOf } from './steps/step-members.js';
import type { VolumeGeometry } from './steps/volume-geometry.js';

/** The series of one role on its way to the graph. */
export interface InputWork {
  add(frame: SourceFrame): void;
  finish(): MadeInput;
}

/** One series that a model reads: which, and by which steps it becomes what the graph is fed. */
export interface ModelInput {
  /** What the series is to the model; each role once. */
  readonly role: string;
  readonly selection: SelectionSpec;
  readonly asked: AskedValues & { readonly selection: SelectionSpec };
  /** Tags that the steps read. */
  readonly reads: readonly string[];
  readonly judge: (candidate: SeriesCandidate, frames: readonly CandidateFrame[]) => FittingSeries | Refusal;
  promise(images: readonly Dataset[]): VolumeGeometry;
  /** Bytes that the steps hold for a series of a size. */
  bytes(size: ImageSize): number;
  begin(expected: Omit<ExpectedSeries, 'selection'>): InputWork;
  /** What an author may not have meant. */
  warnings(): PackageProblem[];
}

/** The members of a manifest's `input`. */
export type InputSpec = { readonly selection: SelectionSpec } & {
  readonly [Kind in keyof StepSpecs]?: StepSpecs[Kind] | undefined;
};

/** The role of the series of a manifest that reads one alone. */
const SOLE_ROLE = 'image';

/** The series that a manifest reads, each with its role: one, as long as manifests state one. */
export function inputsOf({ input }: { readonly input: InputSpec }): ModelInput[] {
  const { all, ofSeries, ofImage } = stepsOf(input);
  const { selection } = input;
  return ofSeries.map(({ step, stated, at }): ModelInput => ({
    role: SOLE_ROLE,
    selection,
    asked: { selection, values: step.values(stated) },
    reads: all.flatMap((each) => each.step.reads(each.stated)),
    judge: (candidate, frames) => step.judge(stated, selection, candidate, frames),
    promise: (images) => step.promise(images),
    bytes: (size) => all.reduce((sum, each) => sum + each.step.bytes(each.stated, size), 0),
    warnings: () =>
      all.flatMap((each) => each.step.warnings(each.stated, selection, each.at)).map(asPackageProblem),
    begin(expected) {
      const work = step.begin(stated, { ...expected, selection });
      return {
        add: (frame) => work.add(frame),
        finish() {
          const assembled = work.finish();
          const image = ofImage.reduce<PlacedImage>(
            (before, each) => each.step.apply(each.stated, before),
            assembled,
          );
          return { assembled, image, feeds: fedOf(step.feeds(stated, at), image) };
        },
      };
    },
  }));
}

function fedOf(feeds: readonly FedInput[], image: PlacedImage): Record<string, TensorValue> {
  return Object.fromEntries(
    feeds.flatMap(({ tensor, value }) => (tensor === undefined ? [] : [[tensor, value(image)]])),
  );
}

/** What the steps of a manifest fill of the graph, as far as it can be read. */
export interface Filling {
  /** Where the step stands. */
  readonly path: string;
  /** In words: `one volume`. */
  readonly fills: string;
  readonly feeds: readonly FedInput[];
}

/** What is fed to the graph, by each step that names inputs of it. */
export function fillingsOf({ input }: ManifestOutline): Filling[] {
  return stepsOf(input).ofSeries.map(({ step, stated, at }) => ({
    path: at.join('.'),
    fills: step.fills,
    feeds: step.feeds(stated, at),
  }));
}

/** What of a manifest an author may not have meant, and keeps no package from running. */
export function valueWarnings(manifest: { readonly input: InputSpec }): PackageProblem[] {
  return inputsOf(manifest).flatMap((input) => input.warnings());
}
