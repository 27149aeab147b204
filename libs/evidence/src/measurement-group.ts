import { derivedUid, type Dataset } from '@prelector/dicom';
import type { MeasurementGroup, ModelIdentity } from '@prelector/findings';
import { canonicalJson } from '@prelector/kernel';

import { algorithmIdentification } from './algorithm.js';
import { concepts } from './concepts.js';
import { contentItem } from './content-item.js';
import { groupName, measurementName, NOT_DECLARED, NOT_VALID, valueText } from './measurement-words.js';
import type { PresentedGroup, PresentedMeasurement } from './presented-findings.js';

/** What names a finding across runs: study, model and the finding's key, never its place in a list. */
export interface GroupContext {
  readonly studyInstanceUid: string;
  readonly model: ModelIdentity;
  /** Algorithm Parameters of the whole group: facts of the acquisition, series, digest, status. */
  readonly parameters: readonly string[];
}

/** Tracking Unique Identifier (TID 4108): stable over runs, versions and installations. */
export function trackingUid(studyInstanceUid: string, modelId: string, findingKey: string): string {
  return derivedUid(canonicalJson(['tracking', studyInstanceUid, modelId, findingKey]));
}

/** TID 4108 Tracking Identifier: a name for people and the UID that later runs share. */
function tracking(context: GroupContext, label: string, findingKey: string): Dataset[] {
  const { model, studyInstanceUid } = context;
  const uid = trackingUid(studyInstanceUid, model.id, findingKey);
  return [
    contentItem.text('HAS OBS CONTEXT', concepts.trackingIdentifier, `${model.name}: ${label}`),
    contentItem.uidref('HAS OBS CONTEXT', concepts.trackingUniqueIdentifier, uid),
  ];
}

/** TID 300 Measurement; what keeps one from being valid stands under it as TID 4019. */
function measurementItem(
  presented: PresentedMeasurement,
  group: MeasurementGroup,
  context: GroupContext,
): Dataset {
  const { measurement, standing, reasons } = presented;
  const label = `${groupName(group)}, ${measurementName(measurement)}`;
  return contentItem.num(measurement.concept, valueText(measurement), measurement.unit, [
    ...tracking(context, label, `${group.key}/${measurement.key}`),
    ...(measurement.method
      ? [contentItem.code('HAS CONCEPT MOD', concepts.measurementMethod, measurement.method)]
      : []),
    ...(measurement.derivation
      ? [contentItem.code('HAS CONCEPT MOD', concepts.derivation, measurement.derivation)]
      : []),
    ...(standing === 'valid'
      ? []
      : algorithmIdentification(
          context.model,
          standing === 'undeclared' ? [NOT_DECLARED] : reasons.map((reason) => `${NOT_VALID}${reason}`),
        )),
  ]);
}

/**
 * TID 1501 Measurement and Qualitative Evaluation Group, or nothing when all of its measurements are
 * withheld. Tracking Identifier and Tracking Unique Identifier come first: viewers take the first UIDREF.
 */
export function measurementGroup(presented: PresentedGroup, context: GroupContext): Dataset[] {
  const { group } = presented;
  const shown = presented.measurements.filter((one) => one.standing !== 'withheld');
  if (shown.length === 0) return [];
  const laterality = group.laterality
    ? [contentItem.code('HAS CONCEPT MOD', concepts.laterality, group.laterality)]
    : [];
  const items = [
    ...tracking(context, groupName(group), group.key),
    ...(group.site
      ? [contentItem.code('HAS CONCEPT MOD', concepts.findingSite, group.site, laterality)]
      : []),
    ...algorithmIdentification(context.model, context.parameters),
    ...shown.map((one) => measurementItem(one, group, context)),
  ];
  return [contentItem.container('CONTAINS', concepts.measurementGroup, items, '1501')];
}
