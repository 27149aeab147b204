import type { Dataset, Element } from './dataset.js';
import { stringsOf } from './dataset.js';
import { tags } from './tags.js';

/** What an object says in place of saying what each frame says of itself (PS3.3 C.8.16.1), or of no special image. */
const SILENT = ['', 'MIXED', 'ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'];

/** Stated of an object and again of a frame, under the same tag. */
const STATED_TWICE = [tags.VolumetricProperties, tags.VolumeBasedCalculationTechnique];

/**
 * The types of a frame together with those of its object, which may contradict each other: where either says
 * that pixels are derived, projected or distorted, so does the frame. `frame` holds the frame's own values, and
 * gets its Frame Type as Image Type, with DERIVED and SECONDARY of the object in place of ORIGINAL and
 * PRIMARY, and behind it what only the object says; Volumetric Properties and Volume Based Calculation
 * Technique (PS3.3 C.8.16.2) hold both values where those differ.
 */
export function withTypesOfObject(frame: Dataset, object: Dataset): Dataset {
  const merged = { ...frame };
  for (const tag of STATED_TWICE) {
    const own = stringsOf(frame, tag);
    const more = saidBeside(stringsOf(object, tag), own);
    if (more.length > 0) merged[tag] = { ...(frame[tag] as Element), Value: [...own, ...more] };
  }
  const frameType = frame[tags.FrameType];
  if (!frameType?.Value) return merged;
  const own = frameType.Value;
  const stated = object[tags.ImageType]?.Value ?? [];
  const more = saidBeside(stated.slice(2).map(String), own.map(String));
  const pixels = [0, 1].map((index) => (isSilent(stated[index]) ? own[index] : stated[index]));
  const Value = [...pixels.slice(0, Math.max(own.length, stated.length)), ...own.slice(2), ...more];
  return { ...merged, [tags.ImageType]: { ...frameType, Value } };
}

const spelled = (value: unknown) => (typeof value === 'string' ? value.trim().toUpperCase() : '');
const isSilent = (value: unknown) => SILENT.includes(spelled(value));

/** What one list says that the other does not. */
function saidBeside(values: readonly string[], others: readonly string[]): string[] {
  const said = others.map(spelled);
  return values.filter((value) => !isSilent(value) && !said.includes(spelled(value)));
}
