import { code, isUid, itemsOf, stringOf, tags, type Dataset } from '@prelector/dicom';

import { concepts } from './concepts.js';
import { childrenNamed, contentNodes, contentTree, isNamed, type ContentNode } from './content-tree.js';
import type { Problem } from './problem.js';

const derivedMeasurements = code('126011', 'DCM', 'Derived Imaging Measurements');
const imageRegion = code('111030', 'DCM', 'Image Region');
const referencedSegment = code('121191', 'DCM', 'Referenced Segment');
const referencedFrame = code('121214', 'DCM', 'Referenced Segmentation Frame');
const sourceImage = code('121233', 'DCM', 'Source image for segmentation');
const sourceSeries = code('121232', 'DCM', 'Source series for segmentation');
const volumeSurface = code('121231', 'DCM', 'Volume Surface');

const problem = (rule: string, node: ContentNode, message: string): Problem => ({
  rule,
  where: node.position,
  message,
});

/** TID 1500: at least one container that says something, and no number outside a measurement group. */
function checkContainers(root: ContentNode): Problem[] {
  const named = [concepts.imagingMeasurements, derivedMeasurements, concepts.qualitativeEvaluations];
  const containers = named.flatMap((concept) => childrenNamed(root, concept));
  const empty = containers.filter((container) => container.children.length === 0);
  const numbers = childrenNamed(root, concepts.qualitativeEvaluations)
    .flatMap((container) => container.children)
    .filter(({ valueType }) => valueType === 'NUM');
  const ungrouped = childrenNamed(root, concepts.imagingMeasurements)
    .flatMap((container) => container.children)
    .filter((child) => !isNamed(child, concepts.measurementGroup));
  return [
    ...(containers.length > 0
      ? []
      : [problem('report-empty', root, 'The report holds neither measurements nor evaluations.')]),
    ...empty.map((node) => problem('container-empty', node, 'A container of the report is empty.')),
    ...numbers.map((node) =>
      problem('number-in-evaluations', node, 'Qualitative Evaluations hold no numbers.'),
    ),
    ...ungrouped.map((node) =>
      problem('item-outside-group', node, 'Imaging Measurements hold measurement groups only.'),
    ),
    ...(childrenNamed(root, concepts.procedureReported).length > 0
      ? []
      : [problem('procedure-missing', root, 'The report does not say which procedure it is about.')]),
  ];
}

/** TID 4108: viewers fail on a group that lacks either, though the standard makes both optional. */
function checkTracking(group: ContentNode): Problem[] {
  const identifiers = childrenNamed(group, concepts.trackingIdentifier);
  const first = group.children.find(({ valueType }) => valueType === 'UIDREF');
  const tracked =
    identifiers.length === 1 &&
    first !== undefined &&
    isNamed(first, concepts.trackingUniqueIdentifier) &&
    isUid(stringOf(first.item, tags.UID));
  return tracked
    ? []
    : [problem('tracking-missing', group, 'A group lacks its tracking identifier or tracking UID.')];
}

/** TID 1410 and 1411: coordinates under their own concept; a segment names the images it was drawn on. */
function checkGeometry(group: ContentNode): Problem[] {
  const regions = group.children.filter(({ valueType }) => valueType.startsWith('SCOORD'));
  const misnamed = regions.filter((node) => !isNamed(node, imageRegion) && !isNamed(node, volumeSurface));
  const segments = [referencedSegment, referencedFrame, volumeSurface].flatMap((concept) =>
    childrenNamed(group, concept),
  );
  const sources = [sourceImage, sourceSeries].flatMap((concept) => childrenNamed(group, concept));
  return [
    ...misnamed.map((node) => problem('region-misnamed', node, 'Coordinates are not named Image Region.')),
    ...(segments.length > 0 && sources.length === 0
      ? [problem('source-missing', group, 'A segment does not say on which images it was drawn.')]
      : []),
  ];
}

/** TID 4019: an algorithm has a name and a version wherever it is identified. */
function checkAlgorithm(node: ContentNode): Problem[] {
  const count = (concept: typeof concepts.algorithmName): number => childrenNamed(node, concept).length;
  const parts = count(concepts.algorithmParameters) + count(concepts.algorithmFamily);
  const identified = count(concepts.algorithmName) === 1 && count(concepts.algorithmVersion) === 1;
  const started = parts + count(concepts.algorithmName) + count(concepts.algorithmVersion) > 0;
  return started && !identified
    ? [problem('algorithm-incomplete', node, 'An algorithm lacks its name or version.')]
    : [];
}

function isDrawable(group: ContentNode): boolean {
  return group.children.some(({ valueType }) => valueType.startsWith('SCOORD'));
}

/** Viewers lose drawable groups that stand beside others: one kind of group in a document. */
function checkOneKind(root: ContentNode, groups: readonly ContentNode[]): Problem[] {
  const drawable = groups.filter(isDrawable).length;
  return drawable === 0 || drawable === groups.length
    ? []
    : [problem('kinds-mixed', root, 'Groups that can be drawn stand beside groups that cannot.')];
}

/** The rules of TID 1500 and of the groups below it. */
export function checkReport(dataset: Dataset): Problem[] {
  const root = contentTree(dataset);
  const nodes = contentNodes(root);
  const groups = nodes.filter((node) => isNamed(node, concepts.measurementGroup));
  const untemplated = groups.filter(({ item }) =>
    itemsOf(item, tags.ContentTemplateSequence).every(
      (template) => !/^\d+$/u.test(stringOf(template, tags.TemplateIdentifier) ?? ''),
    ),
  );
  return [
    ...checkContainers(root),
    ...groups.flatMap((group) => [...checkTracking(group), ...checkGeometry(group)]),
    ...nodes.flatMap(checkAlgorithm),
    ...checkOneKind(root, groups),
    ...untemplated.map((node) =>
      problem('template-identifier', node, 'A group does not name its template in digits.'),
    ),
  ];
}
