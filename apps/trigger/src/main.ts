import 'reflect-metadata';
import { startProcess } from '@prelector/pipeline';
import { TriggerModule } from './trigger.module.js';

// oxlint-disable-next-line node/no-process-env -- the one place of this process that reads its environment
await startProcess([TriggerModule], { env: process.env });
