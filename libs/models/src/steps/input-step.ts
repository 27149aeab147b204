import type { Dataset, DecodedFrame, SlicePlane } from '@prelector/dicom';
import type { Findings } from '@prelector/findings';
import type { z } from 'zod';
import type { TensorDescription } from '../graph.js';
import type { SelectionSpec } from '../manifest-parts.js';
import type { TensorValue } from '../onnx-model.js';
import type { PlaceProblem } from '../package-problem.js';
import type { FittingSeries, Refusal, SeriesCandidate } from '../series.js';
import type { StatedBySlices } from '../stated-by-slices.js';
import type { Affine } from './affine.js';
import type { VolumeGeometry } from './volume-geometry.js';

/** One image or frame of a series, decoded. */
export interface SourceFrame {
  readonly sopInstanceUid: string;
  /** Its attributes in the form of a single-frame image. */
  readonly attributes: Dataset;
  /** Which frame of an instance of several, from 0. */
  readonly index?: number | undefined;
  readonly frame: DecodedFrame;
}

/** An image on its way to the graph, and where its elements lie. */
export interface PlacedImage {
  readonly tensor: TensorValue;
  readonly affine: Affine;
  /** Size of an element, mm, along each axis that lies in the patient, slowest first. */
  readonly spacing: readonly number[];
}

/** Which image or frame of the source fills one step of the slowest axis, and where that one lies. */
export interface SourcePlane {
  readonly sopInstanceUid: string;
  /** Of an instance of several, from 0. */
  readonly index?: number | undefined;
  readonly plane: SlicePlane;
}

/** What the images of one series were made into. */
export interface AssembledImage extends PlacedImage {
  /** SOP Instance UIDs in the order of the images; one instance may hold several. */
  readonly order: readonly string[];
  /** The planes of the source in the same order: whatever is found in the tensor is told in their pixels. */
  readonly sources: readonly SourcePlane[];
  /** What each image states of its values and place. */
  readonly stated: StatedBySlices;
  /** Remarks that a reader must know. */
  readonly notes: readonly string[];
  /** What every report states of what was made. */
  readonly facts: Findings['facts'];
}

/** What the series of one role came to. */
export interface MadeInput {
  /** As the first step made it of the series. */
  readonly assembled: AssembledImage;
  /** As the last step left it. */
  readonly image: PlacedImage;
  /** What the graph is fed of it, by the name of the input. */
  readonly feeds: Readonly<Record<string, TensorValue>>;
}

/** What a step is to expect of a series, by its metadata. */
export interface ExpectedSeries {
  readonly selection: SelectionSpec;
  /** How many images or frames will come; more are taken at the price of one copy. */
  readonly images: number;
  /**
   * The SOP Instance UIDs of them all, one image each, in the order that they are thought to have: where that is true,
   * nothing is moved at the end.
   */
  readonly order?: readonly string[] | undefined;
}

/** One series on its way into a tensor. */
export interface SeriesWork {
  /** Takes one image, in any order of arrival; the memory of its pixels may be used again afterwards. */
  add(frame: SourceFrame): void;
  /** Gives the image, once all have come; throws a `model.…` error with every reason where they make none. */
  finish(): AssembledImage;
}

/** Images, rows and columns of a series by its metadata. */
export interface ImageSize {
  readonly images: number;
  readonly rows: number;
  readonly columns: number;
}

/** An image or frame of a series by its metadata. */
export interface CandidateFrame {
  readonly image: Dataset;
  readonly item: Dataset;
  /** Of an instance of several, from 0. */
  readonly frame?: number | undefined;
}

/** An input of the graph that a step fills. */
export interface FedInput {
  /** The place of the manifest that names it. */
  readonly path: readonly PropertyKey[];
  /** Undefined where the manifest states none that can be read. */
  readonly tensor: string | undefined;
  /** Whether its axes have the size of the image. */
  readonly isImage: boolean;
  /** What of the graph's own declaration does not fit what is fed, each a sentence for the author. */
  readonly problems: (declared: TensorDescription) => string[];
  /** A small tensor of the kind that is fed, for a trial. */
  readonly trial: () => TensorValue;
  /** What is fed of the image that the steps made. */
  readonly value: (image: PlacedImage) => TensorValue;
}

/** What every step says of itself. `Outline` is its part of the manifest as far as it can be read. */
interface StepBase<Spec, Outline> {
  /** Its part of the manifest: the member of `input` by which the registry knows it. */
  readonly spec: z.ZodType<Spec>;
  /** The same as far as it can be read; takes whatever `spec` gives, and anything else without an error. */
  readonly outline: z.ZodType<Outline>;
  /** Names within its part that contradict each other; `at` is where that part stands. */
  problems(outline: Outline, at: readonly PropertyKey[]): PlaceProblem[];
  /** What an author may not have meant. */
  warnings(spec: Spec, selection: SelectionSpec, at: readonly PropertyKey[]): PlaceProblem[];
  /** Tags that it reads of the images, so that the digest of an instance covers them. */
  reads(spec: Spec): readonly string[];
  /** Bytes that it holds for a series of a size. */
  bytes(spec: Spec, size: ImageSize): number;
}

/**
 * Makes an image of the images of one series, as they come. What it writes has a place in the patient: `affine` and
 * `sources` lead back to the pixels of the source.
 */
export interface SeriesStep<Spec, Outline> extends StepBase<Spec, Outline> {
  readonly takes: 'series';
  /** The unit that it asks of the values of the pixels: Hounsfield units, or whatever the modality LUT gives. */
  values(spec: Spec): 'HU' | 'rescaled';
  /** What it fills of the graph, in words: `one volume`. */
  readonly fills: string;
  feeds(outline: Outline, at: readonly PropertyKey[]): FedInput[];
  /** Whether images of a series, by their metadata, can be made into what it makes, and why not. */
  judge(
    spec: Spec,
    selection: SelectionSpec,
    candidate: SeriesCandidate,
    frames: readonly CandidateFrame[],
  ): FittingSeries | Refusal;
  /** What the metadata of images that fit promise of the images themselves. */
  promise(images: readonly Dataset[]): VolumeGeometry;
  begin(spec: Spec, expected: ExpectedSeries): SeriesWork;
}

/** Makes another image of an image; where it changes the geometry, the affine of what it gives says so. */
export interface ImageStep<Spec, Outline> extends StepBase<Spec, Outline> {
  readonly takes: 'image';
  apply(spec: Spec, image: PlacedImage): PlacedImage;
}

/**
 * How images become a tensor: one step makes an image of a series, others make another one of it. Each is a file of
 * this folder and a line of the registry.
 */
export type InputStep<Spec, Outline = unknown> = SeriesStep<Spec, Outline> | ImageStep<Spec, Outline>;
