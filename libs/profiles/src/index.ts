export { profileError, profileErrors } from './errors.js';
export { loadProfile, profileNames } from './load-profile.js';
export { profileSchema } from './profile.js';
export type { Profile, ProfileOverrides } from './profile.js';
export { storeFailureNames } from './stow-section.js';
