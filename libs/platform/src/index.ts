export { platformError, platformErrors } from './errors.js';
export { EmbeddedPostgres, joinOrStart } from './postgres/embedded-postgres.js';
export type { EmbeddedPostgresOptions } from './postgres/embedded-postgres.js';
export { freePort } from './free-port.js';
