import type { StoredInstance } from '../archive/stored-instance.js';
import type { JsonAttribute, JsonDataset } from '../dicom/dataset.js';
import { attribute, textOf } from '../dicom/dataset.js';
import type { Level, Match } from '../behaviour/personality.js';

/** Something that a search may find, with the attributes that servers compute. */
export interface Candidate extends Match {
  readonly dataset: JsonDataset;
}

/** The studies, series or instances that these instances make up, in the order of their arrival. */
export function candidatesOf(level: Level, instances: readonly StoredInstance[], root: string): Candidate[] {
  const key = { study: 'studyUid', series: 'seriesUid', instance: 'sopInstanceUid' } as const;
  const groups = Map.groupBy(instances, (instance) => instance[key[level]]);
  const studies = Map.groupBy(instances, ({ studyUid }) => studyUid);
  return [...groups.values()].map((group) => {
    const first = group[0] as StoredInstance;
    const study = studies.get(first.studyUid) ?? group;
    return {
      dataset: {
        ...first.dataset,
        ...computed(level, group, study),
        '00081190': retrieveUrl(level, first, root),
      },
      newest: Math.max(...group.map(({ sequence }) => sequence)),
      patientName: textOf(first.dataset, '00100010'),
    };
  });
}

function computed(
  level: Level,
  group: readonly StoredInstance[],
  study: readonly StoredInstance[],
): Record<string, JsonAttribute> {
  const distinct = (values: readonly string[]) => [...new Set(values)].filter((value) => value !== '').sort();
  const common = {
    '00080005': attribute('CS', 'ISO_IR 192'),
    '00080056': attribute('CS', 'ONLINE'),
    '00080061': attribute('CS', ...distinct(study.map(({ modality }) => modality))),
    '00080062': attribute('UI', ...distinct(study.map(({ sopClassUid }) => sopClassUid))),
    '00201206': attribute('IS', new Set(study.map(({ seriesUid }) => seriesUid)).size),
    '00201208': attribute('IS', study.length),
  };
  return level === 'series' ? { ...common, '00201209': attribute('IS', group.length) } : common;
}

function retrieveUrl(level: Level, instance: StoredInstance, root: string): JsonAttribute {
  const series = level === 'study' ? '' : `/series/${instance.seriesUid}`;
  const below = level === 'instance' ? `/instances/${instance.sopInstanceUid}` : '';
  return attribute('UR', `${root}/studies/${instance.studyUid}${series}${below}`);
}
