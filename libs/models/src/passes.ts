import { orderSlices, readPlane, statedNumber, stringOf, tagOf, tags, type Dataset } from '@prelector/dicom';

/** As a share of their thickness, slices of one scan overlap by no more; those of two, half a step apart, by half. */
const MOST_OVERLAP = 0.22;

/**
 * Whether the slices may be those of several passes, each at its own time, as magnetic resonance takes one volume:
 * not where it excites the volume as a whole (MR Acquisition Type 3D, PS3.3 C.8.3.1), nor where slices overlap, which
 * lie beside each other in one scan; `stated` where it says that it takes slices, and they are seen not to overlap.
 */
export function passesOf(images: readonly Dataset[]): 'none' | 'possible' | 'stated' {
  if (!images.some((image) => stringOf(image, tags.Modality) === 'MR')) return 'none';
  const types = images.map((image) => stringOf(image, tagOf('MRAcquisitionType')));
  if (types.includes('3D')) return 'none';
  const overlap = overlapOf(images);
  if (overlap !== undefined && overlap > MOST_OVERLAP) return 'none';
  return overlap !== undefined && types.every((type) => type === '2D') ? 'stated' : 'possible';
}

/** By which share of the least Slice Thickness (0018,0050) neighbours usually overlap; undefined where nobody can say. */
function overlapOf(images: readonly Dataset[]): number | undefined {
  const thicknesses = images.map((image) => statedNumber(image, tags.SliceThickness));
  const known = thicknesses.flatMap((each) => (each.kind === 'number' && each.value > 0 ? [each.value] : []));
  const planes = images.flatMap((image) => {
    const read = readPlane(image);
    return 'problem' in read ? [] : [{ plane: read.plane, item: undefined }];
  });
  if (known.length < images.length || planes.length < images.length || images.length < 2) return undefined;
  const { positions } = orderSlices(planes);
  const steps = positions.slice(1).map((each, index) => each - (positions[index] as number));
  const usual = steps.sort((a, b) => a - b)[steps.length >> 1] as number;
  return 1 - usual / Math.min(...known);
}
