import { Module } from '@nestjs/common';
import { nodeClientsProvider } from '@prelector/pipeline';
import { PackageShelf } from './packages/package-shelf.js';
import { RunHandler } from './run/run.handler.js';
import { SelectHandler } from './selection/select.handler.js';

/** Selects what models read, and runs them. Holds no credential that can store. */
@Module({
  providers: [nodeClientsProvider(false), PackageShelf, SelectHandler, RunHandler],
})
export class AnalysisModule {}
