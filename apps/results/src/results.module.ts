import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { nodeClientsProvider } from '@prelector/pipeline';
import { DeliverHandler } from './delivery/deliver.handler.js';
import { EncodeHandler } from './encoding/encode.handler.js';
import { OrphanSweep } from './encoding/orphan-sweep.js';

/** Encodes findings as evidence, stores it, and proves by reading back that it is there. */
@Module({
  imports: [ScheduleModule.forRoot()],
  providers: [nodeClientsProvider(true), EncodeHandler, DeliverHandler, OrphanSweep],
})
export class ResultsModule {}
