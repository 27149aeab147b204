export { TriggerModule } from './trigger.module.js';
