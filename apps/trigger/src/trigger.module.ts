import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { nodeClientsProvider } from '@prelector/pipeline';
import { ObserveHandler } from './completeness/observe.handler.js';
import { FeedListeners } from './hl7/feed-listeners.js';
import { ResolveHandler } from './orders/resolve.handler.js';
import { Poller } from './poll/poller.js';

/** Hears of studies and judges when each is complete. Holds no credential that can store. */
@Module({
  imports: [ScheduleModule.forRoot()],
  providers: [nodeClientsProvider(false), FeedListeners, Poller, ResolveHandler, ObserveHandler],
})
export class TriggerModule {}
