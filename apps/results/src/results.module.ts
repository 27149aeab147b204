import { Module } from '@nestjs/common';
import { nodeClientsProvider } from '@prelector/pipeline';
import { DeliverHandler } from './delivery/deliver.handler.js';
import { EncodeHandler } from './encoding/encode.handler.js';

/** Encodes findings as evidence, stores it, and proves by reading back that it is there. */
@Module({
  providers: [nodeClientsProvider(true), EncodeHandler, DeliverHandler],
})
export class ResultsModule {}
