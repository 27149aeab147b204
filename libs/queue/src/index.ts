export { queueError, queueErrors } from './errors.js';
export { jobIdOf, stepJobSchema } from './step-job.js';
export type { StepJob } from './step-job.js';
export { StepQueues } from './step-queues.js';
export type { AddOptions, StepDepth, StepQueuesOptions } from './step-queues.js';
export { StepWorker } from './step-worker.js';
export type { StepHandler, StepWorkerOptions } from './step-worker.js';
export { ProcessesStep, QueueModule, StepProcessor } from './queue.module.js';
export type { QueueModuleOptions } from './queue.module.js';
