export { defaultRetryPolicy, nextAttemptAt } from './steps/backoff.js';
export type { RetryPolicy } from './steps/backoff.js';
export { StepHandler } from './steps/step-handler.js';
export { done, failed, later } from './steps/step-result.js';
export type { Commit, LeasedWork, StepEnd, StepResult } from './steps/step-result.js';
export { ofModel } from './steps/of-model.js';
export { StepWork } from './steps/step-work.js';
export { Dispatcher } from './steps/dispatcher.js';
export { NodeCircuits } from './nodes/node-circuits.js';
export type { NodeAccess, NodeCircuitsOptions } from './nodes/node-circuits.js';
export { SharedRefusals } from './nodes/shared-refusals.js';
export { NodeClients } from './nodes/node-clients.js';
export type { ReaderAccess, SecretResolver } from './nodes/node-clients.js';
export { feedSchema, nodeSchema, ruleSchema, siteSchema } from './site/site.js';
export type {
  FeedConfiguration,
  NodeConfiguration,
  RuleConfiguration,
  Site as SiteConfiguration,
} from './site/site.js';
export { SiteView, nodeUnknown } from './site/site-view.js';
export type { Site, SiteFeed, SiteNode, SiteRule } from './site/site-view.js';
export { PipelineModule, nodeClientsProvider } from './host/pipeline.module.js';
export type { PipelineOptions, Resources } from './host/pipeline.module.js';
export { ARTIFACTS, CLOCK, CONFIGURATION, HOLDER, LOG, SECRETS } from './tokens.js';
export { openResources } from './host/open-resources.js';
export type { OpenOptions } from './host/open-resources.js';
export { runApps, runAppsWithHttp } from './host/run-apps.js';
export type { AppModule } from './host/run-apps.js';
export { startProcess } from './host/start-process.js';
export type { ProcessOptions } from './host/start-process.js';
export { requestAnalysis } from './operations/request-analysis.js';
export type { AnalysisRequest } from './operations/request-analysis.js';
export { readMessages } from './operations/read-messages.js';
export type { ToldMessages } from './operations/read-messages.js';
export { readOrders } from './operations/read-orders.js';
export { findStudies } from './operations/find-studies.js';
export type { FoundStudies } from './operations/find-studies.js';
export { retryDeadLetter, retryDeadLetters } from './operations/retry-dead-letter.js';
export type { RetriedDeadLetters } from './operations/retry-dead-letter.js';
export { askRefusingNodeAgain } from './operations/ask-node-again.js';
export { statedCount } from './archive/stated-count.js';
export {
  identitiesToJoin,
  listedIdentities,
  missingInstances,
  viewAnyImage,
  viewStudy,
} from './archive/archive-view.js';
export type { ArchiveView, JoiningIdentity, SoughtIdentity } from './archive/archive-view.js';
export { releaseStudy } from './operations/release-study.js';
export type { Release, ReleaseTools } from './operations/release-study.js';
