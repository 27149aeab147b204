/** Injection tokens of what has no class of its own. */
export const LOG = Symbol('prelector.log');
export const CLOCK = Symbol('prelector.clock');
export const CONFIGURATION = Symbol('prelector.configuration');
export const ARTIFACTS = Symbol('prelector.artifacts');
export const SECRETS = Symbol('prelector.secrets');
export const HOLDER = Symbol('prelector.holder');
export const RETRY = Symbol('prelector.retry');
