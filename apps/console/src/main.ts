import 'reflect-metadata';
import { startProcess } from '@prelector/pipeline';
import { ConsoleModule } from './console.module.js';

// oxlint-disable-next-line node/no-process-env -- the one place of this process that reads its environment
await startProcess([ConsoleModule], { env: process.env, http: true });
