import 'reflect-metadata';
import { startProcess } from '@prelector/pipeline';
import { AnalysisModule } from './analysis.module.js';

// oxlint-disable-next-line node/no-process-env -- the one place of this process that reads its environment
await startProcess([AnalysisModule], { env: process.env });
