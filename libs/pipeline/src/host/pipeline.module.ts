import type { DynamicModule, FactoryProvider, InjectionToken } from '@nestjs/common';
import { Module } from '@nestjs/common';
import type { Clock, Log } from '@prelector/kernel';
import type { Ledger } from '@prelector/ledger';
import { LedgerModule } from '@prelector/ledger';
import type { ArtifactStore, Configuration } from '@prelector/platform';
import type { QueueServer } from '@prelector/queue';
import { QueueModule } from '@prelector/queue';
import { NodeCircuits } from '../nodes/node-circuits.js';
import type { SecretResolver } from '../nodes/node-clients.js';
import { NodeClients } from '../nodes/node-clients.js';
import { SharedRefusals } from '../nodes/shared-refusals.js';
import { SiteView } from '../site/site-view.js';
import type { RetryPolicy } from '../steps/backoff.js';
import { defaultRetryPolicy } from '../steps/backoff.js';
import { StepWork } from '../steps/step-work.js';
import { DispatcherHost } from './dispatcher-host.js';
import { ARTIFACTS, CLOCK, CONFIGURATION, HOLDER, LOG, RETRY, SECRETS } from '../tokens.js';

/** What a process opens once and every part of it shares. */
export interface Resources {
  readonly configuration: Configuration;
  readonly ledger: Ledger;
  readonly queue: QueueServer;
  readonly artifacts: ArtifactStore;
  readonly secrets: SecretResolver;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of this process in leases. */
  readonly holder: string;
}

/** What a process may set otherwise than usual. */
export interface PipelineOptions {
  /** How often a failed step is tried again, and after how long; `defaultRetryPolicy` when left out. */
  readonly retry?: RetryPolicy;
}

/** The shared parts of a process, and the dispatcher that every process runs. */
@Module({})
export class PipelineModule {
  static forRoot(resources: Resources, options: PipelineOptions = {}): DynamicModule {
    const value = (provide: InjectionToken, useValue: unknown) => ({ provide, useValue });
    const providers = [
      value(LOG, resources.log),
      value(CLOCK, resources.clock),
      value(CONFIGURATION, resources.configuration),
      value(ARTIFACTS, resources.artifacts),
      value(SECRETS, resources.secrets),
      value(HOLDER, resources.holder),
      value(RETRY, options.retry ?? defaultRetryPolicy),
      value(SiteView, new SiteView(resources.ledger, resources.log)),
      value(
        NodeCircuits,
        new NodeCircuits({ refusals: new SharedRefusals(resources.ledger), log: resources.log }),
      ),
    ];
    return {
      module: PipelineModule,
      global: true,
      imports: [
        LedgerModule.forRoot({ ledger: resources.ledger }),
        QueueModule.forRoot(resources.queue, resources.log),
      ],
      providers: [...providers, StepWork, DispatcherHost],
      exports: [StepWork, ...providers.map((provider) => provider.provide)],
    };
  }
}

/** Clients of PACS nodes for one app; only `results` may ask for those that store. */
export function nodeClientsProvider(mayStore: boolean): FactoryProvider<NodeClients> {
  return {
    provide: NodeClients,
    inject: [SiteView, NodeCircuits, SECRETS, LOG],
    useFactory: (site: SiteView, circuits: NodeCircuits, secrets: SecretResolver, log: Log) =>
      new NodeClients(site, circuits, secrets, log, mayStore),
  };
}
