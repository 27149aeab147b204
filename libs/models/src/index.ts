export { modelError, modelErrors } from './errors.js';
export { manifestSchema } from './manifest.js';
export type { ConditionSpec, Manifest, Preference } from './manifest.js';
