export { queueError, queueErrors } from './errors.js';
export { jobIdOf, stepJobSchema } from './step-job.js';
export type { StepJob } from './step-job.js';
export { StepQueues } from './step-queues.js';
export type { AddedJob, StepDepth } from './step-queues.js';
export { ProcessesStep, StepProcessor } from './step-processor.js';
export { QueueModule } from './queue.module.js';
export { openQueueServer } from './queue-server.js';
export type { QueueServer, QueueServerOptions } from './queue-server.js';
