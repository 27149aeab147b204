import { describe, expect, it } from '@jest/globals';
import { compressionOf, frameDataset, keywordOf, tags, vrOf, type Dataset } from '@prelector/dicom';
import { selectionTags } from './contract.js';
import { ctSlice, manifestWith } from './images.testing.js';
import { selectSeries } from './selection.js';

/** What tells the frames of an object apart: read before attributes are picked, from the whole image. */
const OF_THE_OBJECT: readonly string[] = [
  tags.NumberOfFrames,
  tags.SharedFunctionalGroupsSequence,
  tags.PerFrameFunctionalGroupsSequence,
  tags.ConcatenationUID,
  tags.InConcatenationNumber,
  tags.InConcatenationTotalNumber,
  tags.ConcatenationFrameOffsetNumber,
  // Names the kind of type in words.
  tags.FrameType,
  // Told of a series, and read of nothing.
  tags.SeriesDescription,
];

/** An image that remembers which of its attributes were asked for. */
function watched(image: Dataset, read: Set<string>): Dataset {
  return new Proxy(image, {
    get: (target, key) => {
      if (typeof key === 'string') read.add(key);
      return target[key as string];
    },
  });
}

describe('selectionTags', () => {
  it('are all that selection reads: a run, which sees only these, cannot judge images otherwise', () => {
    const manifest = manifestWith();
    const read = new Set<string>();
    for (const changes of [
      {},
      { VolumetricProperties: 'DISTORTED', AcquisitionType: 'CONSTANT_ANGLE' },
      { ImageType: undefined, RescaleSlope: undefined },
      { Modality: 'MR' },
      { Modality: 'PT', Units: 'BQML', SeriesType: ['DYNAMIC', 'IMAGE'] },
    ]) {
      const instances = Array.from({ length: 8 }, (_, index) => watched(ctSlice(index, changes), read));
      selectSeries(manifest, [{ seriesInstanceUid: '1.1', instances }]);
      compressionOf(watched(ctSlice(0, changes), read), undefined);
    }
    const known = new Set([...selectionTags(manifest), ...OF_THE_OBJECT]);
    const unknown = [...read].filter((tag) => /^[0-9A-F]{8}$/u.test(tag) && !known.has(tag));
    expect(unknown.map((tag) => keywordOf(tag))).toEqual([]);
    expect(read.size).toBeGreaterThan(50);
  });

  // A lookup table has no place among the groups of a frame.
  const sequences = selectionTags(manifestWith()).filter(
    (tag) => vrOf(tag) === 'SQ' && tag !== tags.ModalityLUTSequence,
  );

  it.each(sequences.map((tag) => [keywordOf(tag), tag]))(
    'are found in a frame where its functional groups state them: %s',
    (_keyword, tag) => {
      const item = { [tags.CodeMeaning]: { vr: 'LO', Value: ['stated'] } };
      const stated: Dataset = { [tag as string]: { vr: 'SQ', Value: [item] } };
      const frame = (shared: Dataset, own: Dataset) =>
        frameDataset(
          {
            [tags.SharedFunctionalGroupsSequence]: { vr: 'SQ', Value: [shared] },
            [tags.PerFrameFunctionalGroupsSequence]: { vr: 'SQ', Value: [own] },
          },
          0,
        );
      expect(frame(stated, {})[tag as string]).toEqual(stated[tag as string]);
      expect(frame({}, stated)[tag as string]).toEqual(stated[tag as string]);
    },
  );
});
