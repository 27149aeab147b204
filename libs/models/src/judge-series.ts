import { frameCount, frameDataset, isUid, stringOf, stringsOf, tags, type Dataset } from '@prelector/dicom';
import { counted } from '@prelector/kernel';
import { isRead, typesOf, unreadProblem } from './image-type.js';
import { concatenationProblem } from './concatenation.js';
import { frameRefusal, valueRefusal } from './image-values.js';
import type { SelectionSpec } from './manifest-parts.js';
import type { ModelInput } from './model-inputs.js';
import { anyMatches, placeOf } from './pattern.js';
import { refused, type FittingSeries, type Refusal, type SeriesCandidate } from './series.js';
import type { CandidateFrame } from './steps/input-step.js';
import { listed, together } from './words.js';

/**
 * Judges one series by the metadata of all its images: kind, types, values, and whether the step that makes its image
 * can make it of these.
 */
export function judgeSeries(
  { selection: spec, judge, asked }: ModelInput,
  candidate: SeriesCandidate,
): FittingSeries | Refusal {
  const kindProblem = wrongKind(spec, candidate.instances) ?? uncountable(candidate.instances);
  if (kindProblem !== undefined) return refused(kindProblem);
  const torn = concatenationProblem(candidate.instances);
  if (torn !== undefined) return { why: torn, kind: 'incomplete' };
  const all = candidate.instances.flatMap(framesOf);
  const read = all.filter(({ image }) => isRead(spec, image));
  if (read.length === 0) {
    const types = listed(all.map(({ image }) => typesOf(image).join('\\') || 'none stated'));
    return refused(`every image is of a type that the model does not read (${types})`);
  }
  const leftOut = leftOutOf(spec, all);
  if (read.length < spec.minimumInstances) {
    const few = `${counted(read.length, 'image')}, fewer than ${spec.minimumInstances}`;
    return { why: [few, ...leftOut].join('; '), kind: 'incomplete' };
  }
  const values = valueRefusal(
    asked,
    read.map(({ image }) => image),
  );
  if (values !== undefined) return refused(values);
  const fit = judge(candidate, read);
  // What looks like a missing slice may be one that is there and is not read.
  if ('why' in fit) return { ...fit, why: [fit.why, ...leftOut].join('; ') };
  return { ...fit, notes: [...contradictedCount(candidate), ...leftOut, ...fit.notes] };
}

/** How many images of a series a model does not read, and by which attribute and value. */
function leftOutOf(spec: SelectionSpec, all: readonly CandidateFrame[]): string[] {
  const problems = all.flatMap(({ image }) => unreadProblem(spec, image) ?? []);
  if (problems.length === 0) return [];
  const why = together(problems);
  return [
    `${counted(problems.length, 'image')} of the series left out, which the model does not read: ${why}`,
  ];
}

/** A server's count and its own metadata that contradict each other: what is there was judged, and that is said. */
function contradictedCount({ announcedInstances: announced, instances }: SeriesCandidate): string[] {
  if (announced === undefined || announced === instances.length) return [];
  return [
    `the server announces ${counted(announced, 'instance')} of the series and describes ${instances.length}`,
  ];
}

/** Why a series as a whole is not of the kind that the model reads, or undefined. */
function wrongKind(spec: SelectionSpec, instances: readonly Dataset[]): string | undefined {
  if (instances.length === 0) return 'the series has no images';
  const modalities = instances.map(
    (instance) => stringsOf(instance, tags.Modality).join('\\') || 'not stated',
  );
  const others = modalities.filter((modality) => !spec.modality.includes(modality));
  if (others.length > 0) {
    const some =
      others.length < modalities.length ? ` of ${others.length} of ${modalities.length} images` : '';
    return `modality ${listed(others)}${some}, not ${spec.modality.join(' or ')}`;
  }
  const classes = instances.map((instance) => stringOf(instance, tags.SOPClassUID) ?? '');
  if (!classes.some((uid) => spec.sopClasses.includes(uid)))
    return 'its SOP Class is none that the model reads';
  const part = [...new Set(instances.flatMap((instance) => stringsOf(instance, tags.BodyPartExamined)))];
  const { include, exclude } = spec.bodyPart;
  if (part.length > 0 && anyMatches(part, exclude)) return `body part ${listed(part)}`;
  if (part.length > 0 && include.length > 0 && placeOf(part, include) < 0) return `body part ${listed(part)}`;
  return undefined;
}

/** Why the images cannot be told apart, or the frames of one; or undefined. */
function uncountable(instances: readonly Dataset[]): string | undefined {
  const uids = instances.map((instance) => stringOf(instance, tags.SOPInstanceUID));
  if (!uids.every(isUid)) return 'an image states no valid SOP Instance UID';
  const repeated = uids.length - new Set(uids).size;
  if (repeated > 0) return `${repeated} of ${uids.length} images have the SOP Instance UID of another one`;
  return frameRefusal(instances);
}

function framesOf(instance: Dataset): CandidateFrame[] {
  const count = frameCount(instance);
  return Array.from({ length: count }, (_, index) => {
    const image = frameDataset(instance, index);
    // The frames of a plain image are all the same data set; a volume tells its slices by theirs.
    const own = image === instance && count > 1 ? { ...image } : image;
    return { image: own, item: own, ...(count > 1 ? { frame: index } : {}) };
  });
}
