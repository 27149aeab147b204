import type { StudyIdentity } from '@prelector/findings';
import { inputDigest, runKey } from '@prelector/findings';
import type { PrelectorError } from '@prelector/kernel';
import { digestOf } from '@prelector/kernel';
import type { NewRun, NewRunInput, StudyCopyRow, StudyRow } from '@prelector/ledger';
import type { ChosenSeries, ModelPackage } from '@prelector/models';
import { ANALYSIS_CONTRACT_VERSION } from '@prelector/models';
import type { SiteNode, SiteRule } from '@prelector/pipeline';
import type { WantedOfCopy } from './fuller-copy.js';
import type { UnreadStudy } from './unread-study.js';

/** What a rule makes of a study. */
export type Decision =
  | { readonly rule: SiteRule; readonly kind: 'skip'; readonly reason: string }
  | {
      readonly rule: SiteRule;
      readonly kind: 'run';
      readonly reason: string;
      readonly model: ModelPackage;
      readonly chosen: ChosenSeries;
      /** Instances of the series that the server describes, whether the model reads them or not. */
      readonly described: number;
    }
  /** Metadata of a series that may be the wanted one are not whole. */
  | { readonly rule: SiteRule; readonly kind: 'short'; readonly error: PrelectorError }
  /** The right kind of study, and the model cannot look: that is said, without a run of the model. */
  | {
      readonly rule: SiteRule;
      readonly kind: 'unread';
      readonly reason: string;
      readonly model: ModelPackage;
      readonly unread: UnreadStudy;
      readonly identity: StudyIdentity;
    };

export type Settled = Exclude<Decision, { kind: 'short' }>;
/** A run, or words in its place. */
export type Wanted = Exclude<Settled, { kind: 'skip' }>;

const settingsDigestOf = (rule: SiteRule) => digestOf(rule.configuration.settings);

/** What a decision wants of a copy. */
export function wantedBy(decision: Wanted): WantedOfCopy {
  const { model, rule } = decision;
  const { seriesInstanceUid } = decision.kind === 'run' ? decision.chosen : decision.unread;
  return { packageId: model.manifest.id, settingsDigest: settingsDigestOf(rule), seriesInstanceUid };
}

/** The decision with a remark that its reports bear. */
export function withNote(decision: Wanted, note: string): Wanted {
  if (decision.kind === 'unread') return decision;
  return { ...decision, chosen: { ...decision.chosen, notes: [...decision.chosen.notes, note] } };
}

/** The instances that a run reads. */
export function inputsOf(decision: Wanted): NewRunInput[] {
  const { seriesInstanceUid, instances } = decision.kind === 'run' ? decision.chosen : decision.unread;
  return instances.map((each) => ({ ...each, seriesInstanceUid }));
}

/** The row of a run, with the key that makes two triggers one run. */
export function runOf(
  study: StudyRow,
  copy: StudyCopyRow,
  node: SiteNode,
  decision: Wanted,
): Omit<NewRun, 'studyId' | 'completionNo' | 'ruleId' | 'ruleVersion'> {
  const { model, rule } = decision;
  const { settings } = rule.configuration;
  const sopInstanceUids = inputsOf(decision).map((each) => each.sopInstanceUid);
  const { revision, studyInstanceUid } = study;
  const contractVersion = ANALYSIS_CONTRACT_VERSION;
  return {
    runKey: runKey({
      studyInstanceUid,
      packageDigest: model.digest,
      settings,
      contractVersion,
      sopInstanceUids,
      revision,
    }),
    nodeId: node.id,
    nodeVersion: node.version,
    packageId: model.manifest.id,
    packageVersion: model.manifest.version,
    packageDigest: model.digest,
    settingsDigest: settingsDigestOf(rule),
    contractVersion,
    inputDigest: inputDigest(sopInstanceUids),
    revision,
    priority: study.priority,
    forced: copy.forced,
    imagesAsOf: copy.completedAt ?? undefined,
    ...(decision.kind === 'run'
      ? {
          selection: {
            why: decision.chosen.why,
            notes: [...decision.chosen.notes],
            slices: decision.chosen.slices,
            geometry: decision.chosen.geometry,
            described: decision.described,
          },
        }
      : {}),
  };
}
